// Single parts of the kernel by themselves: what vectors of tries and transactions are compared with.

import { compileKernel, createKernelMemory } from "@heddle/kernel";
import type { Rules } from "./forks.ts";
import { type Hex, toHex } from "./hex.ts";
import { KernelInstance } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";
import { inspectTransaction } from "./transaction-inspector.ts";

/** What the kernel makes of a transaction without block or state. */
export interface TransactionInspection {
  /** Why it is not valid: a name of Invalid. */
  invalid?: string;
  hash: Hex;
  sender: Hex;
  intrinsicGas: bigint;
}

/** TrieUpdate of trie/batch.ts: prefix, key, nibbles, value, valueLength. */
const UPDATE_BYTES = 24;
const KEY_BYTES = 32;

/**
 * One kernel in this thread, asked for single results.
 *
 * @example
 * ```ts
 * const probe = await KernelProbe.create();
 * probe.orderedRoot([rawTransaction]);
 * ```
 */
export class KernelProbe {
  private readonly kernel: KernelInstance;

  private constructor(kernel: KernelInstance) {
    this.kernel = kernel;
  }

  static async create(): Promise<KernelProbe> {
    const memory = createKernelMemory(2 ** 28);
    const precompiles = await loadPrecompiles();
    const kernel = new KernelInstance({ module: compileKernel(), memory, worker: 0, precompiles });
    KernelInstance.initialiseMemory(kernel, { memoryLimit: 2 ** 28, seed: 1n });
    return new KernelProbe(kernel);
  }

  private place(bytes: Uint8Array): number {
    const at = this.kernel.allocate(bytes.length + 8);
    this.kernel.write(at, bytes);
    return at;
  }

  /** Root of the trie whose keys are the RLP of the index (transactions, receipts, withdrawals). */
  orderedRoot(items: readonly Uint8Array[]): Hex {
    const { kernel } = this;
    kernel.exports.blockOpen();
    const out = kernel.allocate(32);
    const list = kernel.allocate(items.length * 8 + 8);
    items.forEach((item, i) => {
      kernel.setU32(list + i * 8, this.place(item));
      kernel.setU32(list + i * 8 + 4, item.length);
    });
    kernel.exports.orderedRoot(list, items.length, out, 0);
    return toHex(kernel.copy(out, 32));
  }

  /** Root of a trie of any keys of at most 32 bytes, each given once. */
  trieRoot(entries: readonly { key: Uint8Array; value: Uint8Array }[]): Hex {
    const { kernel } = this;
    const { exports } = kernel;
    exports.blockOpen();
    const out = kernel.allocate(32);
    const batch = kernel.allocate(entries.length * UPDATE_BYTES + 8);
    entries.forEach(({ key, value }, i) => {
      const update = batch + i * UPDATE_BYTES;
      const padded = new Uint8Array(KEY_BYTES);
      padded.set(key);
      kernel.setU32(update + 8, this.place(padded));
      kernel.setU32(update + 12, key.length * 2);
      kernel.setU32(update + 16, this.place(value));
      kernel.setU32(update + 20, value.length);
    });
    exports.trieRootHash(exports.trieUpdate(0, batch, entries.length), out);
    const root = toHex(kernel.copy(out, 32));
    exports.trieDiscard();
    return root;
  }

  /** Decodes a raw transaction, recovers its signer and checks it by itself under `rules`. */
  inspectTransaction(rules: Rules, raw: Uint8Array): TransactionInspection {
    this.kernel.exports.blockOpen();
    const { invalid, hash, sender, intrinsicGas } = inspectTransaction(this.kernel, rules, raw);
    return {
      ...(invalid === undefined ? {} : { invalid }),
      hash: toHex(hash),
      sender: toHex(sender),
      intrinsicGas,
    };
  }
}
