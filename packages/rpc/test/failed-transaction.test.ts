import assert from "node:assert/strict";
import { test } from "node:test";
import { openDevChain } from "@heddle/chain";
import { Failures } from "../src/failed-transaction.ts";

const LOCK = "0x0000000000000000000000000000000000010c40";
/** Takes the first call; reverts all others with what it holds. */
const LOCK_CODE = "0x5f5480600b5760015f55005b5f5260205ffd";

test("a transaction failed for what those before it in its block did, and that is told", async () => {
  await using dev = await openDevChain({ workers: 0, mining: { kind: "manual" } });
  const noting = new Failures(dev.chain);
  await dev.setCode(LOCK, LOCK_CODE);
  const [alice] = dev.accounts;
  const send = () => dev.sendTransaction(alice!.address, { to: LOCK, gas: 100_000n });
  const [first, second] = [await send(), await send()];
  assert.equal(await noting.of(second), undefined);
  await dev.mine();
  // One that was there when the block was executed, and one that must run it again.
  for (const failures of [noting, new Failures(dev.chain)]) {
    assert.equal(await failures.of(first), undefined);
    const failure = await failures.of(second);
    assert.match(failure!.message, /reverted with custom error \(return data: 0x0{63}1\)/);
    assert.deepEqual(failure!.data, {
      message: failure!.message,
      data: `0x${"1".padStart(64, "0")}`,
      transactionHash: second,
    });
  }
});
