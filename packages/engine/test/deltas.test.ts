import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, type EngineOptions } from "../src/index.ts";
import { block, type Call, recipient, SHANGHAI, sender, senders } from "./support/blocks.ts";

const PAYERS = 60;

/** Everybody pays one and the same account. */
function payments(): Call[] {
  return Array.from({ length: PAYERS }, (_, i) => ({ from: sender(i), to: recipient(0), value: 1n }));
}

async function run(deltas: NonNullable<EngineOptions["deltas"]>, mode: "parallel" | "sequential") {
  await using engine = await createEngine({
    workers: 2,
    chain: SHANGHAI,
    genesis: { alloc: senders(PAYERS) },
    deltas,
  });
  const result = await engine.execute({ ...block(payments()), mode });
  const { schedule, roots } = result;
  await result.commit();
  return { schedule, roots };
}

test("deltas that are always tried are counted, and none is where they are off", async () => {
  const always = await run("always", "parallel");
  const off = await run("off", "parallel");
  const inOrder = await run("always", "sequential");
  // The payee's and the payer's of each transaction.
  assert.equal(always.schedule.deltas, 2 * PAYERS);
  assert.equal(always.schedule.aborts, 0);
  assert.equal(always.schedule.longestChain, 1);
  assert.equal(off.schedule.deltas, 0);
  assert.equal(inOrder.schedule.deltas, 0);
  for (const { roots } of [off, inOrder]) assert.deepEqual(roots, always.roots);
});
