// Numbers by 32-byte hashes that stand elsewhere: 11 to 22 bytes an entry.

import { randomBytes } from "node:crypto";

/** Finds which number has a hash. The hashes themselves are read by `hashOf`. */
export class HashIndex {
  private readonly hashOf: (id: number) => Uint8Array;
  /** Pairs of id + 1 and a mix of the hash, in open addressing; id + 1 = 0: free. */
  private table = new Uint32Array(512);
  private count = 0;
  /** Who chooses hashes cannot choose where they go. */
  private readonly seed = randomBytes(4).readUInt32LE(0);

  /** `hashOf` reads the hash of a number that was added. */
  constructor(hashOf: (id: number) => Uint8Array) {
    this.hashOf = hashOf;
  }

  private mix(hash: Uint8Array): number {
    let h = this.seed;
    for (let i = 0; i < 16; i += 4) {
      const word = hash[i]! | (hash[i + 1]! << 8) | (hash[i + 2]! << 16) | (hash[i + 3]! << 24);
      h = Math.imul(h ^ word, 0x85ebca6b);
      h ^= h >>> 13;
    }
    return h >>> 0;
  }

  /** Where the hash stands, or would. Only one whose mix is the same is read. */
  private slot(hash: Uint8Array, mixed: number): number {
    const { table } = this;
    const mask = table.length - 1;
    for (let at = (mixed * 2) & mask; ; at = (at + 2) & mask) {
      const entry = table[at]!;
      if (entry === 0) return at;
      if (table[at + 1] === mixed && Buffer.compare(this.hashOf(entry - 1), hash) === 0) return at;
    }
  }

  /** The number last set for the hash. */
  get(hash: Uint8Array): number | undefined {
    const entry = this.table[this.slot(hash, this.mix(hash))]!;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Sets the number of a hash, which `hashOf` tells from now on. */
  set(hash: Uint8Array, id: number): void {
    // Two words an entry: three quarters full.
    if (this.count * 8 >= this.table.length * 3) this.grow();
    const mixed = this.mix(hash);
    const at = this.slot(hash, mixed);
    if (this.table[at] === 0) this.count++;
    this.table[at] = id + 1;
    this.table[at + 1] = mixed;
  }

  private grow(): void {
    const old = this.table;
    const table = new Uint32Array(old.length * 2);
    const mask = table.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === 0) continue;
      let at = (old[from + 1]! * 2) & mask;
      while (table[at] !== 0) at = (at + 2) & mask;
      table[at] = old[from]!;
      table[at + 1] = old[from + 1]!;
    }
    this.table = table;
  }

  /** Removes a number, whose hash `hashOf` must still tell; not where another number has taken the hash over. */
  remove(hash: Uint8Array, id: number): void {
    const { table } = this;
    const mask = table.length - 1;
    let hole = this.slot(hash, this.mix(hash));
    if (table[hole] !== id + 1) return;
    table[hole] = 0;
    this.count--;
    // What stands behind may have come there only because the place was taken.
    for (let at = (hole + 2) & mask; table[at] !== 0; at = (at + 2) & mask) {
      const home = (table[at + 1]! * 2) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = table[at]!;
      table[hole + 1] = table[at + 1]!;
      table[at] = 0;
      hole = at;
    }
  }
}

/** A set of 32-byte hashes. */
export class HashSet {
  private hashes = Buffer.alloc(32 * 256);
  private count = 0;
  private readonly index = new HashIndex((id) => this.hashes.subarray(id * 32, id * 32 + 32));

  has(hash: Uint8Array): boolean {
    return this.index.get(hash) !== undefined;
  }

  /** @returns whether it was not in the set */
  add(hash: Uint8Array): boolean {
    if (this.has(hash)) return false;
    if ((this.count + 1) * 32 > this.hashes.length) {
      this.hashes = Buffer.concat([this.hashes, Buffer.alloc(this.hashes.length)]);
    }
    this.hashes.set(hash, this.count * 32);
    this.index.set(hash, this.count++);
    return true;
  }
}
