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

test("a block gives back all its runs, wherever they lie, and nobody else's", async () => {
  const memoryLimit = 64 * 2 ** 20;
  const memory = createKernelMemory(memoryLimit);
  const host = new KernelInstance({
    module: compileKernel(),
    memory,
    worker: 0,
    precompiles: await loadPrecompiles(),
  });
  KernelInstance.initialiseMemory(host, { memoryLimit, seed: 1n });
  const { exports, layout } = host;
  exports.blockOpen();
  const before = kernelMemory(host);
  for (let round = 0; round < 20; round++) {
    for (let length = 1; length < 20; length++) {
      host.allocate(((length * 7 + round) % 23) * layout.CHUNK_SIZE + 1);
      if (length % 5 === 0) exports.inputFree(exports.inputAllocate(layout.CHUNK_SIZE * 2));
    }
    const input = exports.inputAllocate(layout.CHUNK_SIZE * ((round % 3) + 1));
    assert.ok(kernelMemory(host).Block > 150 * layout.CHUNK_SIZE);
    exports.blockOpen();
    assert.deepEqual(kernelMemory(host), { ...before, Input: ((round % 3) + 1) * layout.CHUNK_SIZE });
    exports.inputFree(input);
  }
});
