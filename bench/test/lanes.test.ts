import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesAt } from "@heddle/engine";
import { type LaneCosts, LaneSimulation } from "@heddle/engine/testing";
import { makeChain } from "../src/chain.ts";
import { simulateLanes } from "../src/lanes.ts";
import { workloads } from "../src/workloads/index.ts";

const named = (name: string) => workloads.find((workload) => workload.name === name)!;

/** A simulation whose costs are given, so that what it tells can be computed by hand. */
async function simulation(name: string, size: number): Promise<LaneSimulation> {
  const chain = await makeChain(named(name), { size, blocks: 1, signed: false });
  const { header, packed, senders } = chain.blocks[0]!;
  return LaneSimulation.create(chain.alloc, {
    rules: rulesAt(chain.config, header),
    input: { header, transactions: packed, senders },
  });
}

/** Every execution takes 100, in order as beside others; each other step `step`. */
const costs = (size: number, step: number): LaneCosts => ({
  execution: new Float64Array(size).fill(100),
  inOrder: new Float64Array(size).fill(100),
  step: () => step,
});

test("independent transactions take the lanes' part of the time where nothing but executing costs anything", async () => {
  const ether = await simulation("ether", 64);
  for (const lanes of [2, 4, 16, 32]) {
    const run = await ether.run(lanes, costs(64, 0));
    assert.deepEqual([run.time, run.speedup, run.busy, run.aborts], [6400 / lanes, lanes, 1, 0]);
  }
});

test("what is done in order bounds the lanes", async () => {
  const ether = await simulation("ether", 64);
  const run = await ether.run(32, costs(64, 20));
  // Each commit takes a step at least, one after the other.
  assert.ok(run.time >= 64 * 20);
  assert.ok(run.speedup < 5);
});

test("a chain of dependent transactions gains nothing, and is done as in order", async () => {
  const chain = await simulation("erc20-chain", 64);
  const run = await chain.run(16, costs(64, 0));
  assert.ok(run.speedup <= 1, `${run.speedup}`);
  assert.ok(run.aborts + run.fallback > 0);
});

test("the same costs give the same run", async () => {
  const swaps = await simulation("swaps-32", 100);
  const first = await swaps.run(8, costs(100, 1));
  assert.deepEqual(await swaps.run(8, costs(100, 1)), first);
});

test("costs that are measured give a run on every number of lanes", async () => {
  const runs = await simulateLanes(named("weth"), { lanes: [2, 8], size: 50 });
  assert.deepEqual(
    runs.map(({ lanes }) => lanes),
    [2, 8],
  );
  for (const { time, inOrder } of runs) assert.ok(time > 0 && inOrder > 0);
});
