// A sign of life of every worker, which the host watches for workers that hang.

import { workerId } from "../memory/arena";
import { HEARTBEATS } from "./scheduler";

/** Moves this worker's counter. */
export function beat(): void {
  const counter = HEARTBEATS + ((<usize>workerId) << 2);
  atomic.store<u32>(counter, atomic.load<u32>(counter) + 1);
}
