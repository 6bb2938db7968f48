// Test build only: a worker that dies at a chosen step of what it writes to shared memory.

import { panic } from "../host";
import { TriePanic } from "./node";

let stepsLeft: i32 = -1;

/** The step after `steps` more ones dies; -1 = none does. */
export function crashAfter(steps: i32): void {
  stepsLeft = steps;
}

/** Steps that are left: less than what was set by as many as were made. */
export function crashStepsLeft(): i32 {
  return stepsLeft;
}

/** Stands between two writes of which a dead worker may have made only the first. */
export function crashPoint(): void {
  if (isDefined(TEST_BUILD)) {
    if (stepsLeft < 0) return;
    if (stepsLeft == 0) panic(TriePanic.Crash, 0);
    stepsLeft--;
  }
}
