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
  #words = new Uint32Array(0);
  readonly #mix = new Uint32Array(NODE_WORDS);
  readonly #mixBytes = new Uint8Array(this.#mix.buffer);

  constructor() {
    // It asks for a store of caches, which are made faster here than read. The type of the store is not exported.
    const forgetful = { get: async () => undefined, put: async () => undefined };
    super(forgetful as unknown as ConstructorParameters<typeof Ethash>[0]);
  }

  override mkcache(cacheSize: number, seed: Uint8Array): Uint8Array[] {
    const count = Math.floor(cacheSize / NODE_BYTES);
    const words = new Uint32Array(count * NODE_WORDS);
    const bytes = new Uint8Array(words.buffer);
    const node = (i: number) => bytes.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES);
    node(0).set(keccak512(seed));
    for (let i = 1; i < count; i++) node(i).set(keccak512(node(i - 1)));
    const mix = this.#mix;
    for (let round = 0; round < CACHE_ROUNDS; round++) {
      for (let i = 0; i < count; i++) {
        const a = ((i + count - 1) % count) * NODE_WORDS;
        const b = (words[i * NODE_WORDS]! % count) * NODE_WORDS;
        for (let k = 0; k < NODE_WORDS; k++) mix[k] = words[a + k]! ^ words[b + k]!;
        node(i).set(keccak512(this.#mixBytes));
      }
    }
    this.#words = words;
    // What the library would keep as an array of arrays, and nobody reads.
    return [];
  }

  override calcDatasetItem(i: number): Uint8Array<ArrayBuffer> {
    const words = this.#words;
    const count = words.length / NODE_WORDS;
    const mix = this.#mix;
    const first = (i % count) * NODE_WORDS;
    for (let k = 0; k < NODE_WORDS; k++) mix[k] = words[first + k]!;
    mix[0]! ^= i;
    this.#mixBytes.set(keccak512(this.#mixBytes));
    for (let j = 0; j < DATASET_PARENTS; j++) {
      const parent = ((Math.imul(i ^ j, FNV_PRIME) ^ mix[j % NODE_WORDS]!) >>> 0) % count;
      const at = parent * NODE_WORDS;
      for (let k = 0; k < NODE_WORDS; k++) mix[k] = Math.imul(mix[k]!, FNV_PRIME) ^ words[at + k]!;
    }
    return new Uint8Array(keccak512(this.#mixBytes));
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
