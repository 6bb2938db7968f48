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

  /** Adds the running block's new nodes to `store`, RLP by hash. */
  storeNewNodes(store: Map<string, Uint8Array>, capacity = 8192): void {
    const buffer = this.allocate(capacity);
    for (let from = 0; from !== 0xffffffff; ) {
      from = this.call("trieNewNodes", buffer, capacity, from);
      const length = this.call("trieNewNodesLength");
      const bytes = this.room.bytes(buffer, length);
      for (let at = 0; at < length; ) {
        const size = new DataView(bytes.buffer).getUint32(at + 32, true);
        store.set(hex(bytes.slice(at, at + 32)), bytes.slice(at + 36, at + 36 + size));
        at += 36 + size;
      }
    }
  }

  /** Brings every missing node from `store`; returns how many there were. */
  resolveMissing(store: ReadonlyMap<string, Uint8Array>): number {
    const count = this.call("trieMissingCount");
    for (let index = 0; index < count; index++) {
      const hash = this.read(this.call("trieMissingHash", index), 32);
      const rlp = store.get(hash);
      if (rlp === undefined) throw new Error(`node ${hash} was never handed out`);
      const status = this.call("trieResolve", this.call("trieMissing", index), this.place(rlp), rlp.length);
      if (status !== 0) throw new Error(`node ${hash} was refused: ${status}`);
    }
    return count;
  }

  /** Updates, bringing what is missing from `store` and starting again until nothing is. */
  updateResolving(root: number, changes: readonly Change[], store: ReadonlyMap<string, Uint8Array>): number {
    while (true) {
      const result = this.update(root, changes);
      if (this.resolveMissing(store) === 0) return result;
      this.discard();
    }
  }

  /** The proof of `key`, or undefined where a node is missing. */
  proof(root: number, key: string): Uint8Array[] | undefined {
    if (this.call("trieProof", root, this.place(unhex(key), 32), key.length) === 0) return undefined;
    return Array.from({ length: this.call("proofCount") }, (_, index) =>
      this.room.bytes(this.call("proofNode", index), this.call("proofLength", index)),
    );
  }

  /** The key after or before `key`, "" if there is none; undefined where a node is missing. */
  neighbour(name: "trieNext" | "triePrevious", root: number, key: string): string | undefined {
    const leaf = this.call(name, root, this.place(unhex(key), 32), key.length);
    if (this.call("trieNeighbourMissed") !== 0) return undefined;
    if (leaf === 0) return "";
    const out = this.allocate(32);
    return this.read(out, this.call("trieLeafKey", leaf, out) / 2);
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
