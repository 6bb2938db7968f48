// The chain: blocks imported and built on the engine, the head that is chosen among them, the pool beside them.

import { EventEmitter } from "node:events";
import {
  type Block,
  type BlockResult,
  blobBaseFee,
  type ChainConfig,
  decodeBlock,
  type Engine,
  encodeBlock,
  type Hex,
  headerHash,
  type MaybePromise,
  type Rules,
  type StateEdit,
  type Trace,
  type Tracer,
  type TracerFactory,
  type TransactionInspector,
} from "@heddle/engine";
import type { LogRecovery } from "@heddle/store";
import * as HexOf from "ox/Hex";
import { BlockEntry } from "./block-entry.ts";
import {
  checkBlock,
  execute,
  executeChecked,
  rulesAfter,
  type Traceable,
  type TraceOptions,
  trace,
} from "./block-execution.ts";
import { MemoryBlockStore } from "./block-store.ts";
import { type BlockReference, BlockTree } from "./block-tree.ts";
import {
  type BuildAttributes,
  type BuiltBlock,
  buildBlock,
  type Proposal,
  proposeHeader,
} from "./building.ts";
import type {
  ChainMark,
  ChainOptions,
  ForkChoice,
  FoundTransaction,
  RewindOptions,
} from "./chain-options.ts";
import type { ChainDirectory } from "./directory/chain-directory.ts";
import type { Notes } from "./directory/log-records.ts";
import { replay } from "./directory/replay.ts";
import { UnknownParentError } from "./errors.ts";
import type { ChainEvents } from "./events.ts";
import type { Genesis } from "./genesis.ts";
import { HeadMover } from "./head-mover.ts";
import { type ChainOrigin, type ForkedChainOptions, firstBlock } from "./origin.ts";
import { type PendingBlock, PendingState } from "./pending-state.ts";
import { type PoolHead, TransactionPool } from "./pool/pool.ts";
import {
  type BlockToSimulate,
  type SimulatedBlock,
  type SimulateOptions,
  simulateBlocks,
} from "./simulation/simulate.ts";
import { StateLine } from "./state-line.ts";
import { StateView, StateViews } from "./state-view.ts";
import { StepArchive } from "./step-archive.ts";
import { touchedSlots } from "./touched.ts";
import { decodeTransaction } from "./transaction.ts";
import { Turns } from "./turns.ts";
import { collectWitness, type Witness } from "./witness.ts";

/** Blocks whose undo records are held in memory where a directory has the others. */
const STEPS_IN_MEMORY = 128;

/** The note of a chain id that was set. */
const CHAIN_ID = "chain/id";

/** Blocks on one engine. Made by `openChain`. */
export class Chain extends EventEmitter<ChainEvents> {
  readonly config: ChainConfig;
  readonly pool: TransactionPool;
  readonly #engine: Engine;
  readonly #tree: BlockTree;
  readonly #line: StateLine;
  readonly #mover: HeadMover;
  readonly #views: StateViews;
  readonly #turns = new Turns();
  readonly #firstChainId: bigint;
  readonly #expect: ChainOrigin["expect"];
  readonly #directory: ChainDirectory | undefined;
  readonly #alloc: Genesis["alloc"];
  /** What was proposed last, and what of. */
  #proposed: { head: BlockEntry; defaults: BuildAttributes; time: bigint; proposal: Proposal } | undefined;
  /** The block that was built last for those who look at the pending one, and what it was built from. */
  #pending: { pool: number; line: number; proposal: Proposal; block: Promise<PendingBlock> } | undefined;
  /** What blocks are built with where nothing else is said. */
  #defaults: BuildAttributes = {};

