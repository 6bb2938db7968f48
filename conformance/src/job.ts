// What travels between the reader and its workers.

import type { Speculation } from "@heddle/engine/testing";
import type { PooledSuite } from "./corpus.ts";
import type { ModeChoice } from "./mode.ts";
import type { FileResult } from "./outcome.ts";
import type { Selection } from "./selection.ts";

/** One file of a suite, with its bytes. */
export interface Job {
  id: number;
  suite: PooledSuite;
  /** `suite/archive/path`. */
  file: string;
  /** Path inside the archive. */
  path: string;
  bytes: Uint8Array;
}

/** What every worker is started with. */
export interface WorkerOptions {
  selection: Selection;
  mode: ModeChoice;
  speculation: Speculation;
  /** Skip rules as [regular expression, reason]. */
  rules: [string, string][];
}

export interface JobDone {
  id: number;
  result: FileResult;
}
