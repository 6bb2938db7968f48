// The errors of the engine: what was wrong, where, what was expected, what was met.

import type { Invalid } from "@heddle/kernel";

/** What every error of the engine tells besides its message. */
export interface ErrorFacts {
  /** The input field or option that is wrong, e.g. `header.gasLimit` or `transactions[3]`. */
  field?: string;
  /** What would have been right. */
  expected?: unknown;
  /** What was met. */
  met?: unknown;
  cause?: unknown;
}

/**
 * The base of all errors that the engine throws on purpose. `code` is stable and made for programs, the
 * message for people.
 *
 * @example
 * ```ts
 * try {
 *   await engine.execute(block);
 * } catch (error) {
 *   if (error instanceof EngineError) console.log(error.code, error.field, error.expected, error.met);
 * }
 * ```
 */
export class EngineError extends Error {
  override readonly name: string = "EngineError";
  readonly code: string;
  readonly field: string | undefined;
  readonly expected: unknown;
  readonly met: unknown;

  constructor(code: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.field = facts.field;
    this.expected = facts.expected;
    this.met = facts.met;
  }
}

function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** An argument of a call, or an option, is outside of what it may be. Nothing was done. */
export class InvalidArgumentError extends EngineError {
  override readonly name = "InvalidArgumentError";
  constructor(field: string, expected: string, met: unknown) {
    super("INVALID_ARGUMENT", `${field} must be ${expected}, but is ${show(met)}`, { field, expected, met });
  }
}

/** Bytes that are not the RLP of what was expected. `field` tells where. */
export class DecodingError extends EngineError {
  override readonly name = "DecodingError";
  constructor(field: string, problem: string) {
    super("DECODING", `${field}: ${problem}`, { field, met: problem });
  }
}

/** A header contradicts its parent or the rules of its fork. */
export class InvalidHeaderError extends EngineError {
  override readonly name = "InvalidHeaderError";
  constructor(field: string, expected: unknown, met: unknown) {
    super("INVALID_HEADER", `header.${field} must be ${String(expected)}, but is ${show(met)}`, {
      field: `header.${field}`,
      expected,
      met,
    });
  }
}

/** A block's parts contradict its header or the rules of its fork. */
export class InvalidBlockError extends EngineError {
  override readonly name = "InvalidBlockError";
  /** What is wrong, where it has a name: one of `Invalid` (@heddle/kernel), or `InvalidBlockAccessList`. */
  readonly reason: string | undefined;
  constructor(field: string, expected: unknown, met: unknown, reason?: string) {
    super("INVALID_BLOCK", `${field} must be ${String(expected)}, but is ${show(met)}`, {
      field,
      expected,
      met,
    });
    this.reason = reason;
  }
}

/** Why a transaction, or a block after it, is not valid: `NonceTooLow`, `InsufficientFunds`, … */
export type InvalidReason = keyof typeof Invalid;

/** A transaction is not valid at its place in the block, so the block is not valid. Nothing was applied. */
export class InvalidTransactionError extends EngineError {
  override readonly name = "InvalidTransactionError";
  readonly index: number;
  readonly reason: InvalidReason;
  constructor(index: number, reason: InvalidReason) {
    super("INVALID_TRANSACTION", `transactions[${index}] is not valid: ${reason}`, {
      field: `transactions[${index}]`,
      met: reason,
    });
    this.index = index;
    this.reason = reason;
  }
}

/** The block needs more memory than `memoryLimit` allows. Nothing was applied. */
export class MemoryExhaustedError extends EngineError {
  override readonly name = "MemoryExhaustedError";
  constructor(requestedBytes: number, limit: bigint | number) {
    super("MEMORY_EXHAUSTED", `${requestedBytes} bytes are needed, but memoryLimit is ${limit} bytes`, {
      field: "memoryLimit",
      expected: requestedBytes,
      met: limit,
    });
  }
}

/** Where in a block's work something happened. */
export type Phase = "start" | "prepare" | "execute" | "validate" | "commit" | "trie";

/** A worker died, hung or was killed. It was replaced; nothing was applied and the block can be run again. */
export class WorkerFailedError extends EngineError {
  override readonly name = "WorkerFailedError";
  readonly worker: number;
  readonly phase: Phase;
  constructor(worker: number, phase: Phase, problem: string, cause?: unknown) {
    super("WORKER_FAILED", `worker ${worker} ${problem} in phase ${phase}; the block can be run again`, {
      met: problem,
      cause,
    });
    this.worker = worker;
    this.phase = phase;
  }
}

/** The state source failed to answer. Nothing was applied. */
export class ColdReadError extends EngineError {
  override readonly name = "ColdReadError";
  constructor(location: string, cause: unknown) {
    super(
      "COLD_READ",
      `the state source failed at ${location}: ${cause instanceof Error ? cause.message : cause}`,
      {
        field: location,
        cause,
      },
    );
  }
}

/** The caller's AbortSignal fired. Nothing was applied. */
export class AbortedError extends EngineError {
  override readonly name = "AbortedError";
  constructor(cause: unknown) {
    super("ABORTED", "aborted by the caller's signal", { cause });
  }
}

/** @throws AbortedError where the caller's signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError(signal.reason);
}

/** The kernel found one of its own invariants broken: a bug in Heddle. Nothing was applied. */
export class KernelPanicError extends EngineError {
  override readonly name = "KernelPanicError";
  constructor(panicCode: number, detail: number) {
    super(
      "KERNEL_PANIC",
      `the kernel stopped at a broken invariant (${panicCode}, ${detail}); please report it`,
      {
        met: [panicCode, detail],
      },
    );
  }
}
