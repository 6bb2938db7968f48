// Which instructions and precompiles were run at least once, and what became of the transactions.

import { opcodes } from "@heddle/kernel";

const CALLS = new Set([0xf1, 0xf2, 0xf4, 0xfa]);
/** ECRECOVER to BLS12_MAP_FP2_TO_G2, and P256VERIFY. */
export const PRECOMPILES: readonly number[] = [...Array.from({ length: 17 }, (_, i) => i + 1), 0x100];

/** What can be sent from one process to another. */
export interface CoverageSnapshot {
  steps: Float64Array;
  precompiles: Set<number>;
}

export class Coverage {
  readonly #steps = new Float64Array(256);
  readonly #precompiles = new Set<number>();

  /** An instruction is about to run. */
  step(opcode: number, stack: (depth: number) => bigint): void {
    this.#steps[opcode]!++;
    if (!CALLS.has(opcode)) return;
    const target = BigInt.asUintN(160, stack(1));
    if (target <= 0x100n) this.#precompiles.add(Number(target));
  }

  /** A transaction goes to `address` directly. */
  call(address: bigint): void {
    if (address <= 0x100n) this.#precompiles.add(Number(address));
  }

  get snapshot(): CoverageSnapshot {
    return { steps: this.#steps, precompiles: this.#precompiles };
  }

  add({ steps, precompiles }: CoverageSnapshot): void {
    for (const [opcode, count] of steps.entries()) this.#steps[opcode]! += count;
    for (const address of precompiles) this.#precompiles.add(address);
  }

  /** Instructions that were run. */
  get steps(): number {
    return this.#steps.reduce((sum, count) => sum + count, 0);
  }

  /** Names of the instructions that never ran. */
  get missedOpcodes(): string[] {
    return opcodes.filter(({ code }) => this.#steps[code] === 0).map(({ name }) => name);
  }

  /** Addresses of the precompiles that were never called. */
  get missedPrecompiles(): number[] {
    return PRECOMPILES.filter((address) => !this.#precompiles.has(address));
  }
}
