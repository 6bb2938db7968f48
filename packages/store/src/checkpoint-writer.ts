// Brings the database from one block's state to another's: an engine of its own computes the trie, one write transaction
// holds all of it.

import { createEngine, EMPTY_TRIE_ROOT, type Engine, type Hex, type StateEdit } from "@heddle/engine";
import { encodeBlockRow, readBlockRow } from "./block-row.ts";
import { bytesOf } from "./bytes.ts";
import {
  blockKey,
  type ChainIdentity,
  type Checkpoint,
  historyKey,
  inOneWrite,
  readCheckpoint,
  type Tables,
  writeChain,
  writePointer,
} from "./database.ts";
import { PendingSource } from "./database-source.ts";
import { StoreError, WrongRootError } from "./errors.ts";
import { oldValues } from "./history-index.ts";
import { decodeEdits, mergeEdits } from "./state-edits.ts";
import { decodeList, encodeList, type StoredBlock } from "./stored-block.ts";

/** Accounts and slots that are given to the engine at once. */
const EDITS_AT_ONCE = 50_000;

export class CheckpointWriter {
  private readonly tables: Tables;
  private readonly folder: string;
  private readonly memoryLimit: number;
  private readonly pending: PendingSource;
  private engine: Engine | undefined;

  constructor(tables: Tables, folder: string, memoryLimit: number) {
    this.tables = tables;
    this.folder = folder;
    this.memoryLimit = memoryLimit;
    this.pending = new PendingSource(tables);
  }

  /** Writes the first block of a new store and its state. @throws WrongRootError, DiskFullError */
  async initialise(
    chain: ChainIdentity,
    genesis: StoredBlock,
    edits: readonly StateEdit[],
  ): Promise<Checkpoint> {
    const { number, hash, stateRoot, position } = genesis;
    const checkpoint = { number, hash, stateRoot, position, oldest: number };
    await this.reach(checkpoint, EMPTY_TRIE_ROOT, (engine) => this.edit(engine, edits));
    this.write(() => {
      this.writeBlock(genesis);
      writeChain(this.tables, chain);
      writePointer(this.tables, checkpoint);
    });
    return checkpoint;
  }

  /** Writes the blocks that follow the checkpoint; the last is the new one. @throws WrongRootError, DiskFullError */
  async advance(blocks: readonly StoredBlock[]): Promise<Checkpoint> {
    const old = this.current();
    const { number, hash, stateRoot, position } = blocks.at(-1)!;
    const checkpoint = { number, hash, stateRoot, position, oldest: old.oldest };
    await this.reach(checkpoint, old.stateRoot, (engine) => this.edit(engine, mergeEdits(editsOf(blocks))));
    this.write(() => {
      for (const block of blocks) this.writeBlock(block);
      writePointer(this.tables, checkpoint);
    });
    return checkpoint;
  }

  /**
   * Takes the checkpoint back to an earlier block that history goes back to, and forgets the blocks behind that.
   * @throws WrongRootError, DiskFullError
   */
  async goBack(number: bigint, position: number): Promise<Checkpoint> {
    const old = this.current();
    const { hash, stateRoot } = readBlockRow(this.tables, number)!;
    const checkpoint = { number, hash, stateRoot, position, oldest: old.oldest };
    await this.reach(checkpoint, old.stateRoot, async (engine) => {
      for (let block = old.number; block > number; block--) {
        const undo = decodeList(this.tables.undos.get(blockKey(block))!);
        for (const record of undo.reverse()) await engine.revert(Uint8Array.from(record));
      }
    });
    this.write(() => {
      for (let block = old.number; block > number; block--) this.removeBlock(block);
      writePointer(this.tables, checkpoint);
    });
    return checkpoint;
  }

  async close(): Promise<void> {
    const { engine } = this;
    this.engine = undefined;
    await engine?.close();
  }

  private current(): Checkpoint {
    const checkpoint = readCheckpoint(this.tables);
    if (checkpoint === undefined) throw new StoreError("EMPTY", "the store has no first block yet");
    return checkpoint;
  }

