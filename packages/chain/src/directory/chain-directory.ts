// A chain's blocks, its log and its settings in a directory: everything is in the log before anybody is told of it.

import type { Hex, StateSource } from "@heddle/engine";
import { DiskFullError, type Store } from "@heddle/store";
import * as Bytes from "ox/Bytes";
import { decodeBlockEntry, encodeBlockEntry } from "../block-encoding.ts";
import type { BlockEntry } from "../block-entry.ts";
import type { BlockStore } from "../block-store.ts";
import { ChainFailedError } from "../errors.ts";
import type { OriginKeeper } from "../origin.ts";
import type { StoredSteps } from "../state-line.ts";
import type { TransactionPlace } from "../transaction-index.ts";
import { BlockCache } from "./block-cache.ts";
import { toJson } from "./json.ts";
import {
  baseRecord,
  blockRecord,
  droppedRecord,
  editRecord,
  type LoggedBlock,
  type LoggedMove,
  moveRecord,
  type Notes,
  notesRecord,
  type RecordParts,
  readingRecord,
  type WaitingTransaction,
  waitsRecord,
} from "./log-records.ts";

/** The setting that names the safe and the finalized block. */
export const CHOICE = "chain/choice";

/** Bytes of log after which all settings are written anew, at least. */
const BASE_EVERY = 4 * 2 ** 20;
/** So many times the size of what is written then. */
const BASE_RATIO = 4;
/** Blocks beside the main line are kept in memory as long as they are not so far behind the head. */
const BESIDE_DEPTH = 1024n;

/** A move of the main line that is to be logged; blocks are encoded here. */
export interface Move extends Omit<LoggedMove, "number" | "hash" | "blocks"> {
  base: BlockEntry;
  blocks: readonly { block: BlockEntry; edits: readonly Uint8Array[] }[];
}

/** What is known of a directory beside its store. */
export interface DirectoryPlace {
  /** Hears of checkpoints that cannot be written. */
  onError: (error: unknown) => void;
  /** Of a chain that goes on from another one's block: there are no checkpoints, and the log has what was read. */
  origin?: OriginKeeper | undefined;
}

/** The main line's block of a number, as the store has it. */
export function storedBlock(store: Store, number: bigint): BlockEntry | undefined {
  const payload = store.payload(number);
  return payload && decodeBlockEntry(Uint8Array.from(payload));
}

export class ChainDirectory implements BlockStore {
  readonly store: Store;
  /** Undo records and changes of a block that becomes the next one of the main line; set by the chain. */
  stepsOf: (block: BlockEntry) => StoredSteps = () => {
    throw new Error("the directory has no chain yet");
  };
  /** Whether the state stands elsewhere than behind the head, and will go back there; set by the chain. */
  isAway: () => boolean = () => false;
  /** The first block. */
  readonly genesis: BlockEntry;
  readonly #cache = new BlockCache();
  readonly #beside = new Map<Hex, BlockEntry>();
  readonly #encoded = new WeakMap<BlockEntry, Uint8Array>();
  readonly #notes = new Map<string, string>();
  /** Where records of all settings begin, oldest first. */
  readonly #bases: number[] = [];
  #baseEnd = 0;
  #baseBytes = 0;
  /** The log's position that the store is told with what happens to the main line. */
  #position = 0;
  #goingBack: Promise<void> = Promise.resolve();
  #owed: RecordParts[] = [];
  #failure: ChainFailedError | undefined;
  readonly #onError: (error: unknown) => void;
  readonly origin: OriginKeeper | undefined;

