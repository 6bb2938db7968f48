// What an engine and a block may be told, and the checks of it.

import { availableParallelism } from "node:os";
import type { BlockInput } from "./block-input.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { ChainConfig } from "./forks.ts";
import { type Hex, toBytes, toQuantity } from "./hex.ts";
import type { Allocation } from "./state-import.ts";
import type { StateSource } from "./state-source.ts";

/** Hashes of earlier blocks for BLOCKHASH: by number, as far as they are known. */
export type BlockHashes =
  | ReadonlyMap<bigint, Hex>
  | ((number: bigint) => Hex | undefined | Promise<Hex | undefined>);

/** Where something is tried that only sometimes saves work: where it was learned that it does, nowhere, everywhere. */
export const LEARNING_MODES = ["learned", "off", "always"] as const;
export type LearningMode = (typeof LEARNING_MODES)[number];

/** How transactions that touch the same values are run beside each other. No outcome depends on it. */
export interface Speculation {
  /** Which values are tried as deltas (docs/deltas.md). */
  deltas: LearningMode;
  /** For which calls it is predicted what they touch (docs/predictor.md). */
  predictor: LearningMode;
}

export const LEARNED: Speculation = { deltas: "learned", predictor: "learned" };

/** What an engine is made of; everything may be left out. */
export interface EngineOptions {
  /** Worker threads; 0 = everything runs in the caller's thread. As many as the machine has cores unless given. */
  workers?: number;
  /**
   * "now" (unless given): the engine is there when its worker threads are. "later": they start with the first block that they are
   * needed for, or when `startWorkers` is called.
   */
  startWorkers?: "now" | "later";
  /** Forks and blob schedule; mainnet's unless given. */
  chain?: ChainConfig;
  /** The first state. With a `state` source it must not be given. */
  genesis?: { alloc: Allocation };
  /** Where state is read that is not in memory. Absent: everything is in memory. */
  state?: StateSource;
  /** Root of the state trie of the source; needed to compute state roots over a source. */
  stateRoot?: Hex;
  /** For BLOCKHASH; what is not known there is looked for among the parents of the blocks executed so far. */
  blockHashes?: BlockHashes;
  /** Bytes of memory for state, code, trie and the running block; 2 GiB unless given, 4 GiB at most. */
  memoryLimit?: number;
  /**
   * Bytes of cache above which what was longest not used is dropped before the next block; needs `state`. Half of
   * `memoryLimit` unless given.
   */
  cacheBytes?: number;
  /** False: no state trie is kept and no state root computed. True unless given. */
  computeStateRoot?: boolean;
  /**
   * Whether what several transactions add to one value and subtract from it makes no conflict between them: "learned"
   * (where conflicts were met; unless given), "off", or "always" (for tests).
   */
  deltas?: LearningMode;
  /**
   * Whether a transaction waits for an earlier one that it is predicted to depend on, instead of being executed in vain:
   * "learned" (for calls that have met conflicts; unless given), "off", or "always" (for tests).
   */
  predictor?: LearningMode;
  /** Milliseconds without progress after which a worker counts as hanging; 30,000 unless given. */
  hangTimeout?: number;
  /** Ends the start of the engine. */
  signal?: AbortSignal;
}

/** A block to execute. */
export interface ExecuteInput extends BlockInput {
  /** Hashes for BLOCKHASH; those of the engine's options unless given. */
  blockHashes?: BlockHashes;
  /** Difficulty of all blocks before, where a terminal total difficulty decides about the merge. */
  parentTotalDifficulty?: bigint;
  /** "parallel" unless given: speculatively on all workers. "sequential": in order on one. */
  mode?: "parallel" | "sequential";
  /** Workers that take part, where it should not be all. */
  workers?: number;
  /** False: this block's state root is not computed. */
  computeStateRoot?: boolean;
  /** True: the schedule tells every execution with its worker and times. */
  recordSchedule?: boolean;
  signal?: AbortSignal;
}

const GIB = 2 ** 30;
/** Most bytes of a kernel memory: what 32-bit addresses reach, less a page. */
export const MAX_MEMORY = 4 * GIB - 65536;
const MAX_WORKERS = 120;

/** `value`, or `absent` where it is left out; null is a mistake. */
export function integer(value: unknown, field: string, absent: number, least: number, most: number): number {
  if (value === undefined) return absent;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(field, `an integer from ${least} to ${most}`, value);
  }
  return value;
}

