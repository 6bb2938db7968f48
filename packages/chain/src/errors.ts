// The base of the chain's own errors. What is wrong with a block itself is told by the engine's.

/** What every error of the chain tells besides its message. */
export interface ChainErrorFacts {
  /** The field or option that is wrong. */
  field?: string;
  expected?: unknown;
  met?: unknown;
  cause?: unknown;
}

/**
 * The base of all errors that the chain throws on purpose. `code` is stable and made for programs.
 *
 * @example
 * ```ts
 * try {
 *   await chain.import(rlp);
 * } catch (error) {
 *   if (error instanceof ChainError) console.log(error.code, error.met);
 * }
 * ```
 */
export class ChainError extends Error {
  override readonly name: string = "ChainError";
  readonly code: string;
  readonly field: string | undefined;
  readonly expected: unknown;
  readonly met: unknown;

  constructor(code: string, message: string, facts: ChainErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.field = facts.field;
    this.expected = facts.expected;
    this.met = facts.met;
  }
}

/** A block's parent is not known: it cannot be told yet whether the block is valid. */
export class UnknownParentError extends ChainError {
  override readonly name = "UnknownParentError";
  constructor(parentHash: string) {
    super("UNKNOWN_PARENT", `the block's parent ${parentHash} is not known`, {
      field: "header.parentHash",
      met: parentHash,
    });
  }
}

/** A block that is asked for is not there. */
export class UnknownBlockError extends ChainError {
  override readonly name = "UnknownBlockError";
  constructor(reference: unknown) {
    super("UNKNOWN_BLOCK", `no block ${String(reference)} is known`, { met: reference });
  }
}

/** What is asked for lies behind the history that is kept. */
export class HistoryGoneError extends ChainError {
  override readonly name = "HistoryGoneError";
  constructor(block: bigint, oldest: bigint) {
    super("HISTORY_GONE", `the state of block ${block} is not kept; the oldest that is kept is ${oldest}`, {
      expected: oldest,
      met: block,
    });
  }
}

/** The directory could not take what had happened already, or its log tells what does not happen: the chain does nothing more. */
export class ChainFailedError extends ChainError {
  override readonly name = "ChainFailedError";
  constructor(cause: unknown) {
    super(
      "CHAIN_FAILED",
      `the chain must be opened again: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}

/** A block of the log gives another state than its header says. */
export class ReplayError extends ChainError {
  override readonly name = "ReplayError";
  constructor(block: bigint, field: "stateRoot" | "receiptsRoot", expected: unknown, met: unknown) {
    super("REPLAY", `block ${block} of the log gives ${field} ${met}, its header says ${expected}`, {
      field: `header.${field}`,
      expected,
      met,
    });
  }
}
