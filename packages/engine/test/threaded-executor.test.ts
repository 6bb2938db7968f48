import assert from "node:assert/strict";
import test from "node:test";
import { type Allocation, rulesAt } from "../src/index.ts";
import { type BlockOutcome, LocalExecutor, ThreadedExecutor } from "../src/testing.ts";
import {
  block,
  type Call,
  COUNTER,
  contract,
  ETHER,
  recipient,
  SHANGHAI,
  sender,
  senders,
  transfers,
} from "./support/blocks.ts";

const rules = rulesAt(SHANGHAI, { number: 1n, timestamp: 12n, difficulty: 0n });
const alloc: Allocation = { ...senders(40), [contract(0)]: { code: COUNTER } };

/** Every third call counts in the same slot. */
function calls(nonce: bigint): Call[] {
  return transfers(40, nonce).map((call, i) =>
    i % 3 === 0 ? { ...call, to: contract(0), value: 0n } : call,
  );
}

test("blocks on threads give what they give in order, test after test", async () => {
  const local = await LocalExecutor.create();
  await using threaded = await ThreadedExecutor.create({ threads: 3 });
  for (let round = 0; round < 4; round++) {
    local.reset();
    threaded.reset();
    assert.equal(threaded.load(alloc), local.load(alloc));
    for (const number of [1n, 2n]) {
      const input = block(calls(number - 1n), number);
      const expected = local.runBlock(rules, input);
      const { schedule, ...outcome } = await threaded.runBlock(rules, input, [], 1 + (round % 3));
      assert.deepEqual(outcome, expected);
      assert.equal(outcome.receipts.length, 40);
      assert.equal(schedule?.inOrderFrom === 0, round % 3 === 0, "in order by one thread, else in parallel");
    }
  }
});

test("what one test left is gone after a reset", async () => {
  await using threaded = await ThreadedExecutor.create({ threads: 2 });
  const empty = threaded.load({});
  threaded.reset();
  threaded.load(alloc);
  await threaded.runBlock(rules, block(calls(0n)));
  threaded.reset();
  assert.equal(threaded.load({}), empty);
  const { invalid } = await threaded.runBlock(rules, block([{ from: sender(0), to: recipient(0) }]));
  assert.deepEqual(invalid, { reason: "InsufficientFunds", transaction: 0 });
});

test("a block that is not valid says why and leaves the state as it was", async () => {
  await using threaded = await ThreadedExecutor.create({ threads: 2 });
  const before = threaded.load(alloc);
  const wrong = calls(0n);
  wrong[7] = { ...wrong[7]!, value: 2n * ETHER };
  const refused: BlockOutcome = await threaded.runBlock(rules, block(wrong));
  assert.deepEqual(refused.invalid, { reason: "InsufficientFunds", transaction: 7 });
  assert.equal(refused.roots.state, before);
  assert.equal((await threaded.runBlock(rules, block(calls(0n)))).invalid, undefined);
});
