import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine, WorkerFailedError } from "../src/index.ts";
import { Fault, ROW } from "../src/worker-control.ts";
import { block, COUNTER, contract, SHANGHAI, senders, transfers } from "./support/blocks.ts";

const COUNT = 2000;
const alloc = { ...senders(COUNT), [contract(0)]: { code: COUNTER } };
// Half of it conflicts, so that a worker may die while it validates, commits or runs in turn.
const work = block([
  ...transfers(COUNT / 2),
  ...transfers(COUNT)
    .slice(COUNT / 2)
    .map((call) => ({ ...call, to: contract(0), value: 0n })),
]);

const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc }, hangTimeout: 500 });
after(() => engine.close());

async function outcome() {
  const result = await engine.execute(work);
  const { gasUsed, roots } = result;
  result.discard();
  return { gasUsed, roots };
}
const expected = await outcome();

test("a worker that is killed at any moment fails the block alone, and the block runs again", async () => {
  let failed = 0;
  for (let i = 0; i < 20; i++) {
    const running = engine.execute(work);
    const killed = sleep(i / 2).then(() => engine.pool.kill(i % 2));
    try {
      const result = await running;
      assert.deepEqual({ gasUsed: result.gasUsed, roots: result.roots }, expected);
      result.discard();
    } catch (error) {
      assert.ok(error instanceof WorkerFailedError, String(error));
      assert.equal(error.worker, i % 2);
      failed++;
    }
    await killed;
    assert.deepEqual(await outcome(), expected, `after kill ${i}`);
  }
  assert.ok(failed > 0, "no kill met a running block");
});

for (const [name, fault, message] of [
  ["throws", Fault.Throw, /a test asked for this error/],
  ["exits", Fault.Exit, /exited with code 1/],
  ["hangs", Fault.Hang, /made no progress for 500 ms/],
] as const) {
  test(`a worker that ${name} is told by its number and reason, and replaced`, async () => {
    Atomics.store(engine.pool.row(1).words, ROW.fault, fault);
    await assert.rejects(engine.execute(work), (error: unknown) => {
      assert.ok(error instanceof WorkerFailedError);
      assert.equal(error.worker, 1);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(await outcome(), expected);
  });
}

test("a worker that dies between blocks is replaced without failing one", async () => {
  await engine.pool.kill(0);
  assert.deepEqual(await outcome(), expected);
});

test("an AbortSignal ends the block and leaves the engine as it was", async () => {
  const controller = new AbortController();
  const running = engine.execute({ ...work, signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 2);
  await assert.rejects(running, { name: "AbortedError" });
  assert.deepEqual(await outcome(), expected);
  await assert.rejects(engine.execute({ ...work, signal: AbortSignal.abort() }), { name: "AbortedError" });
});
