// A thread that takes runs of chunks of a kernel's memory and gives them back, and looks whether they were its own meanwhile.

import { parentPort, workerData } from "node:worker_threads";
import { KernelInstance } from "../../src/kernel-instance.ts";
import { loadPrecompiles } from "../../src/library-calls.ts";
import { seededRandom } from "../../src/seeded-random.ts";

export interface ChunkThread {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  thread: number;
  rounds: number;
}

const { module, memory, thread, rounds } = workerData as ChunkThread;
const { exports, u32, layout } = new KernelInstance({
  module,
  memory,
  worker: thread,
  precompiles: await loadPrecompiles(),
});
const random = seededRandom(thread + 1);
const CHUNK = layout.CHUNK_SIZE;
const held: { at: number; chunks: number; mark: number }[] = [];
let stolen = 0;
let taken = 0;

function giveBack(): void {
  const run = held.splice(random(held.length), 1)[0]!;
  for (let i = 0; i < run.chunks; i++) {
    if (Atomics.load(u32, (run.at + i * CHUNK) >>> 2) !== run.mark + i) stolen++;
  }
  exports.inputFree(run.at);
}

for (let round = 0; round < rounds; round++) {
  const chunks = 1 + random(4);
  const at = exports.inputAllocate(chunks * CHUNK) >>> 0;
  if (at !== 0) {
    taken++;
    const mark = (thread << 28) | (round << 4);
    for (let i = 0; i < chunks; i++) Atomics.store(u32, (at + i * CHUNK) >>> 2, (mark + i) >>> 0);
    held.push({ at, chunks, mark: mark >>> 0 });
  }
  if (held.length > 3 || (at === 0 && held.length > 0)) giveBack();
}
while (held.length > 0) giveBack();
parentPort!.postMessage({ stolen, taken });
