// Where on the tree of blocks the engine's state stands.

import type { BlockResult, Engine } from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockTree } from "./block-tree.ts";
import { HistoryGoneError } from "./errors.ts";

export class StateLine {
  readonly #engine: Engine;
  #at: BlockEntry;

  constructor(engine: Engine, tree: BlockTree) {
    this.#engine = engine;
    this.#at = tree.head;
  }

  /** Applies the block that was executed after the one at which the state stands. */
  async commit(block: BlockEntry, result: BlockResult): Promise<void> {
    await result.commit();
    this.#at = block;
  }

  /** @throws HistoryGoneError */
  async moveTo(target: BlockEntry): Promise<void> {
    if (target !== this.#at) throw new HistoryGoneError(target.number, this.#at.number);
  }

  /** Does something with the state at `block`; what it commits on top stays. */
  async standingAt<T>(block: BlockEntry, work: () => Promise<T>): Promise<T> {
    await this.moveTo(block);
    return work();
  }
}
