// The state behind a block, to be read, called and proven. Of the head the engine itself answers; of an older block of its
// line its history, or an engine over that; of any other block the engine, taken there and back.

import {
  type AccountProof,
  type BlockResult,
  type BlockVariation,
  type CallBlock,
  type CallHeader,
  type CallInput,
  type CallResult,
  type ChainConfig,
  createEngine,
  EMPTY_CODE_HASH,
  type Engine,
  type Header,
  type Hex,
  type SourceAccount,
  type StateAccess,
  type StateEdit,
  type Tracer,
  type TracerFactory,
} from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockTree } from "./block-tree.ts";
import { UnknownBlockError } from "./errors.ts";
import { History, type OldValues } from "./history.ts";
import type { ChainOrigin } from "./origin.ts";
import type { StateLine } from "./state-line.ts";
import type { Turns } from "./turns.ts";

/** How a message is run. */
export interface CallOptions {
  /** Fields of the block that the message sees, on top of those of the view's block. */
  block?: CallHeader;
  /** Accounts as they are to be for this message alone. */
  overrides?: readonly StateEdit[];
  /** What the block has otherwise than its header and its rules say. */
  variation?: BlockVariation | undefined;
  /** Is told of the message as of a transaction. */
  tracer?: TracerFactory<Tracer>;
  signal?: AbortSignal;
}

/** Room for the values that calls on older blocks meet, and for their code. */
const VIEW_MEMORY = 256 * 2 ** 20;
/** Engines over history that are kept for the next call on the same block. */
const MOST_VIEWS = 2;
/** Bytes of undo records over which the engine itself is taken back for a call, and there and forth again. */
const NEAR_BYTES = 2 ** 16;
/** Calls on one block for which that is done before it has an engine of its own. */
const MOST_VISITS = 3;

/** An engine whose state is that behind a block as it was at a version of the line. */
interface View {
  block: BlockEntry;
  version: number;
  engine: Engine;
}

/** Answers for the state behind a block. */
export interface StateAnswers {
  /** Reads values. */
  read<T>(block: BlockEntry, work: (state: Engine | History) => Promise<T>): Promise<T>;
  /** Runs messages, where accounts are first made what `overrides` say. */
  call<T>(
    block: BlockEntry,
    overrides: readonly StateEdit[],
    work: (engine: Engine) => Promise<T>,
  ): Promise<T>;
  /** Runs a message where that needs no waiting, else undefined. */
  callAtOnce(block: BlockEntry, header: Header, message: CallInput, isFree: boolean): CallResult | undefined;
  /** Runs work on the engine itself: for roots and proofs. */
  onEngine<T>(block: BlockEntry, work: (engine: Engine) => Promise<T>): Promise<T>;
}

/** The engines that answer for states, one request after another. */
export class StateViews implements StateAnswers {
  readonly #engine: Engine;
  readonly #tree: BlockTree;
  readonly #line: StateLine;
  readonly #config: ChainConfig;
  readonly #turns: Turns;
  #views: View[] = [];
  /** Headers that calls were run with at once, as who pays sees them and as who does not. */
  #paidBlocks = new WeakMap<Header, CallBlock>();
  #freeBlocks = new WeakMap<Header, CallBlock>();
  /** The block near the head that calls were on last, at which version of the line, and how many there were. */
  #visited = { hash: "", version: -1, count: 0 };

  constructor(engine: Engine, tree: BlockTree, line: StateLine, config: ChainConfig, turns: Turns) {
    this.#engine = engine;
    this.#tree = tree;
    this.#line = line;
    this.#config = config;
    this.#turns = turns;
  }

  /** Reads values behind `block`. */
  read<T>(block: BlockEntry, work: (state: Engine | History) => Promise<T>): Promise<T> {
    return this.#turns.run(() => {
      if (block === this.#line.at) return work(this.#engine);
      const known = this.#stillKnown(block);
      if (this.#isBehind(known)) return work(this.#history(known));
      return this.#line.standingAt(known, () => work(this.#engine));
    });
  }

