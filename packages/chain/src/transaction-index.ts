// Where a transaction stands, by its hash, in 16 bytes each: open addressing over half of each hash's first bytes. The
// whole hash is compared with the block's own list, so that a chosen hash can mislead nobody.

/** Number and position of a transaction. */
export interface TransactionPlace {
  block: number;
  index: number;
}

const WORDS = 4;
const EMPTY = 0;
const FIRST_CAPACITY = 1024;

/**
 * Holds (64 bits of hash, block, index). Entries are never taken out: `isThere` says whether what an entry tells still
 * holds, and those that do not are left behind when the table grows.
 */
export class TransactionIndex {
  /** Two words of the hash, the block's number plus one, the position. */
  #table = new Uint32Array(FIRST_CAPACITY * WORDS);
  #count = 0;
  readonly #isThere: (hash: Uint8Array | undefined, place: TransactionPlace) => boolean;

  /** `isThere` tells whether the chain has a transaction at the place, and with that hash where one is given. */
  constructor(isThere: (hash: Uint8Array | undefined, place: TransactionPlace) => boolean) {
    this.#isThere = isThere;
  }

  /** Entries, those included that do not hold any more. */
  get length(): number {
    return this.#count;
  }

  /** Adds the transactions of a block; `hashes` are 32 bytes each. */
  add(block: number, hashes: Uint8Array): void {
    const count = hashes.length / 32;
    this.#reserve(count);
    const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.length);
    for (let i = 0; i < count; i++) {
      this.#put(view.getUint32(i * 32, true), view.getUint32(i * 32 + 4, true), block + 1, i);
    }
  }

  find(hash: Uint8Array): TransactionPlace | undefined {
    const view = new DataView(hash.buffer, hash.byteOffset, hash.length);
    const first = view.getUint32(0, true);
    const second = view.getUint32(4, true);
    const table = this.#table;
    const mask = table.length / WORDS - 1;
    for (let slot = first & mask; table[slot * WORDS + 2] !== EMPTY; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (table[at] !== first || table[at + 1] !== second) continue;
      const place = { block: table[at + 2]! - 1, index: table[at + 3]! };
      if (this.#isThere(hash, place)) return place;
    }
    return undefined;
  }

  #put(first: number, second: number, block: number, index: number): void {
    const table = this.#table;
    const mask = table.length / WORDS - 1;
    let slot = first & mask;
    while (table[slot * WORDS + 2] !== EMPTY) slot = (slot + 1) & mask;
    const at = slot * WORDS;
    table[at] = first;
    table[at + 1] = second;
    table[at + 2] = block;
    table[at + 3] = index;
    this.#count++;
  }

  /** Makes room: at most half of the table is taken. */
  #reserve(more: number): void {
    let capacity = this.#table.length / WORDS;
    if ((this.#count + more) * 2 <= capacity) return;
    while ((this.#count + more) * 2 > capacity) capacity *= 2;
    const old = this.#table;
    this.#table = new Uint32Array(capacity * WORDS);
    this.#count = 0;
    for (let at = 0; at < old.length; at += WORDS) {
      const block = old[at + 2]!;
      if (block === EMPTY) continue;
      if (!this.#isThere(undefined, { block: block - 1, index: old[at + 3]! })) continue;
      this.#put(old[at]!, old[at + 1]!, block, old[at + 3]!);
    }
  }
}
