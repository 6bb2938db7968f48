// The state behind a block that nobody has made: that of the head with what the pool has for the next block.

import type { CallResult, Engine, StateEdit } from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import { UnknownBlockError } from "./errors.ts";
import type { StateLine } from "./state-line.ts";
import type { StateAnswers } from "./state-view.ts";
import type { Turns } from "./turns.ts";

/** A block that was built and not kept, and where it stands. */
export interface PendingBlock {
  entry: BlockEntry;
  parent: BlockEntry;
  /** The line's version when it was built. */
  version: number;
  /** What does it again (`StateLine.recordOf`). */
  record: Uint8Array;
}

/** Does the block again for each question, and takes it back. */
export class PendingState implements StateAnswers {
  readonly #line: StateLine;
  readonly #turns: Turns;
  readonly #pending: PendingBlock;

  constructor(line: StateLine, turns: Turns, pending: PendingBlock) {
    this.#line = line;
    this.#turns = turns;
    this.#pending = pending;
  }

  read<T>(block: BlockEntry, work: (engine: Engine) => Promise<T>): Promise<T> {
    return this.call(block, [], work);
  }

  onEngine<T>(block: BlockEntry, work: (engine: Engine) => Promise<T>): Promise<T> {
    return this.call(block, [], work);
  }

  callAtOnce(): CallResult | undefined {
    return undefined;
  }

  /** @throws UnknownBlockError where head or state have become others: then another block is pending */
  call<T>(
    _block: BlockEntry,
    overrides: readonly StateEdit[],
    work: (engine: Engine) => Promise<T>,
  ): Promise<T> {
    const { entry, parent, version, record } = this.#pending;
    return this.#turns.run(() => {
      if (this.#line.at !== parent || this.#line.version !== version) throw new UnknownBlockError(entry.hash);
      return this.#line.lend(parent, async (state, engine) => {
        await state.redo(record);
        if (overrides.length > 0) await state.edit(overrides);
        return work(engine);
      });
    });
  }
}
