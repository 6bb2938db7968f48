// The engine: one kernel memory, its workers, and the order of what is done with them.

import { BlockExecutor } from "./block-executor.ts";
import { type BlockInput, checkBlockInput } from "./block-input.ts";
import {
  CallBlock,
  type CallConditions,
  type CallHeader,
  type CallInput,
  type CallResult,
  callAtOnce,
  callHeader,
  callWithSource,
} from "./call.ts";
import { CacheLoader } from "./cold-reads.ts";
import { EngineError, InvalidArgumentError, throwIfAborted } from "./errors.ts";
import { type ConflictForecast, forecast } from "./forecast.ts";
import { type ChainConfig, MAINNET, type Rules, rulesAt } from "./forks.ts";
import { type Hex, toBytes, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { LaggingSource } from "./lagging-source.ts";
import type { OpenResult } from "./open-result.ts";
import { checkExecuteOptions, type EngineOptions, type ExecuteInput } from "./options.ts";
import { type PipelinedBlock, type PipelineOptions, type PipelineStages, runPipeline } from "./pipeline.ts";
import type { WorkerPool } from "./pool.ts";
import { type AccountProof, proveAccount, trieNodes } from "./proof.ts";
import type { BlockResult } from "./result.ts";
import { type RecoveredSenders, recoverSigners } from "./signers.ts";
import { commitToSource } from "./source-commit.ts";
import {
  checkEdits,
  type EditPlace,
  type EditResult,
  editState,
  revertState,
  type StateEdit,
} from "./state-edit.ts";
import { importAccounts } from "./state-import.ts";
import { type StateAccess, StateReader } from "./state-reader.ts";
import type { StateSource } from "./state-source.ts";
import { traceBlock } from "./trace-block.ts";
import type { TraceRelay } from "./trace-relay.ts";
import type { Trace, Tracer, TracerFactory } from "./tracer.ts";
import { checkTransactions, type Transactions } from "./transactions.ts";

/** Executes blocks on one chain's state. Made by `createEngine`. */
export class Engine {
  /** @internal Tests only. */
  readonly pool: WorkerPool;
  /** @internal Tests only. */
  readonly host: KernelInstance;
  private readonly relay: TraceRelay;
  private readonly config: ChainConfig;
  private readonly source: StateSource | undefined;
  private readonly loader: CacheLoader;
  private readonly hasStateRoot: boolean;
  private readonly reader: StateReader;
  private readonly executor: BlockExecutor;
  private turn: Promise<unknown> = Promise.resolve();
  /** Turns that have not ended. */
  private turns = 0;
  private open: OpenResult | undefined;
  private currentRoot: Hex | undefined;
  private closed = false;
  private pipelined = false;

  /** @internal */
  constructor(
    host: KernelInstance,
    pool: WorkerPool,
    relay: TraceRelay,
    options: EngineOptions,
    cacheBytes: number,
  ) {
    this.host = host;
    this.pool = pool;
    this.relay = relay;
    this.config = options.chain ?? MAINNET;
    this.source = options.state === undefined ? undefined : LaggingSource.over(host, options.state);
    this.loader = new CacheLoader(host);
    const { layout } = host;
    this.hasStateRoot =
      (options.computeStateRoot ?? true) && (options.state === undefined || options.stateRoot !== undefined);
    host.setU32(layout.CONTROL + layout.Control_trieEnabled, this.hasStateRoot ? 1 : 0);
    host.setU32(layout.CONTROL + layout.Control_coldSource, options.state === undefined ? 0 : 1);
    this.reader = new StateReader(host, this.loader, this.source);
    const { config, source, loader, reader, hasStateRoot } = this;
    this.executor = new BlockExecutor({
      host,
      pool,
      source,
      loader,
      reader,
      config,
      blockHashes: options.blockHashes,
      cacheBytes,
      hasStateRoot,
      closer: this,
    });
    if (options.stateRoot !== undefined) {
      host.exports.blockOpen();
      const at = host.allocate(32);
      host.write(at, toBytes(options.stateRoot, "stateRoot", 32));
      host.setU32(layout.CONTROL + layout.Control_stateTrie, host.exports.trieStub(at));
      this.currentRoot = options.stateRoot;
    } else if (this.source === undefined) {
      importAccounts(host, options.genesis?.alloc ?? {});
      if (this.hasStateRoot) this.currentRoot = toHex(host.copy(layout.RESULT_STATE_ROOT, 32));
    }
  }

  /** Root of the committed state; undefined where none is kept. */
  get stateRoot(): Hex | undefined {
    return this.currentRoot;
  }

  /** The rules of a block under the engine's chain configuration. */
  rulesAt(position: Parameters<typeof rulesAt>[1]): Rules {
    return rulesAt(this.config, position);
  }

  /** One thing after the other: the kernel runs one block at a time. */
  private exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.turn.then(() => {
      if (this.closed) throw new EngineError("CLOSED", "the engine is closed");
      return work();
    });
    this.turns++;
    const end = () => {
      this.turns--;
    };
    this.turn = result.then(end, end);
    return result;
  }

  /**
   * Executes a block and computes its roots; nothing of it is applied before `commit` of the result.
   *
   * `senders` are trusted where they are given: a caller who gives them must have recovered them from the
   * signatures. Where they are absent they are recovered, which costs far more than executing a transfer.
   *
   * The header's roots, gas and bloom are not compared: see `checkResult`.
   *
   * @throws InvalidArgumentError for an input out of its range, by the field's name
   * @throws InvalidTransactionError, InvalidBlockError where the block is not valid
   * @throws MemoryExhaustedError, WorkerFailedError, ColdReadError, AbortedError; then the block can be run again
   *
   * @example
   * ```ts
   * const result = await engine.execute({ header, transactions, withdrawals: [] });
   * console.log(result.gasUsed, result.roots.receipts);
   * await result.commit();
   * ```
   */
  execute(input: ExecuteInput): Promise<BlockResult> {
    return this.exclusive(() => this.executeNow(input));
  }

  private async executeNow(input: ExecuteInput): Promise<BlockResult> {
    checkExecuteOptions(input);
    throwIfAborted(input.signal);
    this.refuseOpenResult();
    this.refusePipeline();
    const run = await this.executor.prepare(input);
    this.open = await this.executor.run(run, input.header, this.currentRoot);
    return this.open;
  }

  /**
   * Runs a block in order in this thread, on the committed state, and tells a tracer of each of its transactions, or of the one
   * with number `index` alone; what comes after that is not run. Those before it run as in any block, so that a traced
   * transaction finds exactly its own state. Nothing is applied, and roots and claims of the block are not looked at.
   *
   * @param options.tracer makes the tracer of a transaction (`Tracer`)
   * @throws InvalidArgumentError where there is no transaction `index`; InvalidTransactionError where one is not valid
   * @throws ColdReadError, AbortedError, MemoryExhaustedError, and what a tracer throws
   *
   * @example
   * ```ts
   * const ops: string[] = [];
   * const [trace] = await engine.trace(
   *   { header, transactions },
   *   { index: 0, tracer: () => ({ enter: (frame) => ops.push(`${frame.kind} ${frame.to}`) }) },
   * );
   * console.log(trace.gasUsed, ops);
   * ```
   */
  trace<T extends Tracer>(
    input: ExecuteInput,
    options: { tracer: TracerFactory<T>; index?: number },
  ): Promise<Trace<T>[]> {
    return this.exclusive(async () => {
      checkExecuteOptions(input);
      throwIfAborted(input.signal);
      this.refuseOpenResult();
      const { index } = options;
      const run = await this.executor.prepare(input);
      const { count } = run.checked.transactions;
      if (index !== undefined && !(Number.isInteger(index) && index >= 0 && index < count)) {
        throw new InvalidArgumentError("index", `the number of one of ${count} transactions`, index);
      }
      const { host, pool, source, loader, reader } = this;
      await this.executor.begin({ ...run, sequential: true });
      return traceBlock({ host, pool, source, loader, reader }, run, this.relay, options.tracer, index);
    });
  }

  /**
   * Executes blocks one after another and commits each; yields what each gave, in order. While a block runs, those behind
   * it are taken over: docs/pipeline.md. Where a block fails, nothing of it and of those behind it is applied, and the
   * error is thrown after the results of the blocks before it.
   *
   * @throws InvalidArgumentError for an option out of its range
   * @throws EngineError with code PIPELINE_OPEN where another pipeline has not ended, and all that `execute` throws
   *
   * @example
   * ```ts
   * for await (const { index, roots } of engine.pipeline(blocks)) console.log(index, roots.state);
   * ```
   */
  pipeline(
    blocks: Iterable<ExecuteInput> | AsyncIterable<ExecuteInput>,
    options: PipelineOptions = {},
  ): AsyncGenerator<PipelinedBlock, void, undefined> {
    return runPipeline(this.stages, blocks, options);
  }

  private get stages(): PipelineStages {
    return {
      kernel: this.host,
      open: () => {
        if (this.pipelined) throw new EngineError("PIPELINE_OPEN", "another pipeline must end first");
        this.pipelined = true;
      },
      close: () => {
        this.pipelined = false;
      },
      prepare: async (input, parents) => {
        checkExecuteOptions(input);
        return this.executor.prepare(input, parents);
      },
      alone: (work) => this.exclusive(work),
      run: (run, header) => {
        this.refuseOpenResult();
        return this.executor.run(run, header, this.currentRoot);
      },
      commit: (result) => this.commitNow(result),
      discard: (result) => {
        result.changes.forgetRoots();
        this.host.exports.blockDiscard();
      },
    };
  }

  /** @internal */
  commitResult(result: OpenResult): Promise<void> {
    if (this.open !== result)
      return Promise.reject(new EngineError("RESULT_CLOSED", "the result was closed before"));
    return this.exclusive(async () => {
      await this.commitNow(result);
      this.open = undefined;
    });
  }

  private async commitNow(result: OpenResult): Promise<void> {
    const { host } = this;
    if (this.source?.commit !== undefined) await commitToSource(host, this.source, result);
    result.changes.forgetRoots();
    // A simulated block is not the one of its number that a source may come to hold: it counts as an edit.
    this.noteWrite(result.simulated === undefined ? result.number : undefined);
    host.exports.blockCommit();
    if (result.roots.state !== undefined) this.currentRoot = result.roots.state;
  }

  /** @internal */
  discardResult(result: OpenResult): void {
    if (this.open !== result) throw new EngineError("RESULT_CLOSED", "the result was closed before");
    result.changes.forgetRoots();
    this.host.exports.blockDiscard();
    this.open = undefined;
  }

  /**
   * The committed account at an address; undefined where there is none.
   *
   * @example
   * ```ts
   * const account = await engine.getAccount("0x1000000000000000000000000000000000000001");
   * console.log(account?.balance);
   * ```
   */
  async getAccount(address: Hex, options: { signal?: AbortSignal } = {}): Promise<StateAccess | undefined> {
    const bytes = toBytes(address, "address", 20);
    return this.exclusive(() => {
      throwIfAborted(options.signal);
      return this.reader.account(bytes);
    });
  }

  /** The committed value of a storage slot; 0n where it is not set. */
  async getStorage(address: Hex, key: Hex, options: { signal?: AbortSignal } = {}): Promise<bigint> {
    const bytes = toBytes(address, "address", 20);
    const slot = toBytes(key, "key", 32);
    return this.exclusive(() => {
      throwIfAborted(options.signal);
      return this.reader.slot(bytes, slot);
    });
  }

  /** The committed code of an account; empty where it has none. */
  async getCode(address: Hex, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const bytes = toBytes(address, "address", 20);
    return this.exclusive(() => {
      throwIfAborted(options.signal);
      return this.reader.code(bytes);
    });
  }

  /**
   * The code with this keccak256, whichever account has it or had it.
   * @throws ColdReadError where it is not known
   */
  async getCodeOf(hash: Hex, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const bytes = toBytes(hash, "hash", 32);
    return this.exclusive(() => {
      throwIfAborted(options.signal);
      return this.reader.codeOf(bytes);
    });
  }

  /**
   * Runs a message against the committed state and drops what it changes. `block` gives what the message sees of the
   * block; what is left out is zero. Where a `tracer` is given, it is told of it as of a transaction; made again where the message is
   * run again for a value that was not in memory.
   *
   * @example
   * ```ts
   * const { success, output } = await engine.call({ to: token, data: balanceOf }, { block: header });
   * ```
   */
  call(
    input: CallInput,
    options: { block?: CallHeader; tracer?: TracerFactory<Tracer> } & CallConditions = {},
  ): Promise<CallResult> {
    return this.exclusive(async () => {
      throwIfAborted(options.signal);
      this.refuseOpenResult();
      const header = callHeader(options.block ?? {});
      const rules = rulesAt(this.config, header);
      const hashes = await this.executor.hashesFor({ header, transactions: [] });
      const { host: kernel, loader, source } = this;
      const { tracer: makeTracer } = options;
      const run = (traced: boolean) =>
        callWithSource({ kernel, loader, source }, rules, header, input, hashes, options, traced);
      if (makeTracer === undefined) return run(false);
      return this.relay.during({ makeTracer, only: undefined, onEnd: () => undefined }, () => run(true));
    });
  }

  /**
   * A block on which many messages are run with `callAtOnce`; undefined where hashes of its ancestors have to be waited for.
   *
   * @throws InvalidArgumentError for a field out of its range
   */
  callBlock(block: CallHeader = {}): CallBlock | undefined {
    const hashes = this.executor.hashesAtOnce(block.number ?? 0n, block.parentHash);
    if (hashes === undefined) return undefined;
    return new CallBlock(block, rulesAt(this.config, callHeader(block)), hashes);
  }

  /**
   * Runs a message as `call` does, without a promise: a call that is short costs less than waiting for it.
   *
   * @returns undefined where something else is running or waiting, or where a value is missed that a source must be asked for;
   * then `call` answers
   * @throws InvalidArgumentError, IntrinsicGasError
   *
   * @example
   * ```ts
   * const block = engine.callBlock(header);
   * const { output } = (block && engine.callAtOnce(message, block)) ?? (await engine.call(message, { block: header }));
   * ```
   */
  callAtOnce(message: CallInput, block: CallBlock): CallResult | undefined {
    if (this.turns > 0 || this.closed || this.open !== undefined || this.pipelined) return undefined;
    return callAtOnce(this.host, block, message);
  }

  /**
   * Senders and hashes of transactions that are in no block yet, on all workers: for pools, and for `senders` of `execute`. Types
   * and chain are those that the newest fork of the chain's schedule has. A block that is open stays open.
   *
   * @throws InvalidArgumentError where they are no transactions; MemoryExhaustedError, WorkerFailedError
   *
   * @example
   * ```ts
   * const { senders, errors } = await engine.recoverSenders(transactions);
   * if (errors.length === 0) await engine.execute({ header, transactions, senders });
   * ```
   */
  async recoverSenders(transactions: Transactions): Promise<RecoveredSenders> {
    const checked = checkTransactions(transactions);
    const far = 1n << 62n;
    const rules = rulesAt(this.config, { number: far, timestamp: far, difficulty: 0n });
    return this.exclusive(() => recoverSigners(this.host, this.pool, rules, checked));
  }

  /**
   * What is predicted of conflicts between transactions, from what the engine has learned in the blocks that it has
   * executed; nothing is executed. It is a guess: of calls that have never met a conflict nothing is known but their
   * senders' order. For builders, to order transactions and to size lanes (docs/predictor.md).
   *
   * @example
   * ```ts
   * const { lanes } = await engine.predictConflicts({ header, transactions });
   * console.log(`at most ${transactions.length / lanes[0].length} times as fast as in order`);
   * ```
   */
  predictConflicts(input: BlockInput): Promise<ConflictForecast> {
    return this.exclusive(() => {
      this.refuseOpenResult();
      const rules = rulesAt(this.config, input.header);
      return forecast(this.host, checkBlockInput(input, rules), rules);
    });
  }

  /**
   * The account and its slots with Merkle proofs against `stateRoot` (EIP-1186).
   *
   * @example
   * ```ts
   * const { accountProof } = await engine.getProof("0x1000000000000000000000000000000000000001", []);
   * ```
   */
  async getProof(
    address: Hex,
    keys: readonly Hex[] = [],
    options: { signal?: AbortSignal } = {},
  ): Promise<AccountProof> {
    const bytes = toBytes(address, "address", 20);
    if (!Array.isArray(keys)) throw new InvalidArgumentError("keys", "an array", keys);
    const slots = keys.map((key: Hex, i) => toBytes(key, `keys[${i}]`, 32));
    return this.exclusive(() => {
      throwIfAborted(options.signal);
      this.refuseWithoutTrie();
      return proveAccount(this.host, this.reader, bytes, slots);
    });
  }

  /**
   * RLP of the trie's nodes on the way to a key as the trie has it: hashed, and of which any 32 bytes will do that begin like it.
   * In the state trie, or in the storage trie of `owner`. For those who collect a block's witness.
   */
  async getTrieNodes(hashedKey: Hex, owner?: Hex): Promise<Hex[]> {
    const key = toBytes(hashedKey, "hashedKey", 32);
    const account = owner === undefined ? undefined : toBytes(owner, "owner", 20);
    return this.exclusive(() => {
      this.refuseWithoutTrie();
      return trieNodes(this.host, this.reader, key, account);
    });
  }

  private refuseWithoutTrie(): void {
    this.refuseOpenResult();
    if (this.hasStateRoot) return;
    throw new EngineError("NO_STATE_ROOT", "proofs need a state trie, which this engine does not keep");
  }

  private noteWrite(block: bigint | undefined): void {
    if (this.source instanceof LaggingSource) this.source.noteWrite(block);
  }

  /**
   * Changes accounts from outside of any transaction, and commits that at once: all of it or nothing.
   *
   * @throws InvalidArgumentError naming the first field that is wrong
   * @throws ColdReadError, MemoryExhaustedError; EngineError with code RESULT_PENDING or PIPELINE_OPEN while a block is open
   *
   * @example
   * ```ts
   * const { stateRoot, undo } = await engine.edit([{ address, balance: 10n ** 18n }]);
   * ```
   */
  async edit(edits: Iterable<StateEdit>): Promise<EditResult> {
    const checked = checkEdits(edits);
    return this.change((place) => editState(place, checked));
  }

  /**
   * Puts back what a block or an edit has overwritten, and commits that at once: `undo` is what `result.undo()` of the last
   * committed block gave, or the last `edit` or `revert`. What it returns does it again.
   *
   * @throws DecodingError where the bytes are no undo record
   * @throws UndoMismatchError where it does not lead from the state as it is; told by the state root, where one is kept
   * @throws UndoIncompleteError where the record lacks a wiped storage
   * @throws ColdReadError, MemoryExhaustedError; EngineError with code RESULT_PENDING or PIPELINE_OPEN while a block is open
   *
   * @example
   * ```ts
   * const undo = result.undo();
   * await result.commit();
   * const { undo: redo } = await engine.revert(undo);
   * ```
   */
  revert(undo: Uint8Array): Promise<EditResult> {
    return this.change((place) => revertState(place, undo));
  }

  private change(work: (place: EditPlace) => Promise<EditResult>): Promise<EditResult> {
    return this.exclusive(async () => {
      this.refuseOpenResult();
      this.refusePipeline();
      this.executor.makeRoom();
      const { host: kernel, reader, source, hasStateRoot, currentRoot: stateRoot } = this;
      const onCommit = () => this.noteWrite(undefined);
      const result = await work({ kernel, reader, source, hasStateRoot, stateRoot, onCommit });
      if (result.stateRoot !== undefined) this.currentRoot = result.stateRoot;
      return result;
    });
  }

  private refusePipeline(): void {
    if (this.pipelined) {
      throw new EngineError("PIPELINE_OPEN", "a pipeline executes blocks; it must end first");
    }
  }

  private refuseOpenResult(): void {
    if (this.open !== undefined) {
      throw new EngineError("RESULT_PENDING", "the result before must be committed or discarded first");
    }
  }

  /** Starts the worker threads where that was left for later; resolves when they are there. @throws WorkerFailedError */
  startWorkers(): Promise<void> {
    return this.pool.start();
  }

  /** Ends the workers. A block that is running is waited for. */
  async close(): Promise<void> {
    await this.turn;
    this.closed = true;
    await this.pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
