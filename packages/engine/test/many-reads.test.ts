import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine } from "../src/index.ts";

test("any number of reads between two blocks takes no memory", async () => {
  const address = "0x00000000000000000000000000000000000000a1";
  const engine = await createEngine({
    workers: 0,
    memoryLimit: 16 * 2 ** 20,
    genesis: { alloc: { [address]: { balance: 7n } } },
  });
  // As many times 64 bytes are more than there is.
  for (let i = 0; i < 300_000; i++) await engine.getAccount(address);
  assert.equal((await engine.getAccount(address))?.balance, 7n);
  await engine.close();
});
