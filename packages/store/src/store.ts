// The store: the log, the checkpoint in the database, and the blocks behind it in memory, as one.

import {
  type Hex,
  InvalidArgumentError,
  type SourceAccount,
  type StateEdit,
  type StateSource,
} from "@heddle/engine";
import { decodeAccount } from "./account-record.ts";
import { bytesQuantity } from "./bytes.ts";
import { Checkpointer } from "./checkpointer.ts";
import {
  afterPrefix,
  type ChainIdentity,
  type Checkpoint,
  closeTables,
  historyKey,
  locationKey,
  readChain,
  readCheckpoint,
  type Table,
  type Tables,
} from "./database.ts";
import { DatabaseBlocks } from "./database-blocks.ts";
import { DatabaseSource } from "./database-source.ts";
import { HistoryGoneError, StoreClosedError, StoreError } from "./errors.ts";
import { stateFolder } from "./folder.ts";
import type { Log } from "./log/log.ts";
import { MainLine, type TransactionPlace } from "./main-line.ts";
import { integer, type StoreOptions } from "./options.ts";
import { RecentHistory } from "./recent-history.ts";
import { encodeEdits } from "./state-edits.ts";
import { encodeBlock, type StoredBlock } from "./stored-block.ts";

/** A value of the past that was overwritten since. */
export interface OldStateValue<T> {
  value: T;
}

/** Bytes of blocks that one step of a checkpoint takes at most, beside the first. */
const STEP_BYTES = 2 ** 25;

/** What is open of a store in a directory. */
interface Disk {
  directory: string;
  tables: Tables;
  log: Log;
  unlock: () => void;
}

/** Blocks of one chain's main line and what is needed to look and to go back. Made by `openStore`. */
export class Store {
  private readonly disk: Disk | undefined;
  private readonly chain: ChainIdentity | undefined;
  private readonly distance: bigint;
  private readonly every: bigint;
  private readonly onError: (error: unknown) => void;
  private readonly keepLogFrom: (position: number) => number;
  private readonly checkpointer: Checkpointer | undefined;
  /** Those of the checkpoint. */
  private readonly blocks: DatabaseBlocks | undefined;
  private line: MainLine;
  private recent: RecentHistory;
  private pointer: Checkpoint | undefined;
  /** The newest block of which the source holds all values for an engine that has followed the main line. */
  private heldTo: bigint;
  private finalized = -1n;
  private work: Promise<unknown> = Promise.resolve();
  private isBusy = false;
  /** Where the checkpoint must go back to, and the log's position for it. */
  private back: { number: bigint; position: number } | undefined;
  private isClosed = false;
  /** The state of the checkpoint, for an engine; undefined without a directory. */
  readonly source: StateSource | undefined;

  /** @internal */
  constructor(options: StoreOptions, disk: Disk | undefined) {
    this.disk = disk;
    this.chain = options.chain ?? (disk && readChain(disk.tables));
    this.distance = BigInt(integer(options.checkpointDistance, "checkpointDistance", 64, 0));
    this.every = BigInt(integer(options.checkpointEvery, "checkpointEvery", 32, 1));
    this.onError = options.onCheckpointError ?? (() => undefined);
    this.keepLogFrom = options.keepLogFrom ?? ((position) => position);
    const memory = integer(options.checkpointMemory, "checkpointMemory", 2 ** 29, 2 ** 24);
    this.pointer = disk && readCheckpoint(disk.tables);
    this.heldTo = this.pointer?.number ?? -1n;
    this.line = new MainLine(this.pointer === undefined ? 0n : this.pointer.number + 1n);
    this.recent = new RecentHistory(this.line);
    if (disk !== undefined) {
      this.blocks = new DatabaseBlocks(disk.tables);
      this.checkpointer = new Checkpointer(stateFolder(disk.directory), memory);
      const source = new DatabaseSource(disk.tables);
      this.source = Object.assign(source, { checkpoint: () => this.heldTo });
    }
  }

  /** The log; undefined without a directory. */
  get log(): Log | undefined {
    return this.disk?.log;
  }

  /** What the database holds; undefined before `initialise` and without a directory. Replay begins at its position. */
  get checkpoint(): Checkpoint | undefined {
    return this.pointer;
  }

  /** Number of the newest block; -1 before `initialise`. */
  get head(): bigint {
    return this.line.head;
  }

  /** The oldest block that history, and `removeAbove`, go back to. */
  get oldest(): bigint {
    return this.pointer?.oldest ?? this.line.first;
  }

  /** The blocks in memory begin anew, at this number. */
  private beginLine(first: bigint): void {
    this.line = new MainLine(first);
    this.recent = new RecentHistory(this.line);
  }

  private throwIfClosed(): void {
    if (this.isClosed) throw new StoreClosedError();
  }