  /** Lets the engine go from one state to another; what changes on the way is pending afterwards. */
  private async reach(
    { number, stateRoot }: Checkpoint,
    from: Hex,
    work: (engine: Engine) => Promise<void>,
  ): Promise<void> {
    try {
      this.engine ??= await createEngine({
        workers: 0,
        state: this.pending,
        stateRoot: from,
        memoryLimit: this.memoryLimit,
      });
      await work(this.engine);
      if (this.engine.stateRoot !== stateRoot)
        throw new WrongRootError(number, stateRoot, this.engine.stateRoot);
    } catch (error) {
      await this.giveUp();
      throw error;
    }
  }

  private async edit(engine: Engine, edits: readonly StateEdit[]): Promise<void> {
    for (const some of inPortions(edits, EDITS_AT_ONCE)) await engine.edit(some);
  }

  /** The engine is somewhere on the way: the next one begins at the checkpoint. */
  private async giveUp(): Promise<void> {
    this.pending.clear();
    await this.close();
  }

  private write(rest: () => void): void {
    try {
      inOneWrite(this.tables, this.folder, () => {
        this.pending.write();
        rest();
      });
    } catch (error) {
      this.pending.clear();
      void this.close();
      throw error;
    }
    this.pending.clear();
  }

  private writeBlock(block: StoredBlock): void {
    const { tables } = this;
    const { number, hash, transactionHashes, undo, payload } = block;
    const key = blockKey(number);
    tables.blocks.putSync(key, encodeBlockRow(block));
    tables.payloads.putSync(key, payload);
    tables.undos.putSync(key, encodeList(undo));
    tables.transactionHashes.putSync(key, transactionHashes);
    tables.numbers.putSync(bytesOf(hash), key);
    for (let i = 0; i * 32 < transactionHashes.length; i++) {
      const place = Buffer.alloc(12);
      key.copy(place);
      place.writeUInt32BE(i, 8);
      tables.transactions.putSync(transactionHashes.subarray(i * 32, i * 32 + 32), place);
    }
    for (const { location, value } of oldValues(undo)) {
      this.historyOf(location).putSync(historyKey(location, number), value);
    }
  }

  private removeBlock(number: bigint): void {
    const { tables } = this;
    const key = blockKey(number);
    const hashes = tables.transactionHashes.get(key)!;
    for (let at = 0; at < hashes.length; at += 32)
      tables.transactions.removeSync(hashes.subarray(at, at + 32));
    for (const { location } of oldValues(decodeList(tables.undos.get(key)!))) {
      this.historyOf(location).removeSync(historyKey(location, number));
    }
    tables.numbers.removeSync(bytesOf(readBlockRow(tables, number)!.hash));
    for (const table of [tables.blocks, tables.payloads, tables.undos, tables.transactionHashes]) {
      table.removeSync(key);
    }
  }

  private historyOf(location: Uint8Array) {
    return location.length === 20 ? this.tables.accountHistory : this.tables.slotHistory;
  }
}

/** The edits in lists of at most `most` accounts and slots; a storage may be divided between lists. */
export function* inPortions(edits: Iterable<StateEdit>, most: number): Generator<StateEdit[]> {
  let portion: StateEdit[] = [];
  let left = most;
  for (const { storage, ...account } of edits) {
    let edit: StateEdit = account;
    const slots = [...(storage ?? [])];
    for (let at = 0; ; ) {
      const some = slots.slice(at, at + Math.max(1, left - 1));
      portion.push({ ...edit, storage: some });
      left -= 1 + some.length;
      at += some.length;
      if (left <= 0) {
        yield portion;
        portion = [];
        left = most;
      }
      if (at >= slots.length) break;
      edit = { address: account.address };
    }
  }
  if (portion.length > 0) yield portion;
}

function* editsOf(blocks: readonly StoredBlock[]): Generator<StateEdit> {
  for (const { changes } of blocks) for (const part of changes) yield* decodeEdits(part);
}
