// The loop around the kernel's work on a block. The kernel leaves a transaction by throwing through its frames
// (`abortTransaction`); what is to be done then is the kernel's to decide.

import type { KernelInstance } from "./kernel-instance.ts";

/** Works on the running block until it is done, has failed, or waits for something only the host can bring. */
export function workUntilDone(instance: KernelInstance, progress: () => void): number {
  const { exports, signal } = instance;
  exports.workerEnter();
  for (;;) {
    try {
      return exports.work();
    } catch (error) {
      if (error !== signal) throw error;
      exports.aborted(signal.reason, signal.detail);
      progress();
    }
  }
}

/**
 * As `workUntilDone`, for a thread that must itself bring what is missed: returns undefined after every abort, so that
 * the caller can answer requests, and is called again.
 */
export function workUntilMiss(instance: KernelInstance): number | undefined {
  const { exports, signal } = instance;
  exports.workerEnter();
  try {
    return exports.work();
  } catch (error) {
    if (error !== signal) throw error;
    exports.aborted(signal.reason, signal.detail);
    return undefined;
  }
}
