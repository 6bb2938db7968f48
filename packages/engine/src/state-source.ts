// Where the engine reads state that is not in its cache.

import type { Hex } from "./hex.ts";

/** A value, now or later. What is given at once costs no suspension of the transaction beyond the one abort. */
export type MaybePromise<T> = T | Promise<T>;

/** An account as a source gives it. */
export interface SourceAccount {
  nonce: bigint;
  balance: bigint;
  /** keccak256 of the code; absent = no code. */
  codeHash?: Hex | undefined;
  /** The code, where the source has it at hand: saves a second read. */
  code?: Uint8Array | undefined;
  /** Root of the storage trie; absent = empty. Needed for state roots alone. */
  storageRoot?: Hex | undefined;
}

/** One account as a block left it, for a source that keeps state. */
export interface SourceChange {
  address: Hex;
  /** Null = the account is not in the state any more. */
  account: SourceAccount | null;
  /** The storage was emptied in the block; `storage` is what was written after that. */
  storageWiped: boolean;
  /** Slots by key with their new values; 0 = not there any more. */
  storage: readonly (readonly [key: Hex, value: bigint])[];
}

/** What a block's commit hands to a source. */
export interface SourceCommit {
  changes: Iterable<SourceChange>;
  /** Codes that the block brought, by their hash. */
  codes: Iterable<readonly [hash: Hex, code: Uint8Array]>;
  /** Trie nodes that the block made: keccak256(rlp) and rlp. Empty where no state root is kept. */
  nodes: Iterable<readonly [hash: Uint8Array, rlp: Uint8Array]>;
}

/**
 * State larger than the engine's memory: a database, another node. Every method may answer at once or by a promise;
 * many calls are under way at the same time, none is asked twice while its answer is awaited.
 *
 * @example
 * ```ts
 * const state: StateSource = {
 *   account: async (address) => fetchAccount(address),
 *   storage: async (address, key) => fetchSlot(address, key),
 *   code: async (hash) => fetchCode(hash),
 * };
 * const engine = await createEngine({ state, computeStateRoot: false });
 * ```
 */
export interface StateSource {
  /** The account, or undefined where the state has none at the address. */
  account(address: Hex): MaybePromise<SourceAccount | undefined>;
  /** The slot's value; 0n where it is not set. */
  storage(address: Hex, key: Hex): MaybePromise<bigint>;
  /** The code with this keccak256. */
  code(hash: Hex): MaybePromise<Uint8Array>;
  /** RLP of the trie node with this keccak256. Needed for state roots and proofs. */
  node?(hash: Hex): MaybePromise<Uint8Array | undefined>;
  /**
   * All slots of an account that are set. Needed to take back what wiped a storage: `engine.edit` with `clearStorage` or
   * `deleted`, and SELFDESTRUCT before Cancun.
   */
  listStorage?(address: Hex): MaybePromise<Iterable<readonly [key: Hex, value: bigint]>>;
  /** Takes what a block changed; called before the change becomes visible in the engine. */
  commit?(commit: SourceCommit): MaybePromise<void>;
  /**
   * Number of the last block whose values the source holds, where it takes blocks later than they are committed. The engine
   * keeps what later blocks and edits wrote in its cache. A source without this and without `commit` is taken to hold
   * nothing that is ever written.
   */
  checkpoint?(): bigint;
  /** Most reads under way at the same time; 256 unless given. */
  concurrency?: number;
}
