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
