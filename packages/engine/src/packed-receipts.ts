// A block's receipts copied out of the kernel's memory as a whole: a handful of buffers, whatever the number of
// transactions.

import type { ResultMemory } from "./result-memory.ts";

/**
 * The receipts of `offsets.length - 1` transactions: envelope `i` (what the receipts root is made of) is
 * `bytes.subarray(offsets[i], offsets[i + 1])`.
 */
export interface PackedReceipts {
  bytes: Uint8Array;
  offsets: Uint32Array;
  /** Hashes of the transactions, 32 bytes each; zero where the senders were given: then nothing has needed them. */
  hashes: Uint8Array;
  /** 20 bytes each. */
  senders: Uint8Array;
  /** Gas that each transaction used, refunds taken off. */
  gasUsed: Float64Array;
}

const HASH = 32;
const ADDRESS = 20;

/** Copies the receipts of the transactions at `pointers` (an array of u32 in the kernel's memory). */
export function packReceipts(memory: ResultMemory, pointers: number, count: number): PackedReceipts {
  const kernel = memory.read();
  const { layout, bytes: from } = kernel;
  const offsets = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) {
    const t = kernel.getU32(pointers + i * 4);
    offsets[i + 1] = offsets[i]! + kernel.getU32(t + layout.Transaction_receiptLength);
  }
  const bytes = new Uint8Array(offsets[count]!);
  const hashes = new Uint8Array(count * HASH);
  const senders = new Uint8Array(count * ADDRESS);
  const gasUsed = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const t = kernel.getU32(pointers + i * 4);
    const receipt = kernel.getU32(t + layout.Transaction_receipt);
    const length = offsets[i + 1]! - offsets[i]!;
    bytes.set(from.subarray(receipt, receipt + length), offsets[i]!);
    const hash = t + layout.Transaction_hash;
    hashes.set(from.subarray(hash, hash + HASH), i * HASH);
    // A word of the kernel: least significant byte first.
    const sender = t + layout.Transaction_sender + ADDRESS - 1;
    for (let j = 0; j < ADDRESS; j++) senders[i * ADDRESS + j] = from[sender - j]!;
    const gas = t + layout.Transaction_gasUsed;
    gasUsed[i] = kernel.getU32(gas) + kernel.getU32(gas + 4) * 2 ** 32;
  }
  return { bytes, offsets, hashes, senders, gasUsed };
}
