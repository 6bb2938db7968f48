// A state source for states of gigabytes: records one behind the other in large buffers, found by a hash table of
// 32-bit positions. Small on the heap whatever its size.

import type { Hex, MaybePromise, SourceAccount, SourceCommit, StateSource } from "../../src/index.ts";

const SEGMENT = 1 << 26;
/** Positions count units of 8 bytes. */
const UNIT = 8;

/** Bytes by key; what is overwritten by something longer stays where it is, unused. */
class CompactMap {
  private readonly segments: Uint8Array[] = [];
  private index = new Uint32Array(1 << 16);
  private used = UNIT;
  size = 0;

  /** Bytes of keys and values that were written. */
  get bytes(): number {
    return this.used;
  }

  private hash(key: Uint8Array): number {
    let h = 0x811c9dc5 ^ key.length;
    for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key[i]!, 0x01000193);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return (h ^ (h >>> 13)) >>> 0;
  }

  private at(position: number): [Uint8Array, number] {
    const place = position * UNIT;
    return [this.segments[Math.floor(place / SEGMENT)]!, place % SEGMENT];
  }

  private slot(key: Uint8Array): number {
    const mask = this.index.length - 1;
    for (let slot = this.hash(key) & mask; ; slot = (slot + 1) & mask) {
      const position = this.index[slot]!;
      if (position === 0) return slot;
      const [segment, at] = this.at(position);
      if (segment[at] !== key.length) continue;
      let i = 0;
      while (i < key.length && segment[at + 4 + i] === key[i]) i++;
      if (i === key.length) return slot;
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const position = this.index[this.slot(key)]!;
    if (position === 0) return undefined;
    const [segment, at] = this.at(position);
    const length = segment[at + 1]! | (segment[at + 2]! << 8) | (segment[at + 3]! << 16);
    const from = at + 4 + key.length;
    return segment.subarray(from, from + length);
  }

  set(key: Uint8Array, value: Uint8Array): void {
    const slot = this.slot(key);
    const old = this.index[slot]!;
    if (old !== 0) {
      const [segment, at] = this.at(old);
      const length = segment[at + 1]! | (segment[at + 2]! << 8) | (segment[at + 3]! << 16);
      if (length === value.length) {
        segment.set(value, at + 4 + key.length);
        return;
      }
    }
    const size = (4 + key.length + value.length + UNIT - 1) & -UNIT;
    let place = this.used;
    if (Math.floor(place / SEGMENT) !== Math.floor((place + size - 1) / SEGMENT)) {
      place = Math.ceil(place / SEGMENT) * SEGMENT;
    }
    while (this.segments.length * SEGMENT < place + size) this.segments.push(new Uint8Array(SEGMENT));
    this.used = place + size;
    const [segment, at] = this.at(place / UNIT);
    segment[at] = key.length;
    segment[at + 1] = value.length;
    segment[at + 2] = value.length >> 8;
    segment[at + 3] = value.length >> 16;
    segment.set(key, at + 4);
    segment.set(value, at + 4 + key.length);
    this.index[slot] = place / UNIT;
    if (old === 0 && ++this.size * 2 > this.index.length) this.grow();
  }

  private grow(): void {
    const old = this.index;
    this.index = new Uint32Array(old.length * 2);
    for (const position of old) {
      if (position === 0) continue;
      const [segment, at] = this.at(position);
      this.index[this.slot(segment.subarray(at + 4, at + 4 + segment[at]!))] = position;
    }
  }
}

const bytes = (hex: Hex) => Buffer.from(hex.slice(2), "hex");
const hex = (of: Uint8Array): Hex => `0x${Buffer.from(of.buffer, of.byteOffset, of.length).toString("hex")}`;
const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const ABSENT = new Uint8Array(0);

/** Keeps what blocks change. */
export class CompactSource implements StateSource {
  private readonly accounts = new CompactMap();
  private readonly slots = new CompactMap();
  private readonly codes = new CompactMap();
  private readonly nodes = new CompactMap();
  reads = 0;

  /** Bytes of the accounts, slots and codes; old trie nodes are never taken away, so they are not counted. */
  get flatBytes(): number {
    return this.accounts.bytes + this.slots.bytes + this.codes.bytes;
  }

  get nodeBytes(): number {
    return this.nodes.bytes;
  }

  get entries(): number {
    return this.accounts.size + this.slots.size;
  }

  account(address: Hex): MaybePromise<SourceAccount | undefined> {
    this.reads++;
    const record = this.accounts.get(bytes(address));
    if (record === undefined || record.length === 0) return undefined;
    const view = Buffer.from(record.buffer, record.byteOffset, record.length);
    return {
      nonce: view.readBigUInt64LE(0),
      balance: BigInt(hex(record.subarray(8, 40))),
      codeHash: record[40] === 0 ? undefined : hex(record.subarray(42, 74)),
      storageRoot: record[41] === 0 ? undefined : hex(record.subarray(record.length - 32)),
    };
  }

  storage(address: Hex, key: Hex): MaybePromise<bigint> {
    this.reads++;
    const value = this.slots.get(Buffer.concat([bytes(address), bytes(key)]));
    return value === undefined ? 0n : BigInt(hex(value));
  }

  code(hash: Hex): MaybePromise<Uint8Array> {
    this.reads++;
    return this.codes.get(bytes(hash))!.slice();
  }

  node(hash: Hex): MaybePromise<Uint8Array | undefined> {
    this.reads++;
    return this.nodes.get(bytes(hash))?.slice();
  }

  /** No block of the tests that use it wipes a storage. */
  commit({ changes, codes, nodes }: SourceCommit): void {
    for (const { address, account, storageWiped, storage } of changes) {
      if (storageWiped) throw new Error("this source forgets no storage");
      const key = bytes(address);
      if (account === null) {
        this.accounts.set(key, ABSENT);
        continue;
      }
      const { nonce, balance, codeHash, storageRoot } = account;
      const head = Buffer.alloc(42);
      head.writeBigUInt64LE(nonce, 0);
      head.set(word(balance), 8);
      head[40] = codeHash === undefined ? 0 : 1;
      head[41] = storageRoot === undefined ? 0 : 1;
      const parts: Uint8Array[] = [head];
      if (codeHash !== undefined) parts.push(bytes(codeHash));
      if (storageRoot !== undefined) parts.push(bytes(storageRoot));
      this.accounts.set(key, Buffer.concat(parts));
      for (const [slot, value] of storage) this.slots.set(Buffer.concat([key, bytes(slot)]), word(value));
    }
    for (const [hash, code] of codes) this.codes.set(bytes(hash), code);
    for (const [hash, rlp] of nodes) this.nodes.set(hash, rlp);
  }
}
