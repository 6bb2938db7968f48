// What the kernel asks of its host. Every function here is implemented in @heddle/engine.

/**
 * Ends the running transaction at once. The host throws, which unwinds every WebAssembly frame of this
 * call; the worker loop catches it and calls `aborted()`. Never returns.
 * `reason` is an Abort code (status.ts), `detail` what it says there.
 */
export declare function abortTransaction(reason: u32, detail: u32): void;

/** Ends the running phase: memory is exhausted. The host throws a typed error; never returns. */
export declare function outOfMemory(requestedBytes: u32): void;

/** A broken invariant (a bug). The host throws a typed error that fails the block; never returns. */
export declare function panic(code: u32, detail: u32): void;

/**
 * Runs a precompile of the host's libraries. Returns the gas it used, or -1 where the call fails (bad
 * input or not enough gas). The output waits in the host for `precompileOutput`.
 */
export declare function precompile(
  address: u32,
  fork: u32,
  input: usize,
  inputLength: u32,
  gasLimit: u64,
): i64;

/** Length in bytes of the last precompile's output. */
export declare function precompileOutputLength(): u32;

/** Copies the last precompile's output to `destination`. */
export declare function precompileOutput(destination: usize): void;

/**
 * Recovers the signer of `hash` (32 bytes) from r and s (32 bytes each, big-endian) and yParity; writes
 * its 20-byte address at `address`. Returns 1, or 0 where no key fits.
 */
export declare function recoverAddress(hash: usize, r: usize, s: usize, yParity: u32, address: usize): u32;

/** Microseconds of the host's clock, for the record of the schedule only: no result depends on it. */
export declare function clock(): f64;

/**
 * Tracing only: transaction `t` (tx/transaction.ts) begins, and nothing of it is done yet. 1 = its instructions and frames are
 * to be told. A transaction that is left for a value that is not in the cache begins again.
 */
export declare function traceTransaction(t: usize): u32;
/** Tracing only: it is over, fees included; what it destructs is not removed yet. */
export declare function traceTransactionEnd(t: usize): void;

/** Tracing only: called before each instruction. The host reads the frame at `frame` (vm/frame.ts). */
export declare function traceStep(
  frame: usize,
  pc: u32,
  opcode: u32,
  gas: u64,
  stackTop: usize,
  depth: u32,
): void;

/**
 * Tracing only: a frame begins (kind = its opcode), before value moves. `target` is the address word that was called, or
 * that of the new contract. Calls and creations that fail at once begin and end too.
 */
export declare function traceEnter(frame: usize, kind: u32, depth: u32, target: usize): void;
/** Tracing only: the frame is over, and undone where it failed. */
export declare function traceExit(
  frame: usize,
  status: u32,
  gasLeft: u64,
  output: usize,
  outputLength: u32,
  depth: u32,
): void;

/** Tracing only: the running frame leaves the Log at `log` (state/local.ts). */
export declare function traceLog(log: usize): void;

/** Tracing only: the running frame destructs itself and sends `amount` to `beneficiary`, both words. */
export declare function traceSelfDestruct(frame: usize, beneficiary: usize, amount: usize): void;

/** Test build only: blocks until the test lets this worker pass `point` with transaction `index`. */
export declare function yieldPoint(point: u32, index: u32): void;
