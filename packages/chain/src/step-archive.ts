// What the store keeps of the main line's steps, for those that are not held in memory.

import { type BlockResult, decodeUndo, EMPTY_CODE_HASH, type Engine, type StateEdit } from "@heddle/engine";
import { encodeEdits, type Store, HistoryGoneError as StoreHistoryGone } from "@heddle/store";
import type { BlockEntry } from "./block-entry.ts";
import { HistoryGoneError } from "./errors.ts";
import type { OldValues } from "./history.ts";

export class StepArchive {
  readonly #store: Store;
  readonly #engine: Engine;

  constructor(store: Store, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /** The oldest block that can be gone back to. */
  get oldest(): bigint {
    return this.#store.oldest;
  }

  /**
   * Undo records that lead from a block of the main line, or one so many `behind` it, to its parent; changes from outside on
   * top of the parent come first, the block's own last.
   */
  undo(block: BlockEntry, behind = 0n): Uint8Array[] | undefined {
    if (this.#store.hash(block.number) !== block.hash) return undefined;
    return this.#store.undo(block.number + behind)?.map((record) => Uint8Array.from(record));
  }

  /** What was overwritten after a block of the main line up to its end. @throws HistoryGoneError */
  valuesSince(number: bigint): OldValues {
    try {
      return this.#store.history(number);
    } catch (error) {
      throw error instanceof StoreHistoryGone ? new HistoryGoneError(number, this.#store.oldest) : error;
    }
  }

  /** What a block changed, for the store. */
  changesOf(result: BlockResult): Uint8Array {
    return result.changes.pack();
  }

  /** The changes that `engine.revert(record)` has made, for the store. The engine must have the codes. */
  async changesOfRecord(record: Uint8Array): Promise<Uint8Array> {
    const edits: StateEdit[] = [];
    for (const { address, account, storageWiped, storage } of decodeUndo(record)) {
      if (account === undefined) {
        edits.push({ address, deleted: true });
        continue;
      }
      const { nonce, balance, codeHash } = account;
      const code = codeHash === EMPTY_CODE_HASH ? new Uint8Array(0) : await this.#engine.getCodeOf(codeHash);
      edits.push({ address, deleted: false, nonce, balance, code, clearStorage: storageWiped, storage });
    }
    return encodeEdits(edits);
  }
}
