// Proof-of-work seals (Yellow Paper, appendix J) by @ethereumjs/ethash. The two places where its time goes, the cache
// and the items of the data set, are filled in here: the library makes a new array for every step of them.

import { hash } from "node:crypto";
import { Ethash } from "@ethereumjs/ethash";
import { hexToBytes } from "@heddle/cli";
import { type Header, sealHash } from "@heddle/engine/testing";

/** Words of 32 bits in a node of the cache and in an item. Their order of bytes is the machine's: little-endian. */
const NODE_WORDS = 16;
const NODE_BYTES = 64;
const CACHE_ROUNDS = 3;
const DATASET_PARENTS = 256;
const FNV_PRIME = 0x01000193;
const EPOCH_LENGTH = 30_000n;

function keccak512(bytes: Uint8Array): Uint8Array {
  return hash("keccak-512", bytes, "buffer");
}

/** The library's Ethash with a cache in one piece. */
export class QuickEthash extends Ethash {
  // Signed, so that no word has to be kept as a floating-point number on its way.
  #words = new Int32Array(0);
  #pairAt = -1;
  #pair: Uint8Array<ArrayBuffer>[] = [];

  constructor() {
    // It asks for a store of caches, which are made faster here than read. The type of the store is not exported.
    const forgetful = { get: async () => undefined, put: async () => undefined };
    super(forgetful as unknown as ConstructorParameters<typeof Ethash>[0]);
  }

  override mkcache(cacheSize: number, seed: Uint8Array): Uint8Array[] {
    const count = Math.floor(cacheSize / NODE_BYTES);
    const words = new Int32Array(count * NODE_WORDS);
    const bytes = new Uint8Array(words.buffer);
    const node = (i: number) => bytes.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES);
    node(0).set(keccak512(seed));
    for (let i = 1; i < count; i++) node(i).set(keccak512(node(i - 1)));
    const mix = new Int32Array(NODE_WORDS);
    const mixBytes = new Uint8Array(mix.buffer);
    for (let round = 0; round < CACHE_ROUNDS; round++) {
      for (let i = 0; i < count; i++) {
        const a = ((i + count - 1) % count) * NODE_WORDS;
        const b = ((words[i * NODE_WORDS]! >>> 0) % count) * NODE_WORDS;
        for (let k = 0; k < NODE_WORDS; k++) mix[k] = words[a + k]! ^ words[b + k]!;
        node(i).set(keccak512(mixBytes));
      }
    }
    this.#words = words;
    this.#pairAt = -1;
    // What the library would keep as an array of arrays, and nobody reads.
    return [];
  }

  /**
   * Two neighbours are always asked for, the even one first. They are made side by side: each step waits for a random
   * place of the cache, and two wait no longer than one.
   */
  override calcDatasetItem(i: number): Uint8Array<ArrayBuffer> {
    const even = i - (i % 2);
    if (this.#pairAt !== even) this.#makePair(even);
    return this.#pair[i % 2]!;
  }

  #makePair(even: number): void {
    const words = this.#words;
    const count = words.length / NODE_WORDS;
    const [a, b] = [this.#begin(even), this.#begin(even + 1)];
    for (let j = 0; j < DATASET_PARENTS; j++) {
      const k = j % NODE_WORDS;
      const p = (((Math.imul(even ^ j, FNV_PRIME) ^ a[k]!) >>> 0) % count) * NODE_WORDS;
      const q = (((Math.imul((even + 1) ^ j, FNV_PRIME) ^ b[k]!) >>> 0) % count) * NODE_WORDS;
      for (let w = 0; w < NODE_WORDS; w++) {
        a[w] = Math.imul(a[w]!, FNV_PRIME) ^ words[p + w]!;
        b[w] = Math.imul(b[w]!, FNV_PRIME) ^ words[q + w]!;
      }
    }
    this.#pairAt = even;
    this.#pair = [a, b].map((mix) => new Uint8Array(keccak512(new Uint8Array(mix.buffer))));
  }

  /** An item before its parents are mixed in. */
  #begin(i: number): Int32Array<ArrayBuffer> {
    const at = (i % (this.#words.length / NODE_WORDS)) * NODE_WORDS;
    const node = this.#words.slice(at, at + NODE_WORDS);
    node[0]! ^= i;
    return new Int32Array(new Uint8Array(keccak512(new Uint8Array(node.buffer))).buffer);
  }
}

const epochs = new Map<bigint, Promise<QuickEthash>>();

/** The cache of a block's epoch, made on first use. */
function ethashAt(number: bigint): Promise<QuickEthash> {
  const epoch = number / EPOCH_LENGTH;
  let made = epochs.get(epoch);
  if (made === undefined) {
    made = (async () => {
      const ethash = new QuickEthash();
      await ethash.loadEpoc(number);
      return ethash;
    })();
    epochs.set(epoch, made);
  }
  return made;
}

/** True where mixHash and nonce seal the header: the work that they prove was done, and is enough for its difficulty. */
export async function isSealed(header: Header): Promise<boolean> {
  const ethash = await ethashAt(header.number);
  const { mix, hash: result } = ethash.run(hexToBytes(sealHash(header)), hexToBytes(header.nonce));
  const work = BigInt(`0x${Buffer.from(result).toString("hex")}`);
  return Buffer.from(mix).equals(hexToBytes(header.mixHash)) && work * header.difficulty <= 1n << 256n;
}
