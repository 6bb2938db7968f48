import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createEngine, type Engine } from "../src/index.ts";
import { block, type Call, COUNTER, contract, SHANGHAI, sender, senders } from "./support/blocks.ts";
import { assemble } from "./support/token.ts";

const SENDERS = 12;
/** Counts in an entry of its caller's own. */
const OWN_COUNTER = assemble("CALLER PUSH0 MSTORE 64 PUSH0 KECCAK256 DUP1 SLOAD 1 ADD SWAP1 SSTORE STOP");

let engine: Engine;
before(async () => {
  engine = await createEngine({
    workers: 2,
    chain: SHANGHAI,
    predictor: "always",
    deltas: "off",
    genesis: {
      alloc: {
        ...senders(SENDERS),
        [contract(0)]: { code: COUNTER },
        [contract(1)]: { code: OWN_COUNTER },
      },
    },
  });
});
after(() => engine.close());

const calls = (to: number, from: number[], nonce = 0n): Call[] =>
  from.map((i) => ({ from: sender(i), to: contract(to), nonce }));

test("of calls that have never run only their senders' order is known", async () => {
  const { lanes, dependencies } = await engine.predictConflicts(
    block([...calls(0, [0, 1]), ...calls(1, [2, 3]), ...calls(1, [2], 1n)]),
  );
  assert.deepEqual(lanes, [[2, 4], [0], [1], [3]]);
  assert.deepEqual(dependencies, [[], [], [], [], [2]]);
});

test("calls that have met are one lane, those that touch what is their caller's are one each", async () => {
  const learn = block([...calls(0, [0, 1, 2]), ...calls(1, [3, 4, 5])]);
  for (let i = 0; i < 2; i++) (await engine.execute(learn)).discard();
  const root = engine.stateRoot;
  const { lanes, dependencies } = await engine.predictConflicts(
    block([...calls(1, [6, 7]), ...calls(0, [8, 9]), ...calls(1, [6], 1n), ...calls(0, [10])]),
  );
  assert.deepEqual(lanes, [[2, 3, 5], [0, 4], [1]]);
  assert.deepEqual(dependencies, [[], [], [], [2], [0], [3]]);
  assert.equal(engine.stateRoot, root);
  // Blocks go on as if nobody had asked.
  const result = await engine.execute(learn);
  assert.equal(result.receipts.at(5)?.success, true);
  result.discard();
});

test("a forecast waits for the result before to be committed or discarded", async () => {
  const result = await engine.execute(block(calls(0, [0])));
  await assert.rejects(engine.predictConflicts(block(calls(0, [1]))), { code: "RESULT_PENDING" });
  result.discard();
});
