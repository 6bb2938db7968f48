// Where on the tree of blocks the engine's state stands, and how it goes to another place: by undo records, one a block
// and one for each change from outside of any block.

import type { BlockResult, EditResult, Engine, StateEdit } from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockTree } from "./block-tree.ts";
import { HistoryGoneError } from "./errors.ts";

/** A change of the state that can be taken back and done again. */
interface Step {
  /**
   * What `engine.revert` takes: while the state stands behind the step the record that takes it back, otherwise the one
   * that does it again.
   */
  record: Uint8Array;
}

/** A block's own step, and those of the changes that were made on top of it from outside. */
interface Steps {
  block: Step;
  edits: Step[];
}

export class StateLine {
  readonly #engine: Engine;
  readonly #tree: BlockTree;
  /** Blocks whose records are kept; most of the oldest are the first to go. */
  readonly #kept: number;
  readonly #steps = new Map<BlockEntry, Steps>();
  readonly #genesisEdits: Step[] = [];
  #at: BlockEntry;
  #version = 0;
  /** Settles when the state is back where the head is. */
  #away: Promise<void> | undefined;

  constructor(engine: Engine, tree: BlockTree, kept: number) {
    this.#engine = engine;
    this.#tree = tree;
    this.#kept = kept;
    this.#at = tree.head;
  }

  /** The block behind which the state stands. */
  get at(): BlockEntry {
    return this.#at;
  }

  /** Becomes another one when what is the state behind a block may have become another one. */
  get version(): number {
    return this.#version;
  }

  /** Changes from outside that were made on top of a block. */
  editsOn(block: BlockEntry): readonly Step[] {
    return this.#steps.get(block)?.edits ?? (block === this.#tree.genesis ? this.#genesisEdits : []);
  }

  /**
   * Undo records of what happened between the state behind `block`, which the state's own line must hold, and the state as
   * it is; oldest first.
   * @throws HistoryGoneError
   */
  recordsSince(block: BlockEntry): Uint8Array[] {
    const { down } = this.#tree.path(this.#at, block);
    this.#demand(down);
    return down.toReversed().flatMap((one) => {
      const { block: own, edits } = this.#steps.get(one)!;
      return [own, ...edits].map(({ record }) => record);
    });
  }

  /** Applies the block that was executed after the one behind which the state stands. */
  async commit(block: BlockEntry, result: BlockResult): Promise<void> {
    const record = result.undo();
    await result.commit();
    this.#steps.set(block, { block: { record }, edits: [] });
    this.#at = block;
    this.#forgetOld();
  }

  /** Changes the state from outside; it is a part of what is behind the block from now on. */
  async edit(edits: Iterable<StateEdit>): Promise<EditResult> {
    const result = await this.#engine.edit(edits);
    const steps = this.editsOn(this.#at) as Step[];
    steps.push({ record: result.undo });
    this.#version++;
    return result;
  }

  /** Takes back what was changed from outside on top of the block where the state stands, but the first `count` changes. */
  async dropEdits(count: number): Promise<void> {
    const steps = this.editsOn(this.#at) as Step[];
    while (steps.length > count) {
      await this.#engine.revert(steps.at(-1)!.record);
      steps.pop();
      this.#version++;
    }
  }

  /** Forgets a block that the state does not stand behind: it can never be gone to again. */
  forget(block: BlockEntry): void {
    this.#steps.delete(block);
  }

  /**
   * Goes to another block.
   * @throws HistoryGoneError where a record on the way is not kept, and what `engine.revert` throws; then the state stands
   * where it stood
   */
  async moveTo(target: BlockEntry): Promise<void> {
    if (target === this.#at) return;
    const { down, up } = this.#tree.path(this.#at, target);
    this.#demand(down);
    this.#demand(up);
    const steps = [
      ...down.flatMap((block) => this.#stepsOf(block).toReversed()),
      ...up.flatMap((block) => this.#stepsOf(block)),
    ];
    this.#version++;
    const turned: Step[] = [];
    try {
      for (const step of steps) {
        await this.#turn(step);
        turned.push(step);
      }
    } catch (error) {
      for (const step of turned.toReversed()) await this.#turn(step);
      throw error;
    }
    this.#at = target;
  }

  /** Takes a step back, or does it again. */
  async #turn(step: Step): Promise<void> {
    const { undo } = await this.#engine.revert(step.record);
    step.record = undo;
  }

  #stepsOf(block: BlockEntry): Step[] {
    const { block: own, edits } = this.#steps.get(block)!;
    return [own, ...edits];
  }

  /** @throws HistoryGoneError */
  #demand(blocks: readonly BlockEntry[]): void {
    for (const block of blocks) {
      if (!this.#steps.has(block)) throw new HistoryGoneError(block.number - 1n, this.#oldest());
    }
  }

  /** The oldest block that can be gone to. */
  #oldest(): bigint {
    let oldest = this.#at;
    for (; this.#steps.has(oldest); oldest = this.#tree.demand(oldest.header.parentHash));
    return oldest.number;
  }

  #forgetOld(): void {
    if (this.#steps.size <= this.#kept) return;
    for (const block of this.#steps.keys()) {
      if (this.#steps.size <= this.#kept || block.number >= this.#at.number) return;
      this.#steps.delete(block);
    }
  }

  /** Does something with the state behind `block`, and goes back to where it stood; what is committed on top stays known. */
  async standingAt<T>(block: BlockEntry, work: () => Promise<T>): Promise<T> {
    if (block === this.#at) return work();
    const home = this.#at;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#away = promise;
    try {
      await this.moveTo(block);
      try {
        return await work();
      } finally {
        await this.moveTo(home);
      }
    } finally {
      this.#away = undefined;
      resolve();
    }
  }

  /** Begins a read of the engine when the state is that of the head. */
  async whenHome<T>(read: () => Promise<T>): Promise<T> {
    while (this.#away !== undefined) await this.#away;
    return read();
  }
}