  /** @internal */
  constructor(
    engine: Engine,
    inspector: TransactionInspector,
    options: ChainOptions | ForkedChainOptions,
    directory: ChainDirectory | undefined,
  ) {
    super();
    const { store = new MemoryBlockStore(), pool, history = Number.POSITIVE_INFINITY } = options;
    const origin = "origin" in options ? options.origin : undefined;
    this.config = "origin" in options ? options.origin.config : options.genesis.config;
    this.#firstChainId = BigInt(this.config.chainId);
    this.#alloc = "origin" in options ? {} : options.genesis.alloc;
    this.#engine = engine;
    this.#directory = directory;
    const first = directory?.genesis ?? firstBlock(options, engine.stateRoot);
    this.#tree = new BlockTree(directory ?? store, first, origin?.olderHash);
    if (directory === undefined) this.#line = new StateLine(engine, this.#tree, history);
    else {
      this.#tree.head = directory.byNumber(directory.store.head)!;
      const archive = new StepArchive(directory.store, engine);
      this.#line = new StateLine(engine, this.#tree, STEPS_IN_MEMORY, archive);
      directory.stepsOf = (block) => this.#line.storedSteps(block);
      directory.isAway = () => this.#line.isAway;
    }
    this.#views = new StateViews(engine, this.#tree, this.#line, this.config, this.#turns);
    const readAccount = (address: Hex) => this.#line.whenHome(() => engine.getAccount(address));
    const recoverSenders = async (envelopes: readonly Uint8Array[]) =>
      (await engine.recoverSenders(envelopes)).senders;
    const place = { inspector, readAccount, recoverSenders, keeper: directory };
    this.pool = new TransactionPool(place, this.#poolHead(), pool);
    this.#mover = new HeadMover({
      tree: this.#tree,
      line: this.#line,
      pool: this.pool,
      directory,
      events: this,
      poolHead: () => this.#poolHead(),
    });
    this.#expect = origin?.expect;
    if (origin?.expect !== undefined) {
      this.pool.on("pending", ({ raw, sender: from }) => {
        const { to, data, value, accessList } = decodeTransaction(raw);
        origin.expect?.({ from, to, data, value, accessList });
      });
    }
    this.pool.on("pending", ({ hash, raw, sender }) => {
      if (this.listenerCount("pending") > 0) this.emit("pending", { hash, raw, sender });
    });
  }

  /** @internal Does again what the log of the directory tells. */
  async begin(): Promise<void> {
    if (this.#directory === undefined) return;
    const directory = this.#directory;
    const onNotes = () => {
      this.config.chainId = BigInt(directory.notes.get(CHAIN_ID) ?? this.#firstChainId);
    };
    const place = { engine: this.#engine, tree: this.#tree, line: this.#line, directory, onNotes };
    const waiting = await replay(place);
    this.pool.moveTo(this.#poolHead());
    await this.pool.restore(waiting);
  }

  /** What of a write that was cut off stood at the end of the directory's log when it was opened, and is gone. */
  get recovery(): LogRecovery | undefined {
    return this.#directory?.store.log?.recovery;
  }

  /** Settings that a directory keeps for those who build on the chain, by name. */
  get notes(): ReadonlyMap<string, string> {
    return this.#directory?.notes ?? new Map();
  }

  /** Keeps settings in the directory, where there is one; `durable` tells when they are there. @throws DiskFullError */
  note(notes: () => Notes): void {
    this.#directory?.logNotes(notes());
  }

  /**
   * Resolves when all that happened on the chain survives what the directory's fsync policy promises. Blocks, changes of state,
   * and transactions have waited for that already.
   * @throws ChainFailedError
   */
  async durable(): Promise<void> {
    await this.#directory?.durable();
  }

  /** The number that the chain was begun with. */
  get firstChainId(): bigint {
    return this.#firstChainId;
  }

  get chainId(): bigint {
    return BigInt(this.config.chainId);
  }

  /** Sets the number that transactions from now on must name, and that CHAINID gives. @throws DiskFullError */
  setChainId(chainId: bigint): void {
    // Where the chain is opened again its blocks are executed by the numbers that they were made by.
    this.#directory?.logNotes(new Map([[CHAIN_ID, chainId.toString()]]));
    this.config.chainId = chainId;
    this.#proposed = undefined;
    this.#views.forgetRules();
    this.pool.moveTo(this.#poolHead());
  }

  /** The first block that is kept: genesis, or the block of another chain after which this one goes on. */
  get genesis(): BlockEntry {
    return this.#tree.genesis;
  }

  get head(): BlockEntry {
    return this.#tree.head;
  }

  get safe(): BlockEntry {
    return this.#tree.safe;
  }

  get finalized(): BlockEntry {
    return this.#tree.finalized;
  }

  /** The engine under the chain; what executes blocks or edits state on it goes through the chain. */
  get engine(): Engine {
    return this.#engine;
  }

  /** A block by number or name on the main line, or any known block by hash. */
  block(reference: BlockReference): BlockEntry | undefined {
    return this.#tree.block(reference);
  }

  /** The hash of the main line's block of a number, as far as it is known: for BLOCKHASH. */
  hashOf(number: bigint): MaybePromise<Hex | undefined> {
    return this.#tree.hashOf(number);
  }

  /** The block before; undefined before genesis. */
  parent(block: BlockEntry): BlockEntry | undefined {
    return this.#tree.parent(block);
  }

  /** Whether a block is on the main line. */
  isMain(block: BlockEntry): boolean {
    return this.#tree.isMain(block);
  }

  /** A transaction of the main line by its hash. */
  transaction(hash: Hex): FoundTransaction | undefined {
    const place = this.#tree.store.find(hash);
    if (place === undefined) return undefined;
    return { block: this.#tree.demand(place.block), index: place.index };
  }

  /** The rules of a known block. */
  rulesOf(block: BlockEntry): Rules {
    const parent = this.#tree.parent(block) ?? this.genesis;
    return rulesAfter(this.config, parent, block.header);
  }

  /**
   * Header and rules of the block after the head as it would be built now, before it is executed: the same objects as long as
   * they are the same. They must not be changed.
   */
  proposal(attributes?: BuildAttributes): Proposal {
    const { head } = this;
    const defaults = this.#defaults;
    if (attributes !== undefined) return proposeHeader(this.config, head, { ...defaults, ...attributes });
    const time = defaults.timestamp ?? BigInt(Math.floor(Date.now() / 1000));
    const last = this.#proposed;
    if (last?.head === head && last.defaults === defaults && last.time === time) return last.proposal;
    const proposal = proposeHeader(this.config, head, { ...defaults });
    this.#proposed = { head, defaults, time, proposal };
    return proposal;
  }

  /** Attributes with which blocks after the head are built from now on, and by which the pool judges. */
  setDefaults(attributes: BuildAttributes): void {
    this.#defaults = attributes;
    this.pool.moveTo(this.#poolHead());
  }

  /**
   * The state after a block, the head's unless given.
   * @throws UnknownBlockError
   */
  state(reference: BlockReference = "latest"): StateView {
    return new StateView(this.#views, this.#tree.demand(reference), this.#expect);
  }

  /**
   * Checks a block by the rules of its fork, executes it after its parent and keeps it. Only a child of the head becomes the
   * head; another one stays beside the main line until `setForkChoice`. A block that is known is not executed again.
   *
   * @param block RLP of the block, or its parts
   * @param accessList RLP of its access list (EIP-7928), where it came with it
   * @throws UnknownParentError, and the engine's errors for what is not valid; then nothing has changed
   */
  async import(block: Uint8Array | Block, options: { accessList?: Uint8Array } = {}): Promise<BlockEntry> {
    const isBytes = block instanceof Uint8Array;
    const parts = isBytes ? decodeBlock(block) : block;
    const size = isBytes ? block.length : encodeBlock(block).length;
    const hash = headerHash(parts.header);
    return this.#turns.run(async () => {
      const known = this.#tree.byHash(hash);
      if (known !== undefined) return known;
      const parent = this.#tree.byHash(parts.header.parentHash);
      if (parent === undefined) throw new UnknownParentError(parts.header.parentHash);
      this.#directory?.throwIfFailed();
      checkBlock(this.config, parts, size, parent, this.#tree);
      return this.#line.standingAt(parent, async () => {
        const begun = performance.now();
        const { entry, result } = await executeChecked(
          this.#engine,
          parts,
          parent,
          this.#tree,
          options.accessList,
        );
        await this.#mover.commit(entry, result, parent === this.head);
        this.#tellExecuted(entry, result, begun);
        if (parent === this.head) await this.#mover.becomeHead(entry);
        return entry;
      });
    });
  }

  /**
   * Builds a block after the head, or after another known block, and executes it; nothing of it is kept.
   * `import(encoded)` or `mine` make one the head.
   * @throws InvalidTransactionError where one of the attributes' own transactions is not valid; UnknownBlockError
   */
  build(attributes: BuildAttributes = {}, parent: BlockReference = "latest"): Promise<BlockEntry> {
    return this.#turns.run(() => {
      const base = this.#tree.demand(parent);
      return this.#line.standingAt(base, async () => {
        const { entry, result } = await this.#buildAfter(base, attributes);
        result.discard();
        return entry;
      });
    });
  }

  /** The block after the head as it would be built now: the same one as long as head, state, pool and time are the same. */
  async pendingBlock(): Promise<BlockEntry> {
    return (await this.#buildPending()).entry;
  }

  /** The state behind the pending block; where the pool has nothing for it, the head's. */
  pendingState(): MaybePromise<StateView> {
    if (this.pool.size === 0) return this.state();
    return this.#buildPending().then((pending) => {
      if (pending.entry.transactionCount === 0) return this.state(pending.parent.hash);
      const answers = new PendingState(this.#line, this.#turns, pending);
      return new StateView(answers, pending.entry, this.#expect);
    });
  }

  #buildPending(): Promise<PendingBlock> {
    const [pool, line, proposal] = [this.pool.version, this.#line.version, this.proposal()];
    const known = this.#pending;
    if (known?.pool === pool && known.line === line && known.proposal === proposal) return known.block;
    const block = this.#turns.run(async () => {
      const parent = this.head;
      const { version } = this.#line;
      const { entry, result } = await this.#buildAfter(parent, {});
      return { entry, parent, version, record: await this.#line.recordOf(result) };
    });
    const pending = { pool, line, proposal, block };
    this.#pending = pending;
    block.catch(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    return block;
  }

  /**
   * Executes blocks that nobody has made after the head, or after another known block. Nothing of them is kept.
   * @throws SimulationOrderError, SimulatedNonceError, UnknownBlockError, HistoryGoneError; InvalidTransactionError for the
   * first call that is not valid
   */
  simulate(
    blocks: readonly BlockToSimulate[],
    options: SimulateOptions = {},
    parent: BlockReference = "latest",
  ): Promise<SimulatedBlock[]> {
    return this.#turns.run(() => {
      const base = this.#tree.demand(parent);
      const place = { engine: this.#engine, config: this.config, ancestry: this.#tree };
      return this.#line.lend(base, (state) => simulateBlocks(place, base, state, blocks, options));
    });
  }

  /** Builds a block after the head, executes it once, and makes it the head. Throws as `build`. */
  mine(attributes: BuildAttributes = {}): Promise<BlockEntry> {
    return this.#turns.run(async () => {
      this.#directory?.throwIfFailed();
      const begun = performance.now();
      const { entry, result, pooled } = await this.#buildAfter(this.head, attributes);
      await this.#mover.commit(entry, result, true);
      this.#tellExecuted(entry, result, begun);
      await this.#mover.becomeHead(entry, pooled);
      return entry;
    });
  }

  #tellExecuted(block: BlockEntry, result: BlockResult, begun: number): void {
    if (this.listenerCount("executed") === 0) return;
    const { workers, aborts } = result.schedule;
    const milliseconds = performance.now() - begun;
    this.emit("executed", { block, milliseconds, workers, aborts, notable: () => result.notable() });
  }

  #buildAfter(parent: BlockEntry, attributes: BuildAttributes): Promise<BuiltBlock> {
    const place = { engine: this.#engine, config: this.config, ancestry: this.#tree, pool: this.pool };
    return buildBlock(place, parent, { ...this.#defaults, ...attributes });
  }

  /**
   * Makes a known block the head, with the reorg that this means, and sets the other pointers.
   * @throws UnknownBlockError, HistoryGoneError; then nothing has changed
   */
  setForkChoice(choice: ForkChoice): Promise<void> {
    return this.#turns.run(() => this.#mover.choose(choice));
  }

  /**
   * Changes accounts from outside of any transaction, on top of the head: all of it or nothing. The head's header stays as it
   * is; its state is what the next block is executed on. Only for chains that nobody else follows.
   * @throws InvalidArgumentError naming the first field that is wrong
   */
  edit(edits: Iterable<StateEdit>): Promise<void> {
    return this.#turns.run(() => this.#mover.edit(edits));
  }

  /**
   * Accounts that genesis, a block or a change from outside has written to, each with the slots of it that were: what a dump
   * of the state has to read.
   * @throws HistoryGoneError where not all history is kept
   */
  touched(): Map<Hex, Set<Hex>> {
    return touchedSlots(this.#alloc, this.#line.allRecords());
  }

  /** Where the state is, behind the head or another block with all that was changed on top of it: for `rewind`. */
  mark(reference: BlockReference = "latest"): ChainMark {
    const block = this.#tree.demand(reference);
    return { head: block.hash, edits: this.#line.editsOn(block).length };
  }

  /**
   * Goes back to a mark: the blocks after it are forgotten, and so are the changes from outside. Their transactions wait in the
   * pool again where `keepTransactions` says so.
   * @throws UnknownBlockError where the mark's block is not on the main line any more; HistoryGoneError
   */
  rewind(mark: ChainMark, options: RewindOptions = {}): Promise<void> {
    return this.#turns.run(() => this.#mover.rewind(mark, options));
  }

  #poolHead(): PoolHead {
    const { header, rules } = this.proposal();
    return {
      rules,
      baseFee: header.baseFeePerGas ?? 0n,
      blobBaseFee:
        rules.blobs === undefined ? undefined : blobBaseFee(header.excessBlobGas ?? 0n, rules.blobs),
      gasLimit: header.gasLimit,
    };
  }

  /**
   * Traces transactions of a block, which need not be known itself, after its parent: each finds exactly the state that it had
   * in its block. Nothing is kept of it.
   * @throws UnknownParentError also for genesis, which nothing leads to; HistoryGoneError; what `engine.trace` throws
   */
  trace<T extends Tracer>(block: BlockEntry | Block, options: TraceOptions<T>): Promise<Trace<T>[]> {
    const { header } = block;
    const parent = this.#tree.byHash(header.parentHash);
    if (parent === undefined) return Promise.reject(new UnknownParentError(header.parentHash));
    const { transactions, uncles, withdrawals } = block;
    const senders = block instanceof BlockEntry ? block.receipts.senders : undefined;
    const traceable: Traceable = { header, transactions, senders, uncles, withdrawals };
    return this.#views.call(parent, [], (engine) => trace(engine, traceable, parent, this.#tree, options));
  }

  /**
   * Traces all transactions of blocks of the main line that follow each other, oldest first: less work than `trace` of each. Of a
   * block for which there is no tracer nothing is traced. Nothing else is done on the chain meanwhile, so they should be few.
   * @throws UnknownBlockError for genesis, and for what is not on the main line; HistoryGoneError
   */
  traceLine<T extends Tracer>(
    blocks: readonly BlockEntry[],
    tracerOf: (block: BlockEntry) => TracerFactory<T> | undefined,
    signal?: AbortSignal,
  ): Promise<Trace<T>[][]> {
    const parts = (block: BlockEntry) => ({ ...bodyOf(block), signal });
    return this.#views.along(
      blocks,
      async (engine, block, parent) => {
        const tracer = tracerOf(block);
        if (tracer === undefined) return [];
        return trace(engine, bodyOf(block), parent, this.#tree, {
          tracer,
          ...(signal === undefined ? {} : { signal }),
        });
      },
      (engine, block, parent) => execute(engine, parts(block), parent, this.#tree),
    );
  }

  /**
   * What it takes to execute a block without its parent's state. The engine is taken to the parent for it, and back again.
   * @throws UnknownParentError for genesis; NoWitnessError where the state before the block is not the one of its parent's header;
   * HistoryGoneError
   */
  witness(block: BlockEntry, signal?: AbortSignal): Promise<Witness> {
    const parent = this.#tree.parent(block);
    if (parent === undefined) return Promise.reject(new UnknownParentError(block.header.parentHash));
    return this.#views.onEngine(parent, (engine) =>
      collectWitness(engine, this.config, block, parent, this.#tree, signal),
    );
  }

  /** Runs work while no block is executed and the state does not move; it must not wait for the chain itself. */
  exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#turns.run(work);
  }

  /** Hex of what `import` takes: for `debug_getRawBlock`. */
  rawBlock(block: BlockEntry): Hex {
    return HexOf.fromBytes(block.encode());
  }

  /** Starts the engine's threads where that was left for later; the first block that needs them does it too. @throws WorkerFailedError */
  startWorkers(): Promise<void> {
    return this.#engine.startWorkers();
  }

  /** Ends the engine's threads. What is under way is waited for. */
  async close(): Promise<void> {
    await this.#turns.idle();
    await this.#views.close();
    await this.#engine.close();
    await this.#directory?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A block as it is handed to the engine again: nobody's signature is looked at twice. */
function bodyOf({ header, transactions, receipts, uncles, withdrawals }: BlockEntry) {
  return { header, transactions, senders: receipts.senders, uncles, withdrawals };
}