  constructor(store: Store, genesis: BlockEntry, { onError, origin }: DirectoryPlace) {
    this.store = store;
    this.#onError = onError;
    this.genesis = genesis;
    this.origin = origin;
    // Held for good: its hash need not be that of its header where it is another chain's.
    this.#cache.add(genesis);
    origin?.keepReads((read) => void this.#log(readingRecord(read)));
  }

  /** What an engine begins with: the state of the checkpoint; undefined: that of the origin. */
  get state(): { state: StateSource; stateRoot: Hex } | undefined {
    if (this.origin !== undefined) return undefined;
    const source = this.store.source!;
    const state: StateSource = {
      account: (address) => source.account(address),
      storage: (address, key) => source.storage(address, key),
      code: (hash) => source.code(hash),
      node: (hash) => source.node!(hash),
      listStorage: (address) => source.listStorage!(address),
      // A block that is executed further back has a number that the checkpoint has too, and is none of its blocks.
      checkpoint: () => (this.isAway() ? -1n : source.checkpoint!()),
    };
    return { state, stateRoot: this.store.checkpoint!.stateRoot };
  }

  // Blocks

  put(block: BlockEntry): void {
    if (this.store.number(block.hash) === undefined) this.#beside.set(block.hash, block);
    else this.#cache.add(block);
  }

  byHash(hash: Hex): BlockEntry | undefined {
    const found = this.#beside.get(hash) ?? this.#cache.get(hash);
    if (found !== undefined) return found;
    const number = this.store.number(hash);
    const block = number === undefined ? undefined : storedBlock(this.store, number);
    if (block === undefined) return undefined;
    this.#cache.add(block);
    return block;
  }

  byNumber(number: bigint): BlockEntry | undefined {
    const hash = this.store.hash(number);
    return hash === undefined ? undefined : this.byHash(hash);
  }

  hashOf(number: bigint): Hex | undefined {
    return this.store.hash(number);
  }

  setMain(number: bigint, hash: Hex | undefined): void {
    if (hash === undefined) this.#leave(number);
    else if (this.store.hash(number) !== hash) this.#append(this.#beside.get(hash)!);
  }

  #append(block: BlockEntry): void {
    const { undo, changes } = this.stepsOf(block);
    this.store.append({
      number: block.number,
      hash: block.hash,
      stateRoot: block.header.stateRoot,
      payload: this.#payload(block),
      bloom: Bytes.fromHex(block.header.logsBloom),
      transactionHashes: block.receipts.hashes,
      undo,
      // They are for checkpoints.
      changes: this.origin === undefined ? changes : [],
      position: this.#position,
    });
    this.#encoded.delete(block);
    this.#beside.delete(block.hash);
    this.#cache.add(block);
    if (this.#beside.size > 0) this.#forgetBeside(block.number);
  }

  #forgetBeside(head: bigint): void {
    for (const [hash, { number }] of this.#beside) {
      if (number + BESIDE_DEPTH < head) this.#beside.delete(hash);
    }
  }

