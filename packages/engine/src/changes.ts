// What a block changed in the state, read from the kernel's change list when it is asked for.

import { type Hex, toHex } from "./hex.ts";
import { type ResultMemory, writtenPieces } from "./result-memory.ts";

/** One account that a block changed, as it is after the block. */
export interface AccountChange {
  address: Hex;
  /** The account is not in the state any more; the fields below are those of no account. */
  deleted: boolean;
  nonce: bigint;
  balance: bigint;
  codeHash: Hex;
  /** The code, where the block changed it. */
  code: Uint8Array | undefined;
  /** The storage was emptied in the block; `storage` is what was written after that. */
  storageWiped: boolean;
  /** Root of the storage trie after the block; undefined where no state root was computed, or after the commit. */
  storageRoot: Hex | undefined;
  /** Changed slots, by key; 0 = not set any more. */
  storage: [key: Hex, value: bigint][];
}

/** A block's changes, accounts by address: each is decoded when it is read. */
export class Changes implements Iterable<AccountChange> {
  private readonly memory: ResultMemory;
  private readonly accounts: number;
  /** Changed accounts. */
  readonly length: number;
  private hasRoots: boolean;
  private kept: AccountChange[] | undefined;
  private packed: Uint8Array | undefined;

  constructor(memory: ResultMemory, hasRoots: boolean) {
    this.hasRoots = hasRoots;
    this.memory = memory;
    const { kernel } = memory;
    const { layout } = kernel;
    this.accounts = kernel.getU32(layout.STATE_CONSTANTS + layout.Changes_accounts);
    this.length = kernel.getU32(layout.STATE_CONSTANTS + layout.Changes_accountCount);
  }

  at(index: number): AccountChange {
    if (this.kept !== undefined) return this.kept[index]!;
    if (!(index >= 0 && index < this.length)) throw new RangeError(`change ${index} of ${this.length}`);
    const kernel = this.memory.read();
    const { layout } = kernel;
    const change = this.accounts + index * layout.AccountChange_size;
    const record = kernel.getU32(change + layout.AccountChange_record);
    const flags = kernel.getU32(change + layout.AccountChange_flags);
    const codeAt = kernel.getU32(change + layout.AccountChange_code);
    let code: Uint8Array | undefined;
    if (flags & layout.CHANGE_CODE) {
      code =
        codeAt === 0
          ? new Uint8Array(0)
          : kernel.copy(
              kernel.getU32(codeAt + layout.Code_bytes),
              kernel.getU32(codeAt + layout.Code_length),
            );
    }
    const slots = kernel.getU32(change + layout.AccountChange_slots);
    const count = kernel.getU32(change + layout.AccountChange_slotCount);
    return {
      address: toHex(kernel.wordBytes(record + layout.AccountRecord_address, 20)),
      deleted: (flags & layout.CHANGE_DELETED) !== 0,
      nonce: kernel.getU64(change + layout.AccountChange_nonce),
      balance: kernel.getWord(change + layout.AccountChange_balance),
      codeHash: toHex(kernel.copy(change + layout.AccountChange_codeHash, 32)),
      code,
      storageWiped: (flags & layout.CHANGE_STORAGE_WIPED) !== 0,
      storageRoot: this.hasRoots
        ? toHex(kernel.copy(kernel.exports.stateRootOfStorage(index), 32))
        : undefined,
      storage: Array.from({ length: count }, (_, i) => {
        const slot = slots + i * layout.SlotChange_size;
        const slotRecord = kernel.getU32(slot + layout.SlotChange_record);
        return [
          toHex(kernel.wordBytes(slotRecord + layout.SlotRecord_key, 32)),
          kernel.getWord(slot + layout.SlotChange_value),
        ];
      }),
    };
  }

  *[Symbol.iterator](): Iterator<AccountChange> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /** The trie's own list is gone once the block is committed or discarded. */
  forgetRoots(): void {
    this.hasRoots = false;
  }

  /**
   * All changes as one run of bytes, for a store: the cheapest way to keep those of a large block. The form is described in
   * packages/kernel/assembly/state/change-record.ts; `decodeEdits` of @heddle/store reads it.
   */
  pack(): Uint8Array {
    if (this.packed !== undefined) return this.packed;
    const kernel = this.memory.read();
    kernel.exports.changesBegin();
    this.packed = new Uint8Array(Buffer.concat([...writtenPieces(kernel, kernel.exports.changesWrite)]));
    return this.packed;
  }

  /** Copies everything out of the kernel's memory. */
  retain(): void {
    this.pack();
    this.kept ??= [...this];
  }
}
