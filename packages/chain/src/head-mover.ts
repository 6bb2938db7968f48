// Where the head of a chain is, and how it comes to another place: a new block on top, a reorg, the way back to a mark, a
// change from outside. State, log and pool go with it.

import type { EventEmitter } from "node:events";
import type { BlockResult, StateEdit } from "@heddle/engine";
import { encodeEdits } from "@heddle/store";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockTree } from "./block-tree.ts";
import type { ChainMark, ForkChoice, RewindOptions } from "./chain-options.ts";
import type { ChainDirectory } from "./directory/chain-directory.ts";
import { UnknownBlockError } from "./errors.ts";
import type { ChainEvents } from "./events.ts";
import type { PoolHead, TransactionPool } from "./pool/pool.ts";
import type { PooledTransaction } from "./pool/transaction.ts";
import type { StateLine } from "./state-line.ts";

/** What of a chain its head is moved with. */
export interface HeadPlace {
  tree: BlockTree;
  line: StateLine;
  pool: TransactionPool;
  directory: ChainDirectory | undefined;
  events: EventEmitter<ChainEvents>;
  /** What the pool must know of the head as it is. */
  poolHead(): PoolHead;
}

/** Moves the head. Nothing else may happen on the chain meanwhile: whoever calls waits for its turn. */
export class HeadMover {
  readonly #tree: BlockTree;
  readonly #line: StateLine;
  readonly #pool: TransactionPool;
  readonly #directory: ChainDirectory | undefined;
  readonly #events: EventEmitter<ChainEvents>;
  readonly #poolHead: () => PoolHead;

  constructor({ tree, line, pool, directory, events, poolHead }: HeadPlace) {
    this.#tree = tree;
    this.#line = line;
    this.#pool = pool;
    this.#directory = directory;
    this.#events = events;
    this.#poolHead = poolHead;
  }

