// Single calls through the kernel: what an instruction or a precompile gives, as a contract sees it.

export interface CallResult {
  success: boolean;
  output: Uint8Array;
  /** Gas that the call used. */
  gasUsed: bigint;
}

/** A CALL of the precompile at `address`. */
export function callContract(_call: { fork: string; address: number; input: Uint8Array }): CallResult {
  throw new Error("the engine has no in-thread executor yet");
}

/** Runs `code` as the account `address` whose nonce is `nonce`. */
export function runCode(_run: {
  fork: string;
  address: Uint8Array;
  nonce: bigint;
  code: Uint8Array;
  input: Uint8Array;
}): CallResult {
  throw new Error("the engine has no in-thread executor yet");
}
