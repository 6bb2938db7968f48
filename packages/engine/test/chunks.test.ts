import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { compileKernel, createKernelMemory } from "@heddle/kernel";
import { KernelInstance } from "../src/kernel-instance.ts";
import { kernelMemory } from "../src/kernel-memory.ts";
import { loadPrecompiles } from "../src/library-calls.ts";
import type { ChunkThread } from "./support/chunk-thread.ts";

const MEMORY = 16 * 2 ** 20;

test("runs of memory that several workers take and give back at once are never anybody else's", async () => {
  const module = compileKernel();
  const memory = createKernelMemory(MEMORY);
  const THREADS = 4;
  const host = new KernelInstance({ module, memory, worker: THREADS, precompiles: await loadPrecompiles() });
  KernelInstance.initialiseMemory(host, { memoryLimit: MEMORY, seed: 1n });
  const before = kernelMemory(host);
  const threads = Array.from({ length: THREADS }, (_, thread) => {
    const workerData: ChunkThread = { module, memory, thread, rounds: 40_000 };
    return new Worker(new URL("./support/chunk-thread.ts", import.meta.url), { workerData });
  });
  const reports = await Promise.all(threads.map((thread) => once(thread, "message")));
  for (const [{ stolen, taken }] of reports) {
    assert.ok(taken > 0);
    assert.equal(stolen, 0, "chunks of a run were given to somebody else");
  }
  assert.deepEqual(kernelMemory(host), before);
});
