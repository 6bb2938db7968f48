// The state after a block, to be read, called and proven.

import type {
  AccountProof,
  CallHeader,
  CallInput,
  CallResult,
  ChainConfig,
  Engine,
  Hex,
  StateAccess,
} from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockTree } from "./block-tree.ts";
import { HistoryGoneError } from "./errors.ts";
import type { StateLine } from "./state-line.ts";
import type { Turns } from "./turns.ts";

/** How a message is run. */
export interface CallOptions {
  /** Fields of the block that the message sees; those of the view's block unless given. */
  block?: CallHeader;
  signal?: AbortSignal;
}

/** The engines that answer for states. */
export class StateViews {
  readonly #engine: Engine;
  readonly #tree: BlockTree;
  readonly #turns: Turns;

  constructor(engine: Engine, tree: BlockTree, _line: StateLine, _config: ChainConfig, turns: Turns) {
    this.#engine = engine;
    this.#tree = tree;
    this.#turns = turns;
  }

  /** Runs work on an engine whose state is that of `block`. */
  read<T>(block: BlockEntry, work: (engine: Engine) => Promise<T>): Promise<T> {
    return this.#turns.run(() => {
      if (block !== this.#tree.head) throw new HistoryGoneError(block.number, this.#tree.head.number);
      return work(this.#engine);
    });
  }

  async close(): Promise<void> {}
}

/**
 * The state after one block.
 *
 * @example
 * ```ts
 * const account = await chain.state("latest").account(address);
 * const { output } = await chain.state(12n).call({ to: token, data });
 * ```
 */
export class StateView {
  readonly block: BlockEntry;
  readonly #views: StateViews;

  /** @internal */
  constructor(views: StateViews, block: BlockEntry) {
    this.block = block;
    this.#views = views;
  }

  /** The account at an address; undefined where there is none. */
  account(address: Hex): Promise<StateAccess | undefined> {
    return this.#views.read(this.block, (engine) => engine.getAccount(address));
  }

  /** The value of a slot (32 bytes); 0n where it is not set. */
  storage(address: Hex, key: Hex): Promise<bigint> {
    return this.#views.read(this.block, (engine) => engine.getStorage(address, key));
  }

  /** The code of an account; empty where it has none. */
  code(address: Hex): Promise<Uint8Array> {
    return this.#views.read(this.block, (engine) => engine.getCode(address));
  }

  /** Runs a message and drops what it changes. */
  call(message: CallInput, options: CallOptions = {}): Promise<CallResult> {
    const { block = this.block.header, signal } = options;
    return this.#views.read(this.block, (engine) =>
      engine.call(message, { block, ...(signal === undefined ? {} : { signal }) }),
    );
  }

  /** The account and its slots with Merkle proofs against the block's state root (EIP-1186). */
  prove(address: Hex, keys: readonly Hex[] = []): Promise<AccountProof> {
    return this.#views.read(this.block, (engine) => engine.getProof(address, keys));
  }
}
