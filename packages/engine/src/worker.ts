// A worker thread of the pool: one kernel instance that sleeps between blocks.

import { workerData } from "node:worker_threads";
import { KernelPanicError, MemoryExhaustedError } from "./errors.ts";
import { KernelInstance } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";
import { workUntilDone } from "./work.ts";
import { Command, Fault, ROW, WorkerRow } from "./worker-control.ts";

/** What the pool hands to a new worker. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: SharedArrayBuffer;
  worker: number;
}

const { module, memory, control, worker } = workerData as WorkerStart;
const row = new WorkerRow(control, worker);
const { words } = row;
const instance = new KernelInstance({ module, memory, worker, precompiles: await loadPrecompiles(), stop });

function wakeMain(): void {
  instance.exports.wakeHost();
}

/** The test build calls it at every point: stands still where the test wants it, to be killed there. */
function stop(point: number, index: number): void {
  if (words[ROW.stopPoint] !== point) return;
  if (words[ROW.stopIndex] !== -1 && words[ROW.stopIndex] !== index) return;
  Atomics.store(words, ROW.stopped, 1);
  Atomics.notify(words, ROW.stopped);
  for (;;) Atomics.wait(words, ROW.stopped, 1);
}

function misbehave(fault: number): void {
  if (fault === Fault.Throw) throw new Error("a test asked for this error");
  if (fault === Fault.Exit) process.exit(1);
  if (fault === Fault.Hang) for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function run(): void {
  try {
    const fault = Atomics.exchange(words, ROW.fault, Fault.None);
    if (fault !== Fault.None) misbehave(fault);
    instance.exports.crashAfter?.(Atomics.exchange(words, ROW.stopStep, -1));
    workUntilDone(instance, () => Atomics.add(words, ROW.heartbeat, 1));
  } catch (error) {
    const known = error instanceof MemoryExhaustedError || error instanceof KernelPanicError;
    const values = known ? [error.expected ?? error.met].flat().map(Number) : [];
    const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    row.setError({ name, message, stack, values });
    instance.exports.cancelBlock();
  } finally {
    instance.exports.workerLeave();
  }
}

Atomics.store(words, ROW.ready, 1);
wakeMain();
for (let seen = 0; ; ) {
  Atomics.wait(words, ROW.sequence, seen);
  const sequence = Atomics.load(words, ROW.sequence);
  if (sequence === seen) continue;
  seen = sequence;
  if (words[ROW.command] === Command.Stop) break;
  run();
  Atomics.store(words, ROW.done, sequence);
  wakeMain();
}
