// The blocks that are known, and which of them are the head, the safe and the finalized one.

import type { Hex, MaybePromise } from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockStore } from "./block-store.ts";
import { UnknownBlockError } from "./errors.ts";

/** The names by which JSON-RPC refers to blocks; "pending" is not one that is kept. */
export type BlockTag = "latest" | "earliest" | "safe" | "finalized";

/** A block by its number, its hash or its name. */
export type BlockReference = bigint | number | Hex | BlockTag;

/** Hashes of blocks before the first one that is kept, by number, as far as they are known. */
export type OlderHashes = (number: bigint) => MaybePromise<Hex | undefined>;

const HASH_LENGTH = 66;

export class BlockTree {
  readonly store: BlockStore;
  readonly genesis: BlockEntry;
  head: BlockEntry;
  safe: BlockEntry;
  finalized: BlockEntry;
  readonly olderHash: OlderHashes;

  /** `genesis` is the first block that is kept. */
  constructor(store: BlockStore, genesis: BlockEntry, olderHash: OlderHashes = () => undefined) {
    this.store = store;
    this.olderHash = olderHash;
    this.genesis = genesis;
    this.head = genesis;
    this.safe = genesis;
    this.finalized = genesis;
    store.put(genesis);
    store.setMain(genesis.number, genesis.hash);
  }

  /** Hashes by number of `block` and the blocks before it, `count` at most. */
  hashes(block: BlockEntry, count: number): Map<bigint, Hex> {
    const hashes = new Map<bigint, Hex>();
    let at: BlockEntry | undefined = block;
    for (; at !== undefined && hashes.size < count && !this.isMain(at); at = this.parent(at)) {
      hashes.set(at.number, at.hash);
    }
    // The main line tells hashes without the blocks.
    for (let number = at?.number; number !== undefined && hashes.size < count; number--) {
      const hash = this.store.hashOf(number);
      if (hash === undefined) break;
      hashes.set(number, hash);
    }
    return hashes;
  }

  /** A block of the main line by number or name, or any block by hash. */
  block(reference: BlockReference): BlockEntry | undefined {
    switch (reference) {
      case "latest":
        return this.head;
      case "earliest":
        return this.genesis;
      case "safe":
        return this.safe;
      case "finalized":
        return this.finalized;
    }
    if (typeof reference === "string") {
      if (reference.length !== HASH_LENGTH) throw new UnknownBlockError(reference);
      return this.byHash(reference);
    }
    return this.store.byNumber(BigInt(reference));
  }

  /** The same. @throws UnknownBlockError where there is none */
  demand(reference: BlockReference): BlockEntry {
    const block = this.block(reference);
    if (block === undefined) throw new UnknownBlockError(reference);
    return block;
  }

  byHash(hash: Hex): BlockEntry | undefined {
    return this.store.byHash(hash.toLowerCase() as Hex);
  }

  /** The hash of the main line's block of a number, also of one that is older than all that are kept. */
  hashOf(number: bigint): MaybePromise<Hex | undefined> {
    return number < this.genesis.number ? this.olderHash(number) : this.store.hashOf(number);
  }

  parent(block: BlockEntry): BlockEntry | undefined {
    return this.byHash(block.header.parentHash);
  }

  isMain(block: BlockEntry): boolean {
    return this.store.byNumber(block.number) === block;
  }

  /** `block` and the blocks before it, newest first, `count` at most. */
  line(block: BlockEntry, count: number): BlockEntry[] {
    const line: BlockEntry[] = [];
    for (
      let at: BlockEntry | undefined = block;
      at !== undefined && line.length < count;
      at = this.parent(at)
    ) {
      line.push(at);
    }
    return line;
  }

  /** Blocks from `from` down to the last one that both have, it excluded, and those up from it to `to`. */
  path(from: BlockEntry, to: BlockEntry): { down: BlockEntry[]; up: BlockEntry[] } {
    const down: BlockEntry[] = [];
    const up: BlockEntry[] = [];
    let low = from;
    let high = to;
    while (low !== high) {
      if (low.number >= high.number) {
        down.push(low);
        low = this.demand(low.header.parentHash);
      } else {
        up.unshift(high);
        high = this.demand(high.header.parentHash);
      }
    }
    return { down, up };
  }

  /** The newest block that both lines have. */
  commonAncestor(one: BlockEntry, other: BlockEntry): BlockEntry {
    const last = this.path(one, other).down.at(-1);
    return last === undefined ? one : this.demand(last.header.parentHash);
  }

  /** Makes `block` the head; the blocks that the main line lost and got. */
  setHead(block: BlockEntry): { removed: BlockEntry[]; added: BlockEntry[] } {
    const { down, up } = this.path(this.head, block);
    const { store } = this;
    if (down.length > 0) store.setMain(down.at(-1)!.number, undefined);
    for (const { number, hash } of up) store.setMain(number, hash);
    this.head = block;
    // A pointer may not be left on a line that is no longer the main one.
    for (const name of ["safe", "finalized"] as const) {
      if (this[name].number > block.number || !this.isMain(this[name])) {
        this[name] = down.length > 0 ? this.demand(down.at(-1)!.header.parentHash) : this.genesis;
      }
    }
    return { removed: down, added: up };
  }
}
