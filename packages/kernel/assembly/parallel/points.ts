// Where the test build stops a worker until the test lets it go on, so that a test can force any interleaving,
// or kill a worker in a given phase. In the production build nothing of it is left.

import { yieldPoint } from "../host";

export enum Point {
  /** Executed, nothing published yet. */
  BeforePublish = 1,
  /** Published, not yet marked as executed. */
  Published = 2,
  /** Commit lock taken, before the reads of the next transaction are checked. */
  BeforeValidate = 3,
  /** Reads hold, before the transaction is counted as committed. */
  BeforeCommit = 4,
  /** A task was taken, nothing read yet. */
  BeforeExecute = 5,
  /** A task of the roots phase was taken. */
  BeforeRoot = 6,
}

/** Passes `point` with transaction (or piece) `index`. */
export function pass(point: Point, index: u32): void {
  if (isDefined(TEST_BUILD)) yieldPoint(point, index);
}