function learningMode(value: unknown, field: string): LearningMode {
  if (value === undefined) return "learned";
  if (!LEARNING_MODES.includes(value as LearningMode)) {
    throw new InvalidArgumentError(field, '"learned", "off" or "always"', value);
  }
  return value as LearningMode;
}

function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidArgumentError("signal", "an AbortSignal", signal);
  }
}

function checkBlockHashes(hashes: unknown): void {
  if (hashes !== undefined && typeof hashes !== "function" && !(hashes instanceof Map)) {
    throw new InvalidArgumentError("blockHashes", "a Map or a function", hashes);
  }
}

/** A fork's block or time that is no number would quietly never come. */
function checkChain(chain: ChainConfig): void {
  if (typeof chain !== "object" || chain === null) {
    throw new InvalidArgumentError("chain", "a chain's schedule", chain);
  }
  toQuantity(chain.chainId, "chain.chainId", 64);
  for (const [name, value] of Object.entries(chain)) {
    if (/(Block|Time)$/.test(name)) integer(value, `chain.${name}`, 0, 0, Number.MAX_SAFE_INTEGER);
  }
  if (chain.terminalTotalDifficulty !== undefined) {
    toQuantity(chain.terminalTotalDifficulty, "chain.terminalTotalDifficulty", 256);
  }
}

/** The numbers among the options, checked, with their defaults. */
export interface CheckedOptions {
  workers: number;
  startWorkers: "now" | "later";
  memoryLimit: number;
  cacheBytes: number;
  hangTimeout: number;
  speculation: Speculation;
}

/** @throws InvalidArgumentError naming the first option that is wrong */
export function checkEngineOptions(options: EngineOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError("options", "an object", options);
  }
  const { state, genesis, stateRoot, chain } = options;
  checkSignal(options.signal);
  checkBlockHashes(options.blockHashes);
  if (state !== undefined) {
    const methods =
      typeof state === "object" && state !== null ? [state.account, state.storage, state.code] : [0];
    if (methods.some((method) => typeof method !== "function")) {
      throw new InvalidArgumentError("state", "a source with account, storage and code", state);
    }
    if (genesis !== undefined) {
      throw new InvalidArgumentError("genesis", "absent where a state source is given", genesis);
    }
  }
  if (genesis !== undefined) {
    const alloc: unknown = genesis?.alloc;
    if (typeof alloc !== "object" || alloc === null || Array.isArray(alloc)) {
      throw new InvalidArgumentError("genesis.alloc", "accounts by address", alloc);
    }
  }
  if (stateRoot !== undefined) toBytes(stateRoot, "stateRoot", 32);
  if (chain !== undefined) checkChain(chain);
  const { startWorkers = "now" } = options;
  if (startWorkers !== "now" && startWorkers !== "later") {
    throw new InvalidArgumentError("startWorkers", '"now" or "later"', startWorkers);
  }
  const memoryLimit = integer(options.memoryLimit, "memoryLimit", 2 * GIB, 16 * 2 ** 20, MAX_MEMORY);
  return {
    workers: integer(options.workers, "workers", availableParallelism(), 0, MAX_WORKERS),
    startWorkers,
    memoryLimit,
    cacheBytes: integer(options.cacheBytes, "cacheBytes", Math.floor(memoryLimit / 2), 2 ** 20, MAX_MEMORY),
    hangTimeout: integer(options.hangTimeout, "hangTimeout", 30_000, 1, 2 ** 31 - 1),
    speculation: {
      deltas: learningMode(options.deltas, "deltas"),
      predictor: learningMode(options.predictor, "predictor"),
    },
  };
}

/** Checks how a block is to be run; what it holds is checked by `checkBlockInput`. */
export function checkExecuteOptions(input: ExecuteInput): void {
  if (typeof input !== "object" || input === null) throw new InvalidArgumentError("input", "a block", input);
  const { mode, parentTotalDifficulty } = input;
  checkSignal(input.signal);
  checkBlockHashes(input.blockHashes);
  if (mode !== undefined && mode !== "parallel" && mode !== "sequential") {
    throw new InvalidArgumentError("mode", '"parallel" or "sequential"', mode);
  }
  integer(input.workers, "workers", 1, 1, Number.MAX_SAFE_INTEGER);
  if (parentTotalDifficulty !== undefined) {
    if (typeof parentTotalDifficulty !== "bigint") {
      throw new InvalidArgumentError("parentTotalDifficulty", "a bigint", parentTotalDifficulty);
    }
    toQuantity(parentTotalDifficulty, "parentTotalDifficulty", 256);
  }
}