  /** Runs messages behind `block`, where accounts are first made what `overrides` say. */
  call<T>(
    block: BlockEntry,
    overrides: readonly StateEdit[],
    work: (engine: Engine) => Promise<T>,
  ): Promise<T> {
    return this.#turns.run(async () => {
      if (block === this.#line.at && overrides.length === 0) return work(this.#engine);
      const known = this.#stillKnown(block);
      if (
        (overrides.length === 0 && this.#isVisited(known)) ||
        (!this.#isBehind(known) && known !== this.#line.at)
      ) {
        return this.#line.standingAt(known, () => this.#overridden(this.#engine, overrides, work));
      }
      const view = await this.#view(known);
      return this.#overridden(view, overrides, work);
    });
  }

  /**
   * Does something with blocks of the main line that follow each other, each on an engine whose state is the one before it. One
   * engine goes along with them, as far as nothing was changed from outside between two of them.
   */
  along<T>(
    blocks: readonly BlockEntry[],
    work: (engine: Engine, block: BlockEntry, parent: BlockEntry) => Promise<T>,
    execute: (engine: Engine, block: BlockEntry, parent: BlockEntry) => Promise<BlockResult>,
  ): Promise<T[]> {
    return this.#turns.run(async () => {
      const done: T[] = [];
      let engine: Engine | undefined;
      try {
        for (const [i, block] of blocks.entries()) {
          const parent = this.#tree.demand(block.header.parentHash);
          if (!this.#isBehind(parent)) throw new UnknownBlockError(block.hash);
          engine ??= await this.#engineBehind(parent);
          done.push(await work(engine, block, parent));
          if (i + 1 === blocks.length) break;
          if (this.#line.editsOn(block).length === 0) await (await execute(engine, block, parent)).commit();
          else {
            await engine.close();
            engine = undefined;
          }
        }
      } finally {
        await engine?.close();
      }
      return done;
    });
  }

  /**
   * Runs a message behind `block`, in a block with `header`, where that needs no waiting, else undefined.
   * @param isFree nobody pays: the base fee reads as 0
   */
  callAtOnce(block: BlockEntry, header: Header, message: CallInput, isFree: boolean): CallResult | undefined {
    if (!this.#turns.isIdle || block !== this.#line.at) return undefined;
    const known = isFree ? this.#freeBlocks : this.#paidBlocks;
    let seen = known.get(header);
    if (seen === undefined) {
      const isFreed = isFree && header.baseFeePerGas !== undefined;
      seen = this.#engine.callBlock(isFreed ? { ...header, baseFeePerGas: 0n } : header);
      if (seen === undefined) return undefined;
      known.set(header, seen);
    }
    return this.#engine.callAtOnce(message, seen);
  }

  /** The chain's configuration has become another one. */
  forgetRules(): void {
    this.#paidBlocks = new WeakMap();
    this.#freeBlocks = new WeakMap();
  }

  /** Runs work on the engine itself, taken to `block`: for roots and proofs. */
  onEngine<T>(block: BlockEntry, work: (engine: Engine) => Promise<T>): Promise<T> {
    return this.#turns.run(() => this.#line.standingAt(this.#stillKnown(block), () => work(this.#engine)));
  }

  /**
   * The block as the chain knows it now: whoever waited for his turn may ask for one that was taken back meanwhile, or taken back
   * and made again.
   * @throws UnknownBlockError
   */
  #stillKnown(block: BlockEntry): BlockEntry {
    return this.#tree.demand(block.hash);
  }

  async #overridden<T>(
    engine: Engine,
    overrides: readonly StateEdit[],
    work: (engine: Engine) => Promise<T>,
  ): Promise<T> {
    if (overrides.length === 0) return work(engine);
    const { undo } = await engine.edit(overrides);
    const [met] = await Promise.allSettled([work(engine)]);
    if (engine === this.#engine) await engine.revert(undo);
    // History does not list storages: where one was cleared the view is made again.
    else await engine.revert(undo).catch(() => this.#drop(engine));
    if (met.status === "rejected") throw met.reason;
    return met.value;
  }

  /**
   * Whether the engine is taken to a block for a call. To make an engine takes as long as many a block, and the balance before the last
   * transaction is asked for once or twice.
   */
  #isVisited(block: BlockEntry): boolean {
    const { at, version } = this.#line;
    if (block === at || !this.#line.isNear(block, NEAR_BYTES)) return false;
    const isSame = this.#visited.hash === block.hash && this.#visited.version === version;
    const count = isSame ? this.#visited.count + 1 : 1;
    this.#visited = { hash: block.hash, version, count };
    return count <= MOST_VISITS;
  }

  #isBehind(block: BlockEntry): boolean {
    const { at } = this.#line;
    return block.number < at.number && this.#tree.isMain(block) && this.#tree.isMain(at);
  }

  #history(block: BlockEntry): History {
    const values = this.#line.valuesSince(block);
    return new History(this.#engine, () => values);
  }

  async #view(block: BlockEntry): Promise<Engine> {
    const { version } = this.#line;
    const found = this.#views.find((view) => view.block === block && view.version === version);
    if (found !== undefined) return found.engine;
    for (const view of [...this.#views]) if (view.version !== version) await this.#drop(view.engine);
    while (this.#views.length >= MOST_VIEWS) await this.#drop(this.#views[0]!.engine);
    const engine = await this.#engineBehind(block);
    this.#views.push({ block, version, engine });
    return engine;
  }

  /** A new engine whose state is that behind a block of the state's own line. */
  #engineBehind(block: BlockEntry): Promise<Engine> {
    let values: { at: BlockEntry; list: readonly OldValues[] } | undefined;
    return createEngine({
      workers: 0,
      chain: this.#config,
      memoryLimit: VIEW_MEMORY,
      computeStateRoot: false,
      blockHashes: (number) => (number > block.number ? undefined : this.#tree.hashOf(number)),
      // More blocks may follow while the view is kept.
      state: new History(this.#engine, () => {
        const { at } = this.#line;
        if (values?.at !== at) values = { at, list: this.#line.valuesSince(block) };
        return values.list;
      }),
    });
  }

  async #drop(engine: Engine): Promise<void> {
    this.#views = this.#views.filter((view) => view.engine !== engine);
    await engine.close();
  }

  async close(): Promise<void> {
    for (const { engine } of this.#views) await engine.close();
    this.#views = [];
  }
}

function stateAccess(account: SourceAccount | undefined): StateAccess | undefined {
  if (account === undefined) return undefined;
  const { nonce, balance, codeHash = EMPTY_CODE_HASH } = account;
  return { nonce, balance, codeHash };
}

/**
 * The state behind one block.
 *
 * @example
 * ```ts
 * const account = await chain.state("latest").account(address);
 * const { output } = await chain.state(12n).call({ to: token, data });
 * ```
 */
export class StateView {
  readonly block: BlockEntry;
  readonly #views: StateAnswers;
  readonly #expect: ChainOrigin["expect"];

  /** @internal */
  constructor(views: StateAnswers, block: BlockEntry, expect?: ChainOrigin["expect"]) {
    this.block = block;
    this.#views = views;
    this.#expect = expect;
  }

  /** The account at an address; undefined where there is none. */
  account(address: Hex): Promise<StateAccess | undefined> {
    const key = address.toLowerCase() as Hex;
    return this.#views.read(this.block, async (state) =>
      state instanceof History ? stateAccess(await state.account(key)) : state.getAccount(key),
    );
  }

  /** The value of a slot (32 bytes); 0n where it is not set. */
  storage(address: Hex, key: Hex): Promise<bigint> {
    const [owner, slot] = [address.toLowerCase() as Hex, key.toLowerCase() as Hex];
    return this.#views.read(this.block, (state) =>
      state instanceof History ? state.storage(owner, slot) : state.getStorage(owner, slot),
    );
  }

  /** The code of an account; empty where it has none. */
  code(address: Hex): Promise<Uint8Array> {
    const key = address.toLowerCase() as Hex;
    return this.#views.read(this.block, async (state) => {
      if (!(state instanceof History)) return state.getCode(key);
      const account = await state.account(key);
      return account?.codeHash === undefined ? new Uint8Array(0) : state.code(account.codeHash);
    });
  }

  /**
   * Runs a message and drops what it changes.
   * @throws InvalidArgumentError, IntrinsicGasError; HistoryGoneError
   */
  call(message: CallInput, options: CallOptions = {}): Promise<CallResult> {
    const { block, overrides = [], variation, tracer, signal } = options;
    this.#expect?.({
      from: message.from,
      to: message.to,
      data: message.data instanceof Uint8Array ? HexOf.fromBytes(message.data) : message.data,
      value: message.value,
    });
    return this.#views.call(this.block, overrides, (engine) =>
      engine.call(message, {
        block: { ...this.block.header, ...block },
        variation,
        ...(tracer === undefined ? {} : { tracer }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  }

  /**
   * Runs a message as `call` does, without a promise; undefined where something else runs or must be asked for: then `call`
   * answers.
   * @param options.header of the block that the message sees, this one or the one to come; it must not be changed any more
   * @param options.isFree nobody pays: the base fee reads as 0
   * @throws InvalidArgumentError, IntrinsicGasError
   */
  callAtOnce(
    message: CallInput,
    { header = this.block.header, isFree }: { header?: Header; isFree: boolean },
  ): CallResult | undefined {
    return this.#views.callAtOnce(this.block, header, message, isFree);
  }

  /**
   * The account and its slots with Merkle proofs against the block's state root (EIP-1186). Of an older block the engine is
   * taken back for it, and forth again.
   * @throws HistoryGoneError
   */
  prove(address: Hex, keys: readonly Hex[] = []): Promise<AccountProof> {
    return this.#views.onEngine(this.block, (engine) => engine.getProof(address, keys));
  }
}
