// Blocks that were decoded: the same object for a block as long as somebody holds it, and the last ones held.

import type { Hex } from "@heddle/engine";
import type { BlockEntry } from "../block-entry.ts";

/** Bytes of blocks that are held though nobody else does. */
const HELD_BYTES = 64 * 2 ** 20;
/** Of a block's header and objects. */
const OVERHEAD = 4096;

function bytesOf({ transactions, receipts }: BlockEntry): number {
  const { hashes, senders } = receipts;
  return OVERHEAD + transactions.bytes.length + receipts.bytes.length + hashes.length + senders.length;
}

export class BlockCache {
  readonly #known = new Map<Hex, WeakRef<BlockEntry>>();
  readonly #gone = new FinalizationRegistry<Hex>((hash) => {
    if (this.#known.get(hash)?.deref() === undefined) this.#known.delete(hash);
  });
  readonly #held = new Map<Hex, BlockEntry>();
  #bytes = 0;

  get(hash: Hex): BlockEntry | undefined {
    const block = this.#known.get(hash)?.deref();
    if (block !== undefined) this.#hold(block);
    return block;
  }

  add(block: BlockEntry): void {
    if (this.#known.get(block.hash)?.deref() !== block) {
      this.#known.set(block.hash, new WeakRef(block));
      this.#gone.register(block, block.hash);
    }
    this.#hold(block);
  }

  #hold(block: BlockEntry): void {
    if (this.#held.delete(block.hash)) this.#bytes -= bytesOf(block);
    this.#held.set(block.hash, block);
    this.#bytes += bytesOf(block);
    for (const [hash, oldest] of this.#held) {
      if (this.#bytes <= HELD_BYTES || oldest === block) break;
      this.#held.delete(hash);
      this.#bytes -= bytesOf(oldest);
    }
  }

  remove(hash: Hex): void {
    this.#known.delete(hash);
    const block = this.#held.get(hash);
    if (block === undefined) return;
    this.#held.delete(hash);
    this.#bytes -= bytesOf(block);
  }
}
