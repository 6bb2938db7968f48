// What a simulated block has besides (eth_simulateV1, eth_call): gas that all calls of a simulation share, and precompiles that
// were put elsewhere.

import { wordEquals } from "../word/word";
import { env, FLAG_OPEN_FIELDS } from "./env";
import { blockResult } from "./result";

/** At `env().simulation`; 0 = the block is none. */
@unmanaged
export class Simulation {
  /** What the block's transactions may use in all, whatever its gas limit. */
  gas: u64;
  /** Array of MovedPrecompile and its length. */
  moved: u32;
  movedCount: u32;
}

/** What stands at an address instead of what the rules say. */
@unmanaged
export class MovedPrecompile {
  address0: u64;
  address1: u64;
  address2: u64;
  address3: u64;
  /** As in vm/precompiles.ts; 0 = none. */
  number: u64;
}

/** A nonce or a gas limit that is left open: the sender's nonce, and all the gas that is left (FLAG_OPEN_FIELDS). */
export const OPEN_FIELD: u64 = u64.MAX_VALUE;

function simulation(): Simulation {
  return changetype<Simulation>(<usize>env().simulation);
}

/** What was put at the address, a word; null = nothing was done to it. */
export function movedPrecompile(address: usize): MovedPrecompile | null {
  const moved = simulation().moved;
  const movedCount = simulation().movedCount;
  for (let i: u32 = 0; i < movedCount; i++) {
    const at = <usize>moved + <usize>i * offsetof<MovedPrecompile>();
    if (wordEquals(at, address)) return changetype<MovedPrecompile>(at);
  }
  return null;
}

/** The gas limit that stands for the one given, of which `available` is left in the block. */
export function simulatedGasLimit(gasLimit: u64, available: u64): u64 {
  if ((env().flags & FLAG_OPEN_FIELDS) == 0) return gasLimit;
  const wanted = gasLimit == OPEN_FIELD ? available : gasLimit;
  // More than is left in the block is refused, not cut.
  if (wanted > available) return wanted;
  return min<u64>(wanted, simulation().gas - min<u64>(blockResult().cumulativeGas, simulation().gas));
}