  get #head(): BlockEntry {
    return this.#tree.head;
  }

  /** Logs a block, applies and keeps it; when this resolves it may be told. @throws DiskFullError; nothing happened then */
  async commit(entry: BlockEntry, result: BlockResult, isMain: boolean): Promise<void> {
    const directory = this.#directory;
    try {
      directory?.logBlock(entry, isMain);
    } catch (error) {
      result.discard();
      throw error;
    }
    const durable = directory?.durable();
    // It is waited for below; the state is changed meanwhile.
    durable?.catch(() => undefined);
    try {
      await this.#line.commit(entry, result);
    } catch (error) {
      throw directory?.fail(error) ?? error;
    }
    await durable;
    this.#tree.store.put(entry);
  }

  /**
   * Makes a known block the head, with the reorg that this means, and sets the other pointers.
   * @throws UnknownBlockError, HistoryGoneError; then nothing has changed
   */
  async choose(choice: ForkChoice): Promise<void> {
    const head = this.#tree.demand(choice.head);
    const safe = choice.safe === undefined ? undefined : this.#tree.demand(choice.safe);
    const finalized = choice.finalized === undefined ? undefined : this.#tree.demand(choice.finalized);
    if (head !== this.#head) {
      await this.#moveTo(head);
      await this.becomeHead(head);
    }
    if (safe !== undefined) this.#tree.safe = safe;
    if (finalized !== undefined) this.#tree.finalized = finalized;
    await this.#directory?.choose(this.#tree);
  }

  /** Takes the state to another block; when this resolves the move may be told. */
  async #moveTo(head: BlockEntry): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return this.#line.moveTo(head);
    directory.throwIfFailed();
    const base = this.#tree.commonAncestor(this.#head, head);
    try {
      await this.#line.moveTo(base);
      await this.#line.moveKnowing(base, head);
      const { up } = this.#tree.path(base, head);
      const blocks = up.map((block) => ({ block, edits: this.#line.changesOn(block) }));
      const edits = this.#line.changesOn(base);
      directory.logMove({ base, edits, blocks, takesBack: true, notes: new Map(), pool: undefined });
    } catch (error) {
      await this.#line.moveTo(this.#head);
      throw error;
    }
    await directory.durable();
  }

  /** Changes accounts on top of the head: all of it or nothing. @throws InvalidArgumentError */
  async edit(edits: Iterable<StateEdit>): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) await this.#line.edit(edits);
    else {
      directory.throwIfFailed();
      await this.#editLogged([...edits], directory);
    }
    this.#pool.moveTo(this.#poolHead());
  }

  async #editLogged(edits: readonly StateEdit[], directory: ChainDirectory): Promise<void> {
    const { length } = this.#line.editsOn(this.#head);
    // Slots are read twice: by the engine, and for the log.
    const listed = edits.map(({ storage, ...rest }) => (storage ? { ...rest, storage: [...storage] } : rest));
    await this.#line.edit(listed, () => encodeEdits(listed));
    try {
      directory.logEdit(this.#line.changesOn(this.#head).at(-1)!);
    } catch (error) {
      await this.#line.dropEdits(length);
      throw error;
    }
    await directory.durable();
  }

  /**
   * Goes back to a mark; the blocks after it are forgotten.
   * @throws UnknownBlockError where the mark's block is not on the main line any more; HistoryGoneError
   */
  async rewind(mark: ChainMark, options: RewindOptions = {}): Promise<void> {
    const target = this.#tree.demand(mark.head);
    if (!this.#tree.isMain(target)) throw new UnknownBlockError(mark.head);
    this.#directory?.throwIfFailed();
    const gone = this.#tree.path(this.#head, target).down;
    await this.#line.moveTo(target);
    await this.#logRewind(target, mark.edits, options);
    await this.#line.dropEdits(mark.edits);
    await this.#directory?.durable();
    await this.becomeHead(target, [], options.keepTransactions ?? false);
    for (const block of gone) {
      this.#line.forget(block);
      this.#tree.store.remove(block.hash);
    }
  }

  async #logRewind(base: BlockEntry, edits: number, options: RewindOptions): Promise<void> {
    const { keepTransactions: takesBack = false, notes = () => new Map(), pool } = options;
    try {
      await this.#line.moveKnowing(base, base);
      const kept = this.#line.changesOn(base).slice(0, edits);
      this.#directory?.logMove({ base, edits: kept, blocks: [], takesBack, notes: notes(), pool });
    } catch (error) {
      await this.#line.moveTo(this.#head);
      throw error;
    }
  }

  /** Moves the head to `block`; the state stands there. Tells pool and listeners. */
  async becomeHead(
    block: BlockEntry,
    pooled?: readonly PooledTransaction[],
    takesBack = true,
  ): Promise<void> {
    const { removed, added } = this.#tree.setHead(block);
    await this.#directory?.settled();
    const executed = pooled ?? this.#pooledIn(added);
    this.#pool.moveTo(this.#poolHead(), executed);
    if (removed.length > 0) {
      this.#events.emit("reorg", { removed, added });
      if (takesBack) await this.#takeBack(removed);
    }
    this.#directory?.logBase(() => this.#pool.waiting());
    for (const one of added) this.#events.emit("block", one);
  }

  #pooledIn(blocks: readonly BlockEntry[]): PooledTransaction[] {
    if (this.#pool.size === 0) return [];
    return blocks.flatMap((block) =>
      Array.from({ length: block.transactionCount }, (_, i) =>
        this.#pool.get(block.transactionHash(i)),
      ).filter((one) => one !== undefined),
    );
  }

  /** Transactions of blocks that are no longer on the main line wait again, where they still can. */
  async #takeBack(removed: readonly BlockEntry[]): Promise<void> {
    const taken: Promise<unknown>[] = [];
    for (const block of removed.toReversed()) {
      for (let i = 0; i < block.transactionCount; i++) {
        const raw = block.rawTransaction(i);
        // Without its blobs, which nobody has kept, it could go nowhere.
        if (raw[0] === 3) continue;
        taken.push(this.#pool.add(raw, { sender: block.sender(i) }).catch(() => undefined));
      }
    }
    await Promise.all(taken);
  }
}
