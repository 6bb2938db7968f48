// Where a test may let another worker act, just before a compare-and-swap publishes something. In the production build
// nothing of it is left.

import { yieldPoint } from "../host";

let racing = false;

/** Test build only: from now on this worker's compare-and-swaps ask the host first. */
export function setRacing(on: bool): void {
  racing = on;
}

/** Comes right before a compare-and-swap on the entry or list at `place`. */
export function beforeSwap(place: usize): void {
  if (isDefined(TEST_BUILD)) {
    if (racing) yieldPoint(RACE_POINT, <u32>place);
  }
}

/** `point` of the host's yieldPoint; the scheduler's own are small numbers (parallel/points.ts). */
const RACE_POINT: u32 = 64;
