import assert from "node:assert/strict";
import { after, test } from "node:test";
import { commit, dieInCommit, killAt, nextBlock, outcome, Point, theBlock, victim } from "./support/kill.ts";

// The long run is long/killed-workers.ts.
const untouched = await victim();
const engine = await victim();
after(() => Promise.all([untouched.close(), engine.close()]));
const expected = await outcome(untouched, theBlock);
const committed = await commit(untouched, theBlock);
const afterwards = await outcome(untouched, nextBlock);

for (const [phase, kill] of [
  ["execute", { point: Point.BeforePublish, index: 120 }],
  ["validate", { point: Point.BeforeValidate, index: 150 }],
  ["commit", { point: Point.BeforeCommit, index: 200 }],
  ["trie", { point: Point.BeforeRoot, index: -1 }],
] as const) {
  test(`a worker killed in phase ${phase} fails the block alone, which then gives the same roots`, async () => {
    assert.ok(await killAt(engine, theBlock, kill), "nobody came to the point");
    assert.deepEqual(await outcome(engine, theBlock), expected);
  });
}

test("a commit that dies on its way is taken back, or finished by another instance", async () => {
  const given = await engine.execute(theBlock);
  assert.equal(await dieInCommit(engine, 700), -1);
  given.discard();
  assert.deepEqual(await outcome(engine, theBlock), expected);
  const again = await engine.execute(theBlock);
  assert.equal(await dieInCommit(engine, 700), -1);
  await again.commit();
  assert.equal(engine.stateRoot, committed);
  assert.deepEqual(await outcome(engine, nextBlock), afterwards);
});
