// A state source that does not hold yet what the engine has written: one that takes blocks later (`checkpoint`), or never.
// What it lacks stays in the engine: records and trie nodes in the kernel's cache, which are not evicted, codes and the
// knowledge of wiped storages here.

import { DEFAULT_CONCURRENCY } from "./cold-reads.ts";
import { EMPTY_CODE_HASH } from "./empty.ts";
import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { MaybePromise, SourceAccount, StateSource } from "./state-source.ts";

/** From where on the cache must keep what was touched and made. */
export interface Unheld {
  /** Epoch of the first change that the source lacks. */
  epoch: number;
  /** Generation of the trie nodes that this change made. */
  generation: number;
}

interface Write extends Unheld {
  /** The block that was committed; undefined: an edit, which the next block's number stands for. */
  block: bigint | undefined;
}

export class LaggingSource implements StateSource {
  private readonly kernel: KernelInstance;
  private readonly source: StateSource;
  readonly commit?: NonNullable<StateSource["commit"]>;
  readonly node?: NonNullable<StateSource["node"]>;
  readonly listStorage?: NonNullable<StateSource["listStorage"]>;
  /** Changes that the source lacks, oldest first; only the first one where it says nothing of checkpoints. */
  private writes: Write[] = [];
  /** Epochs of the last changes that wiped a storage or brought a code. */
  private readonly wiped = new Map<Hex, number>();
  private readonly codes = new Map<Hex, { code: Uint8Array; epoch: number }>();

  constructor(kernel: KernelInstance, source: StateSource) {
    this.kernel = kernel;
    this.source = source;
    const [commit, node, list] = [source.commit, source.node, source.listStorage];
    if (commit !== undefined) this.commit = commit.bind(source);
    if (node !== undefined) this.node = node.bind(source);
    if (list !== undefined) {
      this.listStorage = (address) => (this.wiped.has(address) ? [] : list.call(source, address));
    }
  }

  /** A source's answers with what it lacks; the source itself where it takes every change at once. */
  static over(kernel: KernelInstance, source: StateSource): StateSource {
    const isCurrent = source.commit !== undefined && source.checkpoint === undefined;
    return isCurrent ? source : new LaggingSource(kernel, source);
  }

  get concurrency(): number {
    return this.source.concurrency ?? DEFAULT_CONCURRENCY;
  }

  account(address: Hex): MaybePromise<SourceAccount | undefined> {
    return this.source.account(address);
  }

  storage(address: Hex, key: Hex): MaybePromise<bigint> {
    return this.wiped.has(address) ? 0n : this.source.storage(address, key);
  }

  code(hash: Hex): MaybePromise<Uint8Array> {
    return this.codes.get(hash)?.code ?? this.source.code(hash);
  }

  /** The open change list is about to be committed: as block `block`, or as an edit. */
  noteWrite(block: bigint | undefined): void {
    const { kernel } = this;
    const { layout, exports } = kernel;
    const epoch = kernel.getU32(layout.CONTROL + layout.Control_epoch);
    if (this.source.checkpoint !== undefined || this.writes.length === 0) {
      this.writes.push({ block, epoch, generation: exports.trieGeneration() });
    }
    const list = layout.STATE_CONSTANTS;
    const accounts = kernel.getU32(list + layout.Changes_accounts);
    const count = kernel.getU32(list + layout.Changes_accountCount);
    for (let i = 0; i < count; i++) {
      const change = accounts + i * layout.AccountChange_size;
      const flags = kernel.getU32(change + layout.AccountChange_flags);
      if (flags !== 0) this.noteAccount(change, flags, epoch);
    }
  }

  private noteAccount(change: number, flags: number, epoch: number): void {
    const { kernel } = this;
    const { layout } = kernel;
    if ((flags & layout.CHANGE_STORAGE_WIPED) !== 0) {
      const record = kernel.getU32(change + layout.AccountChange_record);
      this.wiped.set(toHex(kernel.wordBytes(record + layout.AccountRecord_address, 20)), epoch);
    }
    const code = kernel.getU32(change + layout.AccountChange_code);
    if ((flags & layout.CHANGE_CODE) === 0 || code === 0) return;
    const hash = toHex(kernel.copy(change + layout.AccountChange_codeHash, 32));
    const length = kernel.getU32(code + layout.Code_length);
    if (hash !== EMPTY_CODE_HASH) {
      this.codes.set(hash, { code: kernel.copy(kernel.getU32(code + layout.Code_bytes), length), epoch });
    }
  }

  /** What the source lacks now; undefined where it holds everything. */
  unheld(): Unheld | undefined {
    const checkpoint = this.source.checkpoint?.();
    if (checkpoint !== undefined) {
      // A block that took the place of another one is the later of the two.
      const held = this.writes.findLastIndex(({ block }) => block !== undefined && block <= checkpoint);
      if (held >= 0) this.forget(held + 1);
    }
    return this.writes[0];
  }

  /** The source holds the first `count` changes. */
  private forget(count: number): void {
    const last = this.writes[count - 1]!.epoch;
    this.writes = this.writes.slice(count);
    for (const [address, epoch] of this.wiped) if (epoch <= last) this.wiped.delete(address);
    for (const [hash, { epoch }] of this.codes) if (epoch <= last) this.codes.delete(hash);
  }
}
