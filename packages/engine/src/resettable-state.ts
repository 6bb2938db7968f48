// A kernel's state that is thrown away and filled anew many times: what executors of many small tests share.

import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { type Allocation, importAccounts } from "./state-import.ts";

/** Bytes of code after which a reset forgets the codes too. */
const CODES_KEPT = 64 * 2 ** 20;

/** The state of one kernel memory. No worker may be inside a block while it is changed. */
export class ResettableState {
  private readonly kernel: KernelInstance;
  private codeBytes = 0;

  constructor(kernel: KernelInstance) {
    this.kernel = kernel;
  }

  /** Forgets the state. */
  reset(): void {
    const { exports } = this.kernel;
    exports.blockOpen();
    exports.stateReset();
    // Codes are found by their hash and may stay, until they fill too much.
    if (this.codeBytes > CODES_KEPT) {
      exports.codesReset();
      this.codeBytes = 0;
    }
  }

  /** Adds accounts to the state; returns its root. */
  load(alloc: Allocation): Hex {
    for (const key in alloc) this.codeBytes += alloc[key]!.code?.length ?? 0;
    importAccounts(this.kernel, alloc);
    return toHex(this.kernel.copy(this.kernel.layout.RESULT_STATE_ROOT, 32));
  }
}
