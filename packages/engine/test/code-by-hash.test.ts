import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ColdReadError, createEngine, EMPTY_CODE_HASH } from "../src/index.ts";

const address = "0x00000000000000000000000000000000000000c0";
const engine = await createEngine({ workers: 0, genesis: { alloc: { [address]: { code: "0x6001" } } } });
after(() => engine.close());

test("code is found by its hash, also when its account is gone", async () => {
  const { codeHash } = (await engine.getAccount(address))!;
  await engine.edit([{ address, deleted: true }]);
  assert.deepEqual(await engine.getCodeOf(codeHash), Uint8Array.of(0x60, 0x01));
  assert.deepEqual(await engine.getCodeOf(EMPTY_CODE_HASH), new Uint8Array(0));
  await assert.rejects(engine.getCodeOf(`0x${"12".repeat(32)}`), ColdReadError);
});
