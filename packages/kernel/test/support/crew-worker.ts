// A worker thread of a crew (crew.ts): works on blocks as the engine's workers do, and stops where a test wants it.

import { workerData } from "node:worker_threads";
import { type CrewStart, ERROR_AT, Mode, newsWord, ROW, ROW_WORDS } from "./crew-control.ts";
import { crewInstance } from "./crew-instance.ts";
import { KernelSignal } from "./room.ts";

const { module, memory, rows, worker, workers } = workerData as CrewStart;
const words = new Int32Array(rows, worker * ROW_WORDS * 4, ROW_WORDS);
const all = new Int32Array(rows);
const never = new Int32Array(new SharedArrayBuffer(4));

function news(): void {
  Atomics.add(all, newsWord(workers), 1);
  Atomics.notify(all, newsWord(workers));
}

function random(): number {
  let x = words[ROW.seed]! | 1;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  words[ROW.seed] = x;
  return x >>> 0;
}

function yieldPoint(point: number, index: number): void {
  if ((words[ROW.points]! & (1 << point)) === 0) return;
  const mode = Atomics.load(words, ROW.mode);
  if (mode === Mode.Random) {
    const drawn = random() % 16;
    if (drawn < 2) Atomics.wait(never, 0, 0, drawn === 0 ? 0.3 : 0.02);
  } else if (mode === Mode.Slow) {
    Atomics.wait(never, 0, 0, 0.3);
  } else if (mode === Mode.Gate) {
    words[ROW.point] = point;
    words[ROW.index] = index;
    const mine = Atomics.add(words, ROW.arrived, 1) + 1;
    news();
    for (;;) {
      const released = Atomics.load(words, ROW.released);
      if (released >= mine) return;
      Atomics.wait(words, ROW.released, released);
    }
  }
}

const { exports } = crewInstance(module, memory, worker, yieldPoint);

function work(): void {
  exports.workerEnter();
  for (;;) {
    try {
      words[ROW.phase] = exports.work();
      return;
    } catch (error) {
      if (!(error instanceof KernelSignal) || error.signal !== "abortTransaction") throw error;
      Atomics.add(words, ROW.aborts, 1);
      exports.aborted(error.code, error.detail);
    }
  }
}

function report(error: unknown): void {
  const text = new TextEncoder().encode(error instanceof Error ? (error.stack ?? error.message) : `${error}`);
  const length = Math.min(text.length, (ROW_WORDS - ERROR_AT) * 4);
  new Uint8Array(rows, (worker * ROW_WORDS + ERROR_AT) * 4, length).set(text.subarray(0, length));
  Atomics.store(words, ROW.error, length);
}

Atomics.store(words, ROW.ready, 1);
news();
for (let seen = 0; ; ) {
  Atomics.wait(words, ROW.sequence, seen);
  const sequence = Atomics.load(words, ROW.sequence);
  if (sequence === seen) continue;
  seen = sequence;
  if (words[ROW.stop] !== 0) break;
  try {
    work();
  } catch (error) {
    report(error);
  }
  Atomics.store(words, ROW.done, sequence);
  news();
}
