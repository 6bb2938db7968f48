// The constants of curve/, shared by all instances.

import { initialiseField } from "./field";
import { initialiseGenerator } from "./generator";
import { initialiseScalar } from "./scalar";

/** Writes them, once for a memory, before any worker starts. */
export function initialiseCurve(): void {
  initialiseField();
  initialiseScalar();
  initialiseGenerator();
}
