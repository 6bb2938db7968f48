// Tells when the store begins to write a checkpoint, and when it has: moments that a kill should meet.

import { Checkpointer } from "../../../store/src/checkpointer.ts";

export function tellCheckpoints(tell: (word: "checkpoint" | "written") => void): void {
  const { order } = Checkpointer.prototype;
  Checkpointer.prototype.order = async function (...args) {
    tell("checkpoint");
    const checkpoint = await order.apply(this, args);
    tell("written");
    return checkpoint;
  };
}
