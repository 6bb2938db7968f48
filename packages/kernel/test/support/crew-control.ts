// What a crew's main thread and its workers share besides the kernel's memory: one row of words a worker.

/** Words of a worker's row. */
export const ROW = {
  /** Counts commands; the worker sleeps on it. */
  sequence: 0,
  done: 1,
  /** What `work` returned. */
  phase: 2,
  /** Bytes of the error behind the words. */
  error: 3,
  /** Points (parallel/points.ts), one bit each, at which the worker does what `mode` says. */
  points: 4,
  mode: 5,
  /** Random mode: state of the worker's generator. */
  seed: 6,
  /** Gate mode: where the worker stands, how often it came to a gate, how many of those it may pass. */
  point: 7,
  index: 8,
  arrived: 9,
  released: 10,
  stop: 11,
  /** Times that `aborted` was called. */
  aborts: 12,
  /** 1 = the instance is made. */
  ready: 13,
} as const;

export const Mode = {
  Run: 0,
  /** Pauses now and then. */
  Random: 1,
  /** Stands until it is let on. */
  Gate: 2,
  /** Pauses every time. */
  Slow: 3,
} as const;

export const ROW_WORDS = 256;
/** The error's text stands behind the first words. */
export const ERROR_AT = 32;

/** The word that changes whenever a worker is done or stands at a gate; behind the last row. */
export function newsWord(workers: number): number {
  return workers * ROW_WORDS;
}

export interface CrewStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  rows: SharedArrayBuffer;
  worker: number;
  workers: number;
}
