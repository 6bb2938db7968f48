// A worker killed in each phase, 100 times each: the rerun gives the same roots. `npm run verify -- engine`

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  commit,
  dieInCommit,
  type Kill,
  killAt,
  nextBlock,
  outcome,
  Point,
  TRANSACTIONS,
  theBlock,
  victim,
} from "../support/kill.ts";
import { seededRandom, testSeed } from "../support/random.ts";

const KILLS = 100;
const seed = testSeed(1);
const random = seededRandom(seed);
console.log(`seed ${seed} (HEDDLE_SEED)`);

const untouched = await victim();
after(() => untouched.close());
const before = untouched.stateRoot;
const expected = await outcome(untouched, theBlock);
const committed = await commit(untouched, theBlock);
const afterwards = await outcome(untouched, nextBlock);

const pick = <T>(of: readonly T[]): T => of[random(of.length)]!;
const phases: Record<string, () => Kill> = {
  execute: () => ({
    point: pick([Point.BeforeExecute, Point.BeforePublish, Point.Publishing, Point.Published]),
    index: random(TRANSACTIONS),
  }),
  validate: () => ({ point: Point.BeforeValidate, index: random(TRANSACTIONS) }),
  commit: () => ({ point: Point.BeforeCommit, index: random(TRANSACTIONS) }),
  trie: () =>
    random(2) === 0
      ? { point: Point.BeforeRoot, index: random(20) }
      : { point: Point.TrieStep, index: -1, step: 1 + random(2000) },
  "decode, prologue and epilogue": () => ({
    point: pick([Point.BeforeDecode, Point.BeforePrologue, Point.BeforeEpilogue]),
    index: 0,
  }),
};

for (const [phase, draw] of Object.entries(phases)) {
  test(`${KILLS} kills in phase ${phase}: the same block on the same engine gives the same roots`, async () => {
    const began = performance.now();
    const engine = await victim();
    let missed = 0;
    try {
      for (let kills = 0; kills < KILLS; ) {
        const kill = draw();
        if (await killAt(engine, theBlock, kill)) kills++;
        else assert.ok(++missed < 10 * KILLS, "the points are hardly ever met");
        assert.deepEqual(await outcome(engine, theBlock), expected, `after ${JSON.stringify(kill)}`);
        assert.equal(engine.stateRoot, before);
      }
      assert.equal(await commit(engine, theBlock), committed);
      assert.equal(engine.stateRoot, committed);
      assert.deepEqual(await outcome(engine, nextBlock), afterwards);
    } finally {
      await engine.close();
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${phase}: ${KILLS} kills, ${missed} drawn points not met, ${seconds} s`);
  });
}

test("a commit that dies at any step is finished, or taken back whole", async () => {
  const began = performance.now();
  // No worker takes part in a commit.
  let engine = await victim(0);
  const total = await commitSteps();
  // The first and last steps, where its stages begin and end, and others at random.
  const steps = new Set<number>();
  for (let i = 0; i < 30; i++) steps.add(i).add(total - 1 - i);
  while (steps.size < 2 * KILLS) steps.add(random(total));
  let taken = 0;
  let finished = 0;
  for (const step of steps) {
    for (const finish of [false, true]) {
      const result = await engine.execute(theBlock);
      assert.equal(await dieInCommit(engine, step), -1, `step ${step} of ${total}`);
      if (finish) await result.commit();
      else result.discard();
      const root = finish ? committed : await rootNow(engine);
      if (root === before) {
        assert.deepEqual(await outcome(engine, theBlock), expected, `taken back at step ${step} of ${total}`);
        taken++;
        continue;
      }
      assert.equal(root, committed);
      assert.deepEqual(await outcome(engine, nextBlock), afterwards, `finished at step ${step} of ${total}`);
      finished++;
      await engine.close();
      engine = await victim(0);
    }
  }
  await engine.close();
  assert.ok(taken >= KILLS / 2 && finished >= KILLS);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `commit: died at ${steps.size} of ${total} steps; ${taken} taken back, ${finished} finished; ${seconds} s`,
  );
});

/** Root of the state as an empty block finds it. */
async function rootNow(engine: Awaited<ReturnType<typeof victim>>): Promise<string | undefined> {
  return (await outcome(engine, { ...theBlock, transactions: [], senders: [] })).state;
}

async function commitSteps(): Promise<number> {
  const engine = await victim(0);
  await engine.execute(theBlock);
  const enough = 1 << 30;
  const left = await dieInCommit(engine, enough);
  await engine.close();
  return enough - left;
}
