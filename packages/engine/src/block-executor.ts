// One block on the committed state: what it is run with, running it, and what it gave.

import { checkBlockInput, type HashTable } from "./block-input.ts";
import { Changes } from "./changes.ts";
import { InvalidArgumentError } from "./errors.ts";
import { type ChainConfig, rulesAt } from "./forks.ts";
import { HashWindows, type LookUpHash } from "./hash-window.ts";
import { type Hex, toHex } from "./hex.ts";
import { LaggingSource } from "./lagging-source.ts";
import { readNotable } from "./notable.ts";
import { OpenResult, type ResultCloser } from "./open-result.ts";
import type { BlockHashes, ExecuteInput } from "./options.ts";
import { Receipts } from "./receipts.ts";
import { readAccessList, readRequests, readRoots } from "./result.ts";
import { ResultMemory } from "./result-memory.ts";
import { type BlockRun, type BlockRunner, runBlock } from "./run-block.ts";
import { readSchedule } from "./schedule.ts";
import { readSimulated } from "./simulation.ts";
import { loadWiped } from "./state-edit.ts";
import { prefetch } from "./state-reader.ts";
import { BlockUndo } from "./undo.ts";

/** Where blocks are executed. */
export interface ExecutorPlace extends BlockRunner {
  readonly config: ChainConfig;
  readonly blockHashes: BlockHashes | undefined;
  /** Bytes of state that a block's memory may begin with, where there is a source. */
  readonly cacheBytes: number;
  readonly hasStateRoot: boolean;
  /** Who commits and discards results. */
  readonly closer: ResultCloser;
}

const NO_PARENTS: ReadonlyMap<bigint, Hex> = new Map();

export class BlockExecutor {
  private readonly place: ExecutorPlace;
  /** Hashes of the blocks before those that were executed, as their headers told them. */
  private readonly recentHashes = new Map<bigint, Hex>();
  private readonly hashWindows = new HashWindows();

  constructor(place: ExecutorPlace) {
    this.place = place;
  }

  /**
   * Checks a block and finds what it is run with; nothing of the kernel is needed. `parents` are hashes that headers before it
   * have told, of blocks that are not executed yet.
   */
  async prepare(input: ExecuteInput, parents: ReadonlyMap<bigint, Hex> = NO_PARENTS): Promise<BlockRun> {
    const { header, signal } = input;
    if (typeof header !== "object" || header === null)
      throw new InvalidArgumentError("header", "a header", header);
    const { config, hasStateRoot, pool } = this.place;
    const rules = rulesAt(config, { ...header, parentTotalDifficulty: input.parentTotalDifficulty });
    const checked = checkBlockInput(input, rules);
    const hashes = await this.hashesFor(input, parents);
    const isSimulated = checked.simulation?.options !== undefined;
    const sequential = input.mode === "sequential" || isSimulated;
    return {
      checked,
      rules,
      hashes,
      workers: Math.min(sequential ? 1 : (input.workers ?? pool.size), pool.size),
      sequential,
      computeStateRoot: hasStateRoot && input.computeStateRoot !== false,
      recordSchedule: input.recordSchedule ?? false,
      signal,
    };
  }

  /** Makes room for a block, and asks for what it will surely read, where its state is read from elsewhere. */
  async begin(run: BlockRun): Promise<void> {
    const { source, reader } = this.place;
    if (source === undefined) return;
    this.makeRoom();
    // An access list names more than can be guessed; it is asked for while the block runs.
    if (run.checked.blockAccessList !== undefined && !run.sequential) return;
    await prefetch(reader, run.checked, run.signal);
  }

  /** Runs a block that was prepared, on the state with this root; its result is neither committed nor discarded yet. */
  async run(run: BlockRun, header: ExecuteInput["header"], stateRoot: Hex | undefined): Promise<OpenResult> {
    await this.begin(run);
    await runBlock(this.place, run);
    const isComplete = this.place.source === undefined || (await this.loadWiped(run.computeStateRoot));
    return this.result(header, run, stateRoot, isComplete);
  }