  /** The main line ends before `number`; its blocks from there on stay beside it. */
  #leave(number: bigint): void {
    const { store } = this;
    for (let at = number; at <= store.head; at++) {
      const block = this.byNumber(at)!;
      this.#beside.set(block.hash, block);
    }
    this.#goingBack = store.removeAbove(number - 1n, this.#position).catch(this.#onError);
  }

  /** Resolves when the checkpoint is not ahead of the main line: until then the state must not be read from it. */
  async settled(): Promise<void> {
    await this.#goingBack;
  }

  remove(hash: Hex): void {
    this.#beside.delete(hash);
    this.#cache.remove(hash);
  }

  find(transactionHash: Hex): TransactionPlace | undefined {
    const place = this.store.transaction(transactionHash);
    return place && { block: Number(place.block), index: place.index };
  }

  #payload(block: BlockEntry): Uint8Array {
    let bytes = this.#encoded.get(block);
    if (bytes === undefined) {
      bytes = encodeBlockEntry(block);
      this.#encoded.set(block, bytes);
    }
    return bytes;
  }

  /** Safe and finalized block are others: they are kept, and the finalized one does not go back any more. */
  async choose({ safe, finalized }: { safe: BlockEntry; finalized: BlockEntry }): Promise<void> {
    const chosen = toJson({ safe: safe.hash, finalized: finalized.hash });
    if (this.#notes.get(CHOICE) === chosen) return;
    this.logNotes(new Map([[CHOICE, chosen]]));
    await this.durable();
    this.setFinalized(finalized.number);
  }

  /** The block is not taken back any more: a checkpoint may be as far. */
  setFinalized(number: bigint): void {
    if (number > this.genesis.number && this.origin === undefined) this.store.setFinalized(number);
  }

  // The log

  /** @throws DiskFullError; then nothing was written. ChainFailedError and the store's errors */
  #log([type, ...parts]: RecordParts): number {
    this.throwIfFailed();
    const log = this.store.log!;
    for (; this.#owed.length > 0; this.#owed.shift()) log.append(...this.#owed[0]!);
    return log.append(type, ...parts);
  }

  /** A block that follows the head, or one beside the main line. */
  logBlock(block: BlockEntry, isMain: boolean): void {
    const end = this.#log(blockRecord(this.#payload(block), isMain));
    if (isMain) this.#position = end;
  }

  logMove({ base, blocks, ...move }: Move): void {
    // A replay from the record's beginning does it again, whatever part of it the checkpoint has.
    const start = this.store.log!.end;
    const { number, hash } = base;
    const logged = blocks.map(({ block, edits }): LoggedBlock => ({ block: this.#payload(block), edits }));
    this.#log(moveRecord({ ...move, number, hash, blocks: logged }));
    this.#position = start;
    this.#note(move.notes);
  }

  logEdit(changes: Uint8Array): void {
    this.#log(editRecord(changes));
  }

  logWaiting(transaction: WaitingTransaction): void {
    this.#log(waitsRecord(transaction));
  }

  /** What left the pool; where the disk is full it is written before the next record. */
  logDropped(hashes: readonly Hex[]): void {
    const record = droppedRecord(hashes);
    try {
      this.#log(record);
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
      this.#owed.push(record);
    }
  }

  /** Settings by name, as JSON. */
  logNotes(notes: Notes): void {
    this.#log(notesRecord(notes));
    this.#note(notes);
  }

  get notes(): ReadonlyMap<string, string> {
    return this.#notes;
  }

  #note(notes: Notes): void {
    for (const [name, value] of notes) {
      if (value === undefined) this.#notes.delete(name);
      else this.#notes.set(name, value);
    }
  }

  /**
   * Where much was written since, all settings and what waits are written anew, so that the log before can be dropped. A full
   * disk puts it off.
   */
  logBase(pool: () => Iterable<WaitingTransaction>): void {
    const log = this.store.log!;
    const written = log.end - this.#baseEnd;
    if (written < BASE_EVERY || written < this.#baseBytes * BASE_RATIO) return;
    const start = log.end;
    try {
      this.#log(baseRecord(this.#notes, pool()));
    } catch (error) {
      if (error instanceof DiskFullError) return;
      throw error;
    }
    this.#hasBase(start, log.end);
  }

  /** A record of all settings was met in the log. */
  hasBase(start: number, end: number, notes: Notes): void {
    this.#hasBase(start, end);
    this.#notes.clear();
    this.#note(notes);
  }

  #hasBase(start: number, end: number): void {
    this.#bases.push(start);
    this.#baseEnd = end;
    this.#baseBytes = end - start;
  }

  /** What a restart needs of the log for the settings, where its replay begins at `position`. */
  keptFrom(position: number): number {
    while (this.#bases.length > 1 && this.#bases[1]! <= position) this.#bases.shift();
    const [first = 0] = this.#bases;
    return first <= position ? first : 0;
  }

  /** What the log has told when it was read again. */
  restored(notes: Notes): void {
    this.#note(notes);
  }

  /** During a replay: the position that the store is told with what happens. */
  replayedTo(position: number): void {
    this.#position = position;
  }

  /**
   * Resolves when all that was logged is durable under the directory's policy.
   * @throws ChainFailedError where it cannot become durable
   */
  async durable(): Promise<void> {
    this.throwIfFailed();
    const log = this.store.log!;
    if (this.#owed.length > 0) {
      for (; this.#owed.length > 0; this.#owed.shift()) log.append(...this.#owed[0]!);
    }
    try {
      await log.durable(log.end);
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** State and log are not the same any more: nothing is done until the chain is opened again. */
  fail(cause: unknown): ChainFailedError {
    this.#failure ??= new ChainFailedError(cause);
    return this.#failure;
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#goingBack;
    await this.store.close();
  }
}
