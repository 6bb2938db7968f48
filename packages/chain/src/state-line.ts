// Where on the tree of blocks the engine's state stands, and how it goes to another place: by undo records, one a block
// and one for each change from outside of any block.

import type { BlockResult, EditResult, Engine, StateEdit } from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockTree } from "./block-tree.ts";
import { HistoryGoneError } from "./errors.ts";
import { DecodedRecords, type OldValues } from "./history.ts";
import type { StepArchive } from "./step-archive.ts";

/** A change of the state that can be taken back and done again. */
interface Step {
  /**
   * What `engine.revert` takes: while the state stands behind the step the record that takes it back, otherwise the one
   * that does it again.
   */
  record: Uint8Array;
  /** What it changed, as the archive takes it; where there is none, or where it has it already, undefined. */
  changes?: Uint8Array | undefined;
  /** The record that did the step again when it was done last; only as long as somebody may ask for `changes`. */
  redo?: Uint8Array | undefined;
}

/** What has led from a block's parent to the block, changes from outside on top of the parent first. */
export interface StoredSteps {
  undo: Uint8Array[];
  changes: Uint8Array[];
}

/** A block's own step, and those of the changes that were made on top of it from outside. */
interface Steps {
  block: Step;
  edits: Step[];
}

/** The state behind a block, to be changed at will: all of it is taken back. */
export interface LentState {
  /** Changes accounts. @throws InvalidArgumentError naming the first field that is wrong */
  edit(edits: Iterable<StateEdit>): Promise<void>;
  /** Applies a block that was executed on the engine. */
  commit(result: BlockResult): Promise<void>;
  /** Does again what a record of `recordOf` did. */
  redo(record: Uint8Array): Promise<void>;
}

export class StateLine {
  readonly #engine: Engine;
  readonly #tree: BlockTree;
  /** Blocks whose records are kept; most of the oldest are the first to go. */
  readonly #kept: number;
  readonly #archive: StepArchive | undefined;
  readonly #decoded = new DecodedRecords();
  readonly #steps = new Map<BlockEntry, Steps>();
  readonly #genesisEdits: Step[];
  #at: BlockEntry;
  #version = 0;
  /** Settles when the state is back where the head is. */
  #away: Promise<void> | undefined;

  /** `kept` blocks' records are held here; what is older is asked of the archive, where there is one. */
  constructor(engine: Engine, tree: BlockTree, kept: number, archive?: StepArchive) {
    this.#engine = engine;
    this.#tree = tree;
    this.#kept = kept;
    this.#archive = archive;
    this.#at = tree.head;
    this.#genesisEdits = archivedEdits(archive, tree.genesis);
  }

  /** The block behind which the state stands. */
  get at(): BlockEntry {
    return this.#at;
  }

  /** Whether the state stands elsewhere for a while. */
  get isAway(): boolean {
    return this.#away !== undefined;
  }

  /** Becomes another one when what is the state behind a block may have become another one. */
  get version(): number {
    return this.#version;
  }

  /** Changes from outside that were made on top of a block. */
  editsOn(block: BlockEntry): readonly Step[] {
    return block === this.#tree.genesis ? this.#genesisEdits : (this.#stepsBehind(block)?.edits ?? []);
  }

