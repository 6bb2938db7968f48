// What the kernel makes of raw transaction bytes by themselves: no state, no block.

export interface Inspection {
  /** Name of an `Invalid` code, or null where the transaction is well-formed. */
  invalid: string | null;
  hash: string;
  sender: string;
  intrinsicGas: bigint;
}

export function inspectTransaction(_raw: Uint8Array, _at: { fork: string; chainId: bigint }): Inspection {
  throw new Error("the engine cannot inspect a transaction yet");
}
