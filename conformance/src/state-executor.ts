// State tests on the engine's in-thread executor.

import type { TestAccount } from "./accounts.ts";
import type { Refusal } from "./refusal.ts";

/** One transaction on a given state. */
export interface StateRun {
  env: {
    fork: string;
    chainId: bigint;
    blobSchedule: unknown;
    coinbase: Uint8Array;
    gasLimit: bigint;
    number: bigint;
    timestamp: bigint;
    difficulty: bigint;
    prevRandao: bigint;
    baseFee: bigint;
    excessBlobGas: bigint;
  };
  accounts: readonly TestAccount[];
  raw: Uint8Array;
  /** null: recovered from the signature. */
  sender: Uint8Array | null;
}

export interface StateOutcome {
  refusal: Refusal | null;
  stateRoot: string;
  logsHash: string;
  gasUsed: bigint;
}

export function runState(_run: StateRun): StateOutcome {
  throw new Error("the engine has no in-thread executor yet");
}
