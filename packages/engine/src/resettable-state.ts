// A kernel's state that is thrown away and filled anew many times: what executors of many small tests share.

import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { type Allocation, importAccounts } from "./state-import.ts";

/** Bytes of code and its decoded forms above which a reset forgets the codes too. */
const CODES_KEPT = 64 * 2 ** 20;

/** The state of one kernel memory. No worker may be inside a block while it is changed. */
export class ResettableState {
  private readonly kernel: KernelInstance;

  constructor(kernel: KernelInstance) {
    this.kernel = kernel;
  }

  /** Forgets the state. */
  reset(): void {
    const { exports, layout } = this.kernel;
    exports.blockOpen();
    exports.stateReset();
    // Codes are found by their hash and may stay, until they fill too much.
    const codeBytes = this.kernel.getU64(layout.CONTROL + layout.Control_codeBytes);
    if (codeBytes > CODES_KEPT) exports.codesReset();
  }

  /** Adds accounts to the state; returns its root. */
  load(alloc: Allocation): Hex {
    importAccounts(this.kernel, alloc);
    return toHex(this.kernel.copy(this.kernel.layout.RESULT_STATE_ROOT, 32));
  }
}