  /**
   * Takes the chain's first block, with its state as edits of an empty one.
   * @throws StoreError with code NOT_EMPTY; WrongRootError, DiskFullError. Then nothing was written
   */
  async initialise(genesis: StoredBlock, edits: Iterable<StateEdit>): Promise<void> {
    this.throwIfClosed();
    if (this.pointer !== undefined || this.line.length > 0) {
      throw new StoreError("NOT_EMPTY", "the store has its first block", { met: this.head });
    }
    this.beginLine(genesis.number);
    if (this.disk === undefined) {
      this.line.append({ ...genesis, changes: [] });
      return;
    }
    const chain = this.chain ?? { chainId: 0n, genesisHash: genesis.hash };
    this.pointer = await this.checkpointer!.order({
      kind: "initialise",
      chain,
      genesis: encodeBlock(genesis),
      edits: encodeEdits(edits),
    });
    this.beginLine(genesis.number + 1n);
    this.checkpointed();
  }

  /**
   * Takes the block behind the head. A checkpoint may begin in the background.
   * @throws InvalidArgumentError where it is not the next one
   */
  append(block: StoredBlock): void {
    this.throwIfClosed();
    if (block.number !== this.head + 1n) {
      throw new InvalidArgumentError("block.number", String(this.head + 1n), block.number);
    }
    this.line.append(this.disk === undefined ? { ...block, changes: [] } : block);
    this.checkpointIfDue();
  }

  /** Blocks up to this one will not be taken back any more: the checkpoint may go so far. */
  setFinalized(number: bigint): void {
    this.finalized = number;
    this.checkpointIfDue();
  }

  private checkpointIfDue(): void {
    if (this.disk === undefined || this.pointer === undefined || this.isBusy) return;
    let target = this.head - this.distance;
    if (this.finalized > target) target = this.finalized;
    if (target - this.pointer.number < this.every) return;
    this.enqueue(() => this.advanceTo(target)).catch((error) => this.onError(error));
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    const result = this.work.then(work);
    const settled = result
      .catch(() => undefined)
      .then(() => {
        if (this.work === settled) this.isBusy = false;
      });
    this.work = settled;
    return result;
  }

  /**
   * Writes a checkpoint of this block, or of the head where that is before it; resolves when it is on the disk. Without a
   * directory, or where the checkpoint is as far, nothing is done.
   * @throws WrongRootError, DiskFullError, LogFailedError; StoreError with code CHECKPOINT_FAILED. Then the last one stands
   */
  async writeCheckpoint(number: bigint): Promise<void> {
    this.throwIfClosed();
    if (this.disk !== undefined && this.pointer !== undefined)
      await this.enqueue(() => this.advanceTo(number));
  }

  private async advanceTo(number: bigint): Promise<void> {
    const { disk } = this;
    for (;;) {
      // A block that is in the database and not in the log would be one that nobody was told of.
      await disk!.log.flush();
      if (this.back !== undefined) await this.goBack();
      const blocks = this.blocksUpTo(number);
      if (blocks.length === 0) return;
      this.pointer = await this.checkpointer!.order({ kind: "advance", blocks });
      if (this.back !== undefined) return this.goBack();
      this.checkpointed();
    }
  }

  /** Copies of the blocks behind the checkpoint, as many as one step takes. */
  private blocksUpTo(number: bigint): Uint8Array[] {
    const blocks: Uint8Array[] = [];
    let bytes = 0;
    for (let n = this.pointer!.number + 1n; n <= number; n++) {
      const block = this.line.encoded(n);
      if (block === undefined || (bytes > 0 && bytes + block.length > STEP_BYTES)) break;
      bytes += block.length;
      blocks.push(block.slice());
    }
    return blocks;
  }

  /** The database holds what the pointer says, and the main line goes on from there. */
  private checkpointed(): void {
    const { number, position } = this.pointer!;
    // The thread wrote: what this thread reads is a moment older until it asks anew.
    this.disk!.tables.root.resetReadTxn();
    this.line.dropUpTo(number);
    this.recent = new RecentHistory(this.line);
    this.heldTo = number;
    this.disk!.log.dropBefore(Math.min(position, this.keepLogFrom(position)));
  }

  /**
   * Takes the main line back to this block; `position` is the log's behind the record that says so. What is asked for
   * afterwards is so at once; it resolves when the checkpoint, where that was further, is back too.
   * @throws HistoryGoneError where history does not go back so far; InvalidArgumentError for a number above the head
   * @throws DiskFullError and others of `writeCheckpoint`; then the checkpoint follows later
   */
  async removeAbove(number: bigint, position: number): Promise<void> {
    this.throwIfClosed();
    if (number > this.head) throw new InvalidArgumentError("number", `at most ${this.head}`, number);
    if (number < this.oldest) throw new HistoryGoneError(number, this.oldest);
    if (number < this.line.first - 1n) {
      this.beginLine(number + 1n);
    } else {
      this.line.removeAbove(number);
      this.recent.removeAbove(number);
    }
    if (this.pointer === undefined || !(this.isBusy || number < this.pointer.number)) return;
    if (number < this.heldTo) this.heldTo = number;
    if (this.back === undefined || number <= this.back.number) this.back = { number, position };
    await this.enqueue(() => this.goBack());
  }

  private async goBack(): Promise<void> {
    const { back } = this;
    if (back === undefined) return;
    await this.disk!.log.flush();
    if (this.pointer!.number > back.number) {
      this.pointer = await this.checkpointer!.order({ kind: "goBack", ...back });
    }
    if (this.back !== back) return this.goBack();
    this.back = undefined;
    this.checkpointed();
  }

