import { hex, unhex } from "./reference-trie.ts";
import { loadRoom, type Room } from "./room.ts";

/** A key and its new value in hex; an empty value removes the key. */
export type Change = readonly [key: string, value: string];

/** One worker's instance of the trie room, with what tests do to it all the time. */
export class TrieWorker {
  readonly room: Room;
  readonly id: number;

  constructor(id = 0, memory?: WebAssembly.Memory) {
    this.room = loadRoom("trie", {}, memory);
    this.id = id;
    this.room.exports["setWorkerId"](id);
    this.room.exports["beginArena"]();
    if (memory === undefined) {
      this.room.exports["begin"](2n ** 31n);
      this.room.exports["initialiseKeccak"]();
      this.room.exports["initialiseTrie"]();
    }
  }

  call(name: string, ...values: (number | bigint)[]): number {
    const result = this.room.exports[name](...values);
    return typeof result === "number" ? result >>> 0 : result;
  }

  allocate(length: number): number {
    return this.call("arenaAllocate", length);
  }

  /** Copies `bytes` into the block arena. */
  place(bytes: Uint8Array, length = bytes.length): number {
    const address = this.allocate(length);
    this.room.write(address, new Uint8Array(length));
    this.room.write(address, bytes);
    return address;
  }

  /** An array of TrieUpdate. */
  batch(changes: readonly Change[]): number {
    const array = this.allocate(changes.length * 24);
    for (const [index, [key, value]] of changes.entries()) {
      const bytes = unhex(key);
      const keyAt = this.place(bytes, 32);
      const valueAt = this.place(unhex(value));
      const view = new DataView(this.room.memory.buffer, array + index * 24);
      view.setUint32(8, keyAt, true);
      view.setUint32(12, bytes.length * 2, true);
      view.setUint32(16, valueAt, true);
      view.setUint32(20, value.length / 2, true);
    }
    return array;
  }

  update(root: number, changes: readonly Change[]): number {
    return this.call("trieUpdate", root, this.batch(changes), changes.length);
  }

  rootHash(root: number): string {
    const out = this.allocate(32);
    this.room.exports["trieRootHash"](root, out);
    return this.read(out, 32);
  }

  read(address: number, length: number): string {
    return hex(this.room.bytes(address, length));
  }

  /** Commits and gives the block's memory back. */
  commit(): void {
    this.room.exports["trieCommit"]();
    this.endBlock();
  }

  discard(): void {
    this.room.exports["trieDiscard"]();
    this.endBlock();
  }

  endBlock(): void {
    this.room.exports["resetBlockChunks"]();
    this.room.exports["beginArena"]();
  }

  cacheBytes(): number {
    return Number(this.room.exports["cacheBytes"]());
  }
}

/** Numbers that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