  /** The steps of a block, from the archive where they are not held any more. */
  #stepsBehind(block: BlockEntry): Steps | undefined {
    const found = this.#steps.get(block);
    if (found !== undefined || this.#archive === undefined) return found;
    const own = this.#archive.undo(block)?.at(-1);
    if (own === undefined) return undefined;
    const steps = { block: { record: own }, edits: archivedEdits(this.#archive, block) };
    this.#steps.set(block, steps);
    return steps;
  }

  /**
   * Values that were overwritten between the state behind `block`, which the state's own line must hold, and the state as
   * it is; what was overwritten first comes first.
   * @throws HistoryGoneError
   */
  valuesSince(block: BlockEntry): OldValues[] {
    const archive = this.#archive;
    const next = archive && this.#tree.store.byNumber(block.number + 1n);
    if (archive === undefined || next === undefined || this.#steps.has(next)) {
      const { down } = this.#tree.path(this.#at, block);
      this.#demand(down);
      return down.toReversed().flatMap((one) => this.#decodedSteps(this.#stepsOf(one)));
    }
    // What was changed from outside on top of the block belongs to its state: the archive counts it to the next one.
    this.#demand([next]);
    const { block: own } = this.#stepsBehind(next)!;
    return [
      ...this.#decodedSteps([own]),
      archive.valuesSince(next.number),
      ...this.#decodedSteps(this.editsOn(this.#at)),
    ];
  }

  #decodedSteps(steps: readonly Step[]): OldValues[] {
    return steps.map(({ record }) => this.#decoded.get(record));
  }

  /** Undo records of all that happened since genesis, oldest first. @throws HistoryGoneError */
  allRecords(): Uint8Array[] {
    const records = this.#genesisEdits.map(({ record }) => record);
    for (const block of this.#tree.path(this.#at, this.#tree.genesis).down.toReversed()) {
      const steps = this.#steps.get(block);
      const stored = steps === undefined ? this.#archive?.undo(block) : undefined;
      if (stored !== undefined) records.push(...stored);
      else {
        this.#demand([block]);
        records.push(...this.#stepsOf(block).map(({ record }) => record));
      }
    }
    return records;
  }

  /** Applies the block that was executed after the one behind which the state stands. */
  async commit(block: BlockEntry, result: BlockResult): Promise<void> {
    const record = result.undo();
    const changes = this.#archive?.changesOf(result);
    await result.commit();
    this.#steps.set(block, { block: { record, changes }, edits: [] });
    this.#at = block;
    this.#forgetOld();
  }

  /**
   * Changes the state from outside; it is a part of what is behind the block from now on. `changes` is what the archive is
   * told of it.
   */
  async edit(edits: Iterable<StateEdit>, changes?: () => Uint8Array): Promise<EditResult> {
    const result = await this.#engine.edit(edits);
    const steps = this.editsOn(this.#at) as Step[];
    steps.push({ record: result.undo, changes: changes?.() });
    this.#version++;
    return result;
  }

  /** What was changed from outside on top of a block, for the archive; `moveKnowing` has been there. */
  changesOn(block: BlockEntry): Uint8Array[] {
    return this.editsOn(block).map(({ changes }) => changes!);
  }

  /** What has led to `block`, behind which the state stands or has stood on its way here, for the archive. */
  storedSteps(block: BlockEntry): StoredSteps {
    const { block: own } = this.#steps.get(block)!;
    const steps = [...this.editsOn(this.#tree.parent(block)!), own];
    const stored = {
      undo: steps.map(({ record }) => record),
      changes: steps.map(({ changes }) => changes!),
    };
    // The archive has it now.
    own.changes = undefined;
    return stored;
  }

  /**
   * Sees to it that the changes of all steps between `base`, where the state must stand, and `target` are known, and goes
   * there.
   */
  async moveKnowing(base: BlockEntry, target: BlockEntry): Promise<void> {
    if (this.#archive === undefined) return this.moveTo(target);
    await this.#learn(this.editsOn(base), true);
    if (target === base) return;
    const { up } = this.#tree.path(base, target);
    for (const block of up) for (const step of this.#stepsOf(block)) step.redo = step.record;
    await this.moveTo(target);
    for (const block of up) await this.#learn(this.#stepsOf(block), false);
  }

  /** Steps whose changes are not known tell them when they are taken back (`turns`), or from how they were done again. */
  async #learn(steps: readonly Step[], turns: boolean): Promise<void> {
    if (turns && steps.some(({ changes }) => changes === undefined)) {
      for (const step of steps.toReversed()) {
        await this.#turn(step);
        step.redo = step.record;
      }
      for (const step of steps) await this.#turn(step);
    }
    for (const step of steps) {
      step.changes ??= await this.#archive!.changesOfRecord(step.redo!);
      step.redo = undefined;
    }
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

  /** Whether records of no more than so many bytes lead back to a block; they are held here. */
  isNear(block: BlockEntry, bytes: number): boolean {
    let size = 0;
    let at = this.#at;
    while (at !== block) {
      const steps = this.#steps.get(at);
      if (steps === undefined || at.number <= block.number) return false;
      for (const { record } of [steps.block, ...steps.edits]) size += record.length;
      if (size > bytes) return false;
      at = this.#tree.demand(at.header.parentHash);
    }
    return true;
  }

  /** Takes a step back, or does it again. */
  async #turn(step: Step): Promise<void> {
    const { undo } = await this.#engine.revert(step.record);
    step.record = undo;
  }

  #stepsOf(block: BlockEntry): Step[] {
    const { block: own, edits } = this.#stepsBehind(block)!;
    return [own, ...edits];
  }

  /** @throws HistoryGoneError */
  #demand(blocks: readonly BlockEntry[]): void {
    for (const block of blocks) {
      if (this.#stepsBehind(block) === undefined)
        throw new HistoryGoneError(block.number - 1n, this.#oldest());
    }
  }

  /** The oldest block that can be gone to. */
  #oldest(): bigint {
    if (this.#archive !== undefined) return this.#archive.oldest;
    let oldest = this.#at;
    for (; this.#steps.has(oldest); oldest = this.#tree.demand(oldest.header.parentHash));
    return oldest.number;
  }

  #forgetOld(): void {
    // On the way back home all are needed.
    if (this.#steps.size <= this.#kept || this.#away !== undefined) return;
    for (const block of this.#steps.keys()) {
      if (this.#steps.size <= this.#kept || block.number >= this.#at.number) return;
      this.#steps.delete(block);
    }
  }

  /** Does something with the state behind `block`, and goes back to where it stood; what is committed on top stays known. */
  async standingAt<T>(block: BlockEntry, work: () => Promise<T>): Promise<T> {
    if (block === this.#at) return work();
    const home = this.#at;
    // Behind each block the state is the same afterwards.
    const version = this.#version;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#away = promise;
    try {
      await this.moveTo(block);
      try {
        return await work();
      } finally {
        await this.moveTo(home);
        this.#version = version;
      }
    } finally {
      this.#away = undefined;
      resolve();
    }
  }

  /** The record that does a block again which was executed where the state stands and is not to be kept. */
  async recordOf(result: BlockResult): Promise<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#away = promise;
    try {
      const undo = result.undo();
      await result.commit();
      return (await this.#engine.revert(undo)).undo;
    } finally {
      this.#away = undefined;
      resolve();
    }
  }

  /** Lends the state behind `block`; what `work` does to it is taken back, whatever it throws, and so is the way there. */
  async lend<T>(block: BlockEntry, work: (state: LentState, engine: Engine) => Promise<T>): Promise<T> {
    const home = this.#at;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#away = promise;
    const undos: Uint8Array[] = [];
    const state: LentState = {
      edit: async (edits) => {
        undos.push((await this.#engine.edit(edits)).undo);
      },
      commit: async (result) => {
        const undo = result.undo();
        await result.commit();
        undos.push(undo);
      },
      redo: async (record) => {
        undos.push((await this.#engine.revert(record)).undo);
      },
    };
    try {
      await this.moveTo(block);
      try {
        return await work(state, this.#engine);
      } finally {
        for (const undo of undos.reverse()) await this.#engine.revert(undo);
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

/** What was changed from outside on top of a block of the main line, as far as a block after it is in the archive. */
function archivedEdits(archive: StepArchive | undefined, block: BlockEntry): Step[] {
  return (
    archive
      ?.undo(block, 1n)
      ?.slice(0, -1)
      .map((record) => ({ record })) ?? []
  );
}