  /** Opens a block whose memory begins with what the cache may keep. */
  makeRoom(): void {
    const { host, source, reader, cacheBytes } = this.place;
    // The memory of the block before goes first: eviction moves what it keeps, and needs room.
    host.exports.blockOpen();
    reader.evict(cacheBytes, source instanceof LaggingSource ? source.unheld() : undefined);
  }

  /** Completes the open block's undo record; after an error the block is gone. */
  private async loadWiped(hasStateRoot: boolean): Promise<boolean> {
    const { host, reader } = this.place;
    const { exports, layout } = host;
    const count = host.getU32(layout.STATE_CONSTANTS + layout.Changes_accountCount);
    // Also from Cancun on (EIP-6780): an edit may leave an empty account with storage, which goes when it is touched.
    if (exports.undoNextWiped(0) >= count) return true;
    try {
      const isComplete = await loadWiped(host, reader, hasStateRoot);
      exports.undoSave();
      return isComplete;
    } catch (error) {
      exports.blockDiscard();
      exports.blockOpen();
      throw error;
    }
  }

  private result(
    header: ExecuteInput["header"],
    run: BlockRun,
    stateRoot: Hex | undefined,
    isComplete: boolean,
  ): OpenResult {
    const { host, closer } = this.place;
    const { layout } = host;
    const { count } = run.checked.transactions;
    const memory = new ResultMemory(host);
    const requests = readRequests(host);
    const isSimulated = run.checked.simulation?.options !== undefined;
    // A simulated block is no parent that others will have.
    if (header.parentHash !== undefined && header.number > 0n && !isSimulated) {
      this.recentHashes.set(header.number - 1n, header.parentHash);
      this.recentHashes.delete(header.number - 257n);
    }
    const roots = readRoots(host, run.rules.fork, requests, run.computeStateRoot);
    const from = roots.state;
    const ends = from === undefined || stateRoot === undefined ? undefined : { from, to: stateRoot };
    return new OpenResult(closer, {
      number: header.number,
      blockUndo: new BlockUndo(memory, ends, isComplete),
      gasUsed: host.getU64(layout.BLOCK_RESULT + layout.BlockResult_gasUsed),
      blobGasUsed: host.getU64(layout.BLOCK_RESULT + layout.BlockResult_blobGasUsed),
      logsBloom: toHex(host.copy(layout.RESULT_BLOOM, 256)),
      receipts: new Receipts(memory, count),
      notable: () => readNotable(memory, count),
      requests,
      changes: new Changes(memory, run.computeStateRoot),
      schedule: readSchedule(host, count, Math.max(1, run.workers), run.recordSchedule),
      roots,
      simulated: isSimulated ? readSimulated(host, count) : undefined,
      ...readAccessList(host),
    });
  }

  /** Hashes for BLOCKHASH: those that are given, else those that headers have told. */
  hashesFor(input: ExecuteInput, parents: ReadonlyMap<bigint, Hex> = NO_PARENTS): Promise<HashTable> {
    const { number, parentHash } = input.header;
    // What is given for one block alone may belong to another line.
    const windows = input.blockHashes === undefined ? this.hashWindows : new HashWindows();
    return windows.before(number, parentHash, this.lookUp(input.blockHashes, parents));
  }

  /** The same before a block with this number; undefined where some have to be waited for. */
  hashesAtOnce(number: bigint, parentHash: Hex | undefined): HashTable | undefined {
    return this.hashWindows.atOnce(number, parentHash, this.lookUp(undefined, NO_PARENTS));
  }

  private lookUp(given: BlockHashes | undefined, parents: ReadonlyMap<bigint, Hex>): LookUpHash {
    const hashes = given ?? this.place.blockHashes;
    const found = typeof hashes === "function" ? hashes : (n: bigint) => hashes?.get(n);
    const known = (n: bigint) => parents.get(n) ?? this.recentHashes.get(n);
    return (n) => {
      const hash = found(n);
      return typeof hash === "object" ? hash.then((told) => told ?? known(n)) : (hash ?? known(n));
    };
  }
}