  private isInMemory(number: bigint): boolean {
    return number >= this.line.first;
  }

  private isInDatabase(number: bigint): boolean {
    return this.disk !== undefined && number >= 0n && number < this.line.first;
  }

  /** Reads of the database what it has of a block that is not in memory. */
  private fromDatabase<T>(number: bigint, read: (blocks: DatabaseBlocks) => T): T | undefined {
    return this.isInDatabase(number) ? read(this.blocks!) : undefined;
  }

  /** What `append` was given as the block's payload; undefined where the main line has no such block. */
  payload(number: bigint): Uint8Array | undefined {
    this.throwIfClosed();
    if (this.isInMemory(number)) return this.line.block(number)?.payload;
    return this.fromDatabase(number, (blocks) => blocks.payload(number));
  }

  /** The block's hash. */
  hash(number: bigint): Hex | undefined {
    this.throwIfClosed();
    if (this.isInMemory(number)) return this.line.block(number)?.hash;
    return this.fromDatabase(number, (blocks) => blocks.hash(number));
  }

  /** Number of the main line's block with this hash. */
  number(hash: Hex): bigint | undefined {
    this.throwIfClosed();
    const inMemory = this.line.number(hash);
    if (inMemory !== undefined) return inMemory;
    const number = this.blocks?.number(hash);
    return number !== undefined && this.isInDatabase(number) ? number : undefined;
  }

  /** Where the main line has a transaction. */
  transaction(hash: Hex): TransactionPlace | undefined {
    this.throwIfClosed();
    const inMemory = this.line.transaction(hash);
    if (inMemory !== undefined) return inMemory;
    const place = this.blocks?.transaction(hash);
    return place !== undefined && this.isInDatabase(place.block) ? place : undefined;
  }

  /** What `append` was given as `undo`: takes the state back from the block to its parent, the last record first. */
  undo(number: bigint): readonly Uint8Array[] | undefined {
    this.throwIfClosed();
    if (this.isInMemory(number)) return this.line.block(number)?.undo;
    return this.fromDatabase(number, (blocks) => blocks.undo(number));
  }

  /** Blooms of the blocks from `from` to `to`, in order; blocks without one are left out. */
  *blooms(from: bigint, to: bigint): Generator<readonly [number: bigint, bloom: Uint8Array]> {
    this.throwIfClosed();
    const last = to < this.head ? to : this.head;
    let next = from > 0n ? from : 0n;
    if (this.isInDatabase(next)) {
      const end = last < this.line.first - 1n ? last : this.line.first - 1n;
      yield* this.blocks!.blooms(next, end);
      next = end + 1n;
    }
    for (; next <= last; next++) {
      const bloom = this.line.block(next)?.bloom;
      if (bloom !== undefined) yield [next, bloom];
    }
  }

  /**
   * What later blocks have overwritten of the state after block `number`.
   * @throws HistoryGoneError where history does not go back so far; InvalidArgumentError for a number above the head
   *
   * @example
   * ```ts
   * const old = store.history(12n).account(address);
   * const account = old === undefined ? await engine.getAccount(address) : old.value;
   * ```
   */
  history(number: bigint): {
    /** The account; undefined where it was not changed since. */
    account(address: Hex): OldStateValue<SourceAccount | undefined> | undefined;
    /** The slot's value; undefined where it was not changed since. */
    slot(address: Hex, key: Hex): OldStateValue<bigint> | undefined;
  } {
    if (number > this.head) throw new InvalidArgumentError("number", `at most ${this.head}`, number);
    if (number < this.oldest) throw new HistoryGoneError(number, this.oldest);
    const find = (table: Table | undefined, location: Uint8Array) => this.oldValue(table, location, number);
    return {
      account: (address) => {
        const bytes = find(this.disk?.tables.accountHistory, locationKey(address));
        return bytes && { value: decodeAccount(bytes) };
      },
      slot: (address, key) => {
        const bytes = find(this.disk?.tables.slotHistory, locationKey(address, key));
        return bytes && { value: bytesQuantity(bytes) };
      },
    };
  }

  private oldValue(table: Table | undefined, location: Uint8Array, number: bigint): Uint8Array | undefined {
    this.throwIfClosed();
    if (table !== undefined && number < this.line.first - 1n) {
      const start = historyKey(location, number + 1n);
      for (const { value } of table.getRange({ start, end: afterPrefix(location), limit: 1 })) return value;
    }
    return this.recent.valueAt(location, number);
  }

  /** @internal Tests: the thread that writes checkpoints dies in what it does; false where it does nothing. */
  killCheckpointer(): boolean {
    return this.checkpointer?.kill() ?? false;
  }

  /** Waits for what is being written, and closes. What was appended is in the log; a checkpoint is not begun. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.work;
    const { disk } = this;
    if (disk === undefined) return;
    try {
      await this.checkpointer!.close();
      await disk.log.close();
    } finally {
      await closeTables(disk.tables);
      disk.unlock();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
