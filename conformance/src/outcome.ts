// What running a file of tests gives.

import type { Mode } from "./mode.ts";

/** One field in which the outcome differs from the expected one. */
export interface Difference {
  field: string;
  ours: string;
  theirs: string;
}

export interface Failure {
  key: string;
  /** How its blocks were executed, where the suite knows modes: to run it again the same way. */
  mode?: Mode | undefined;
  fork: string;
  /** The test's name in its file, and which of its entries. */
  test: string;
  differences: Difference[];
}

export interface Skip {
  key: string;
  fork: string;
  reason: string;
}

/** The outcome of all chosen entries of one file. */
export interface FileResult {
  passed: Record<string, number>;
  failures: Failure[];
  skips: Skip[];
}

export function emptyResult(): FileResult {
  return { passed: {}, failures: [], skips: [] };
}

/** One case of a file: how it is called and how it is run. */
export interface Case {
  fork: string;
  test: string;
  /** True where it executes blocks, in the mode that it is given. */
  hasModes?: true;
  /** The differences found; none = passed. */
  run(mode: Mode): Difference[] | Promise<Difference[]>;
}

/** Compares a field; gives the difference, if there is one, as a list to spread. */
export function compare(field: string, ours: unknown, theirs: unknown): Difference[] {
  const [a, b] = [String(ours), String(theirs)];
  return a === b ? [] : [{ field, ours: a, theirs: b }];
}

/** A thrown error as a difference: nothing that breaks while running a test may pass or be lost. */
export function thrown(error: unknown, expected: string): Difference {
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { field: "error", ours: shown, theirs: expected };
}
