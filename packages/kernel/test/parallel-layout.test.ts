import assert from "node:assert/strict";
import { test } from "node:test";
import { compileKernel, createKernelMemory, instantiateKernel } from "../src/index.ts";

const CACHE_LINE = 64;

test("what different workers write often stands on cache lines of its own", () => {
  const { layout } = instantiateKernel(compileKernel(), createKernelMemory(4 * 65536), {} as never);
  // The frontier and the commit lock, who takes what, what everybody counts, what the host takes: a line each.
  for (const field of ["cursor", "committed", "wake", "ringHead"] as const) {
    const at = layout.SCHEDULER + layout[`Scheduler_${field}`];
    assert.equal(at % CACHE_LINE, 0, field);
  }
  assert.equal(layout.Scheduler_wake - layout.Scheduler_committed, CACHE_LINE);
  assert.equal(layout.Task_size, CACHE_LINE);
});
