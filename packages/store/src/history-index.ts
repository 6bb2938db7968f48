// What the blocks in memory overwrote, by location: built from their undo records when history is first asked for.

import { decodeUndo, EMPTY_CODE_HASH } from "@heddle/engine";
import { encodeAccount } from "./account-record.ts";
import { ByteArena, NumberList } from "./byte-arena.ts";
import { quantityBytes } from "./bytes.ts";
import { locationKey } from "./database.ts";

/** One value that a block overwrote. Locations are an address, or an address and a slot's key. */
export interface OldValue {
  location: Uint8Array;
  /** As the database has it: an account record, or a number. */
  value: Uint8Array;
}

/**
 * What was there before the first of these undo records, each location once. They are given oldest first, as the changes of one
 * block and of what came between it and its parent.
 */
export function* oldValues(undo: readonly Uint8Array[]): Generator<OldValue> {
  const seen = undo.length > 1 ? new Set<string>() : undefined;
  const isNew = (location: Buffer): boolean => {
    if (seen === undefined) return true;
    const name = location.toString("latin1");
    return !seen.has(name) && seen.add(name) !== undefined;
  };
  for (const record of undo) {
    for (const { address, account, storage } of decodeUndo(record)) {
      const location = locationKey(address);
      if (isNew(location)) {
        const codeHash = account?.codeHash === EMPTY_CODE_HASH ? undefined : account?.codeHash;
        yield { location, value: encodeAccount(account && { ...account, codeHash }) };
      }
      for (const [key, value] of storage) {
        const slot = locationKey(address, key);
        if (isNew(slot)) yield { location: slot, value: quantityBytes(value) };
      }
    }
  }
}

const NONE = 0;

/** Old values of consecutive blocks, found by location. */
export class HistoryIndex {
  /** Location and value of every entry, with their lengths before them. */
  private readonly arena = new ByteArena();
  private readonly positions = new NumberList();
  private readonly blocks = new NumberList();
  /** Entry before this one in its bucket, plus 1. */
  private readonly earlier = new NumberList();
  /** Newest entry of each bucket, plus 1. */
  private buckets = new Uint32Array(1024);

  private bucket(location: Uint8Array): number {
    let h = 0x811c9dc5;
    for (let i = 0; i < location.length; i++) h = Math.imul(h ^ location[i]!, 0x01000193);
    h ^= h >>> 15;
    return (h >>> 0) & (this.buckets.length - 1);
  }

  private entry(index: number): OldValue {
    const position = this.positions.at(index);
    const [locationLength, valueLength] = this.arena.read(position, 2);
    return {
      location: this.arena.read(position + 2, locationLength!),
      value: this.arena.read(position + 2 + locationLength!, valueLength!),
    };
  }

  /** Adds what the block behind those before overwrote. */
  add(block: bigint, undo: readonly Uint8Array[]): void {
    for (const { location, value } of oldValues(undo)) {
      if (this.positions.length >= this.buckets.length) this.grow();
      this.positions.push(this.arena.append(Uint8Array.of(location.length, value.length), location, value));
      this.blocks.push(Number(block));
      const bucket = this.bucket(location);
      this.earlier.push(this.buckets[bucket]!);
      this.buckets[bucket] = this.positions.length;
    }
  }

  private grow(): void {
    this.buckets = new Uint32Array(this.buckets.length * 4);
    const count = this.earlier.length;
    this.earlier.length = 0;
    for (let i = 0; i < count; i++) {
      const bucket = this.bucket(this.entry(i).location);
      this.earlier.push(this.buckets[bucket]!);
      this.buckets[bucket] = i + 1;
    }
  }

  /** Removes what blocks above `block` overwrote. */
  removeAbove(block: bigint): void {
    const keep = Number(block);
    const before = this.positions.length;
    let length = before;
    for (; length > 0 && this.blocks.at(length - 1) > keep; length--) {
      this.buckets[this.bucket(this.entry(length - 1).location)] = this.earlier.at(length - 1);
    }
    if (length < before) this.arena.truncate(this.positions.at(length));
    for (const list of [this.positions, this.blocks, this.earlier]) list.length = length;
  }

  /** The value after `block`, where a later block has overwritten it. */
  valueAt(location: Uint8Array, block: bigint): Uint8Array | undefined {
    const after = Number(block);
    let found: Uint8Array | undefined;
    for (let next = this.buckets[this.bucket(location)]!; next !== NONE; next = this.earlier.at(next - 1)) {
      if (this.blocks.at(next - 1) <= after) break;
      const entry = this.entry(next - 1);
      if (Buffer.compare(entry.location, location) === 0) found = entry.value;
    }
    return found;
  }
}
