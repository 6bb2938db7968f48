// Numbers by 32-byte hashes that stand elsewhere: four to eight bytes an entry.

import { randomBytes } from "node:crypto";

/** Finds which number has a hash. The hashes themselves are read by `hashOf`. */
export class HashIndex {
  private readonly hashOf: (id: number) => Uint8Array;
  /** Ids + 1 in open addressing; 0 = free. */
  private table = new Uint32Array(256);
  private count = 0;
  /** Who chooses hashes cannot choose where they go. */
  private readonly seed = randomBytes(4).readUInt32LE(0);

  /** `hashOf` reads the hash of a number that was added. */
  constructor(hashOf: (id: number) => Uint8Array) {
    this.hashOf = hashOf;
  }

  private home(hash: Uint8Array): number {
    let h = this.seed;
    for (let i = 0; i < 16; i += 4) {
      const word = hash[i]! | (hash[i + 1]! << 8) | (hash[i + 2]! << 16) | (hash[i + 3]! << 24);
      h = Math.imul(h ^ word, 0x85ebca6b);
      h ^= h >>> 13;
    }
    return (h >>> 0) & (this.table.length - 1);
  }

  private slot(hash: Uint8Array): number {
    const mask = this.table.length - 1;
    for (let at = this.home(hash); ; at = (at + 1) & mask) {
      const entry = this.table[at]!;
      if (entry === 0 || Buffer.compare(this.hashOf(entry - 1), hash) === 0) return at;
    }
  }

  /** The number last set for the hash. */
  get(hash: Uint8Array): number | undefined {
    const entry = this.table[this.slot(hash)]!;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Sets the number of its hash, which `hashOf` must tell already. */
  set(id: number): void {
    if (this.count * 2 >= this.table.length) this.grow();
    const at = this.slot(this.hashOf(id));
    if (this.table[at] === 0) this.count++;
    this.table[at] = id + 1;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(old.length * 2);
    for (const entry of old) if (entry !== 0) this.table[this.slot(this.hashOf(entry - 1))] = entry;
  }

  /** Removes a number, whose hash `hashOf` must still tell. */
  remove(id: number): void {
    const mask = this.table.length - 1;
    let hole = this.slot(this.hashOf(id));
    if (this.table[hole] !== id + 1) return;
    this.table[hole] = 0;
    this.count--;
    // What stands behind may have come there only because the place was taken.
    for (let at = (hole + 1) & mask; this.table[at] !== 0; at = (at + 1) & mask) {
      const home = this.home(this.hashOf(this.table[at]! - 1));
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.table[hole] = this.table[at]!;
      this.table[at] = 0;
      hole = at;
    }
  }
}

/** A set of 32-byte hashes, in 36 to 48 bytes each. */
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
    this.index.set(this.count++);
    return true;
  }
}
