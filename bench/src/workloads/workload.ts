// What a workload is: who does what, told without a kernel or an engine.

import type { Batch, Script } from "../script.ts";

/** What a workload is measured on: blocks that set the scene, then the block that is timed. */
export interface Scene {
  setup: Batch[];
  block: Batch;
}

export interface Workload {
  /** Short name for the command line. */
  name: string;
  /** What a reader of the table needs to know. */
  title: string;
  /** Whether its transactions depend on each other, in a word: independent, mixed, dependent. */
  kind: "independent" | "mixed" | "dependent";
  /** Writes a scene of about `size` transactions. Deterministic. */
  write(script: Script, size: number): Scene;
}

/** A small deterministic generator (mulberry32), so that every run measures the same transactions. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
