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
  /** A piece of the decoding phase was taken. */
  BeforeDecode = 7,
  /** The work before the transactions is done, nothing of it published. */
  BeforePrologue = 8,
  /** The work after the transactions is done, nothing of it published. */
  BeforeEpilogue = 9,
  /** The next transaction is to be executed in order. */
  BeforeInOrder = 10,
  /** Between two locations of a write set that is being published. */
  Publishing = 11,
  /** A newer incarnation is published, what only the older one wrote is not taken back yet. */
  BeforeWithdraw = 12,
  /** The writes of a transaction whose reads failed are estimates, it is not executed again yet. */
  Estimated = 13,
  /** The phase was looked at, no piece of it taken yet; the index is the phase. */
  BeforePiece = 14,
  /** The phase was looked at, which one worker does; the index is the phase. */
  BeforeSole = 15,
  /** There was no fallback, the worker is not marked as inside yet. */
  EnterParallel = 16,
  /** A piece of the access list that came with the block is to be published. */
  BeforeClaims = 17,
  /** A piece of the state root that the list promises was taken. */
  BeforeClaimedRoot = 18,
  /** There is nothing to do: the worker is to sleep until something happens after the wake count in the index. */
  BeforeSleep = 19,
}

/** Passes `point` with transaction (or piece) `index`. */
export function pass(point: Point, index: u32): void {
  if (isDefined(TEST_BUILD)) yieldPoint(point, index);
}
