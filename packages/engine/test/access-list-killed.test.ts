import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ExecuteInput } from "../src/index.ts";
import { createTestEngine } from "../src/testing.ts";
import { COUNTER, contract, recipient, sender, senders } from "./support/blocks.ts";
import { killAt, Point } from "./support/kill.ts";
import { executed, LISTED, listedBlock } from "./support/listed-blocks.ts";

const COUNT = 200;
const engine = await createTestEngine({
  workers: 2,
  chain: LISTED,
  genesis: { alloc: { ...senders(COUNT), [contract(0)]: { code: COUNTER } } },
});
after(() => engine.close());

const alone: ExecuteInput = listedBlock(
  Array.from({ length: COUNT }, (_, i) => ({
    from: sender(i),
    to: i % 3 === 0 ? contract(0) : recipient(i % 7),
    value: i % 3 === 0 ? 0n : 5n,
    gasPrice: 9n,
  })),
);
const expected = await executed(engine, { ...alone, mode: "sequential" });
const block = { ...alone, blockAccessList: expected.list };

for (const [what, kill] of [
  ["publishing the list", { point: Point.BeforeClaims, index: 0 }],
  ["decoding", { point: Point.BeforeDecode, index: 0 }],
  ["in the system calls", { point: Point.BeforePrologue, index: 0 }],
  ["executing", { point: Point.BeforePublish, index: 120 }],
  ["committing", { point: Point.BeforeCommit, index: 50 }],
  ["making the promised root", { point: Point.BeforeClaimedRoot, index: -1 }],
  ["in the withdrawals", { point: Point.BeforeEpilogue, index: 0 }],
  ["comparing the list", { point: Point.BeforeRoot, index: 1 }],
] as const) {
  test(`a worker killed while ${what} fails the block alone, which then gives the same on its list`, async () => {
    assert.ok(await killAt(engine, block, kill), "nobody came to the point");
    const met = await executed(engine, block);
    assert.deepEqual(met.facts, expected.facts);
    assert.ok(met.schedule.onAccessList);
    assert.equal(met.schedule.aborts, 0);
  });
}

test("a worker killed between two writes of the promised tries leaves nothing of them", async () => {
  let kills = 0;
  // Whether the worker that is to die takes so many steps is a matter of timing.
  for (let step = 1; step <= 200 && kills < 5; step += 1 + (step % 7)) {
    if (await killAt(engine, block, { point: Point.TrieStep, index: -1, step })) kills++;
    assert.deepEqual((await executed(engine, block)).facts, expected.facts, `step ${step}`);
    assert.deepEqual((await executed(engine, alone)).facts, expected.facts, `step ${step}`);
  }
  assert.ok(kills > 0);
});
