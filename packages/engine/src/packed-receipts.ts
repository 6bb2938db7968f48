// A block's receipts copied out of the kernel's memory as a whole: a handful of buffers, whatever the number of
// transactions. The zeros of the logs blooms, most of an envelope, are left out.

import type { KernelInstance } from "./kernel-instance.ts";
import type { ResultMemory } from "./result-memory.ts";
import { type RlpItem, rlpItem, rlpItems } from "./rlp.ts";

/**
 * The receipts of `offsets.length - 1` transactions; receipt `i` is `bytes.subarray(offsets[i], offsets[i + 1])`, in a form of
 * which `receiptEnvelope` makes what the receipts root is made of.
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

/** Who sent the transactions of a block, and their hashes, as a caller may know them already. */
export type ReceiptOrigins = Pick<PackedReceipts, "hashes" | "senders">;

const HASH = 32;
const ADDRESS = 20;
const BLOOM = 256;
/** String header of 256 bytes. */
const BLOOM_HEADER = 3;
/** In place of a number of bits: the whole filter follows (assembly/block/packed-receipts.ts). */
const BLOOM_WHOLE = 255;
/** Bytes that the kernel packs at once, and of how many receipts at most. */
const PIECE = 60_000;
const ROWS = 512;

/** Copies the receipts of the transactions at `pointers` (an array of u32 in the kernel's memory). */
export function packReceipts(
  memory: ResultMemory,
  pointers: number,
  count: number,
  origins?: ReceiptOrigins,
): PackedReceipts {
  const kernel = memory.read();
  const { exports, layout } = kernel;
  const offsets = new Uint32Array(count + 1);
  const gasUsed = new Float64Array(count);
  const pieces: Uint8Array[] = [];
  let rows = 0;
  let buffer = 0;
  if (count > 0) {
    rows = kernel.allocate(Math.min(ROWS, count) * layout.RECEIPT_ROW_SIZE);
    buffer = kernel.allocate(PIECE);
  }
  for (let first = 0; first < count; ) {
    const end = Math.min(count, first + ROWS);
    let at = buffer;
    let packed = exports.receiptsPack(pointers, first, end, rows, at, PIECE);
    if (packed === 0) {
      const t = kernel.getU32(pointers + first * 4);
      const length = kernel.getU32(t + layout.Transaction_receiptLength);
      at = kernel.allocate(length);
      packed = exports.receiptsPack(pointers, first, first + 1, rows, at, length);
    }
    for (let i = 0, row = rows; i < packed; i++, row += layout.RECEIPT_ROW_SIZE) {
      offsets[first + i + 1] = offsets[first + i]! + kernel.getU32(row);
      gasUsed[first + i] = kernel.view.getFloat64(row + 8, true);
    }
    pieces.push(kernel.copy(at, offsets[first + packed]! - offsets[first]!));
    first += packed;
  }
  const bytes = new Uint8Array(offsets[count]!);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, offsets, gasUsed, ...(origins ?? readOrigins(kernel, pointers, count)) };
}

function readOrigins(kernel: KernelInstance, pointers: number, count: number): ReceiptOrigins {
  const hashes = new Uint8Array(count * HASH);
  const senders = new Uint8Array(count * ADDRESS);
  if (count === 0) return { hashes, senders };
  const atMost = Math.min(ROWS, count);
  const sendersAt = kernel.allocate(atMost * ADDRESS);
  const hashesAt = kernel.allocate(atMost * HASH);
  for (let first = 0; first < count; first += ROWS) {
    const end = Math.min(count, first + ROWS);
    kernel.exports.receiptsOrigins(pointers, first, end, sendersAt, hashesAt);
    senders.set(kernel.bytes.subarray(sendersAt, sendersAt + (end - first) * ADDRESS), first * ADDRESS);
    hashes.set(kernel.bytes.subarray(hashesAt, hashesAt + (end - first) * HASH), first * HASH);
  }
  return { hashes, senders };
}

/** Where the first item of a packed receipt's list begins: the status, or the state root. */
function statusStart(packed: Uint8Array): number {
  const at = packed[0]! < 0xc0 ? 1 : 0;
  const prefix = packed[at]!;
  // The list's header still has the length of the whole.
  return at + (prefix < 0xf8 ? 1 : prefix - 0xf7 + 1);
}

/** Where the bloom begins, behind status or state root and gas. */
function bloomStart(packed: Uint8Array): number {
  let at = statusStart(packed);
  for (let item = 0; item < 2; item++) {
    const first = packed[at]!;
    at += first < 0x80 ? 1 : first - 0x80 + 1;
  }
  return at;
}

/** Where the list of logs begins behind a bloom that is at `at`. */
function logsStart(packed: Uint8Array, at: number): number {
  const bits = packed[at]!;
  return at + 1 + (bits === BLOOM_WHOLE ? BLOOM : bits * 2);
}

function packedAt({ bytes, offsets }: Pick<PackedReceipts, "bytes" | "offsets">, index: number): Uint8Array {
  return bytes.subarray(offsets[index]!, offsets[index + 1]!);
}

/**
 * The envelope of receipt `index` (type byte and RLP, or RLP alone), as the receipts root is made of it.
 *
 * @example
 * ```ts
 * const packed = result.receipts.pack();
 * const first = receiptEnvelope(packed, 0);
 * ```
 */
export function receiptEnvelope(
  receipts: Pick<PackedReceipts, "bytes" | "offsets">,
  index: number,
): Uint8Array {
  const packed = packedAt(receipts, index);
  const bloomAt = bloomStart(packed);
  const logsAt = logsStart(packed, bloomAt);
  const bloom = bloomAt + BLOOM_HEADER;
  const envelope = new Uint8Array(bloom + BLOOM + packed.length - logsAt);
  envelope.set(packed.subarray(0, bloomAt));
  envelope[bloomAt] = 0xb9;
  envelope[bloomAt + 1] = BLOOM >>> 8;
  if (packed[bloomAt] === BLOOM_WHOLE) {
    envelope.set(packed.subarray(bloomAt + 1, logsAt), bloom);
  } else {
    for (let at = bloomAt + 1; at < logsAt; at += 2) {
      const bit = packed[at]! | (packed[at + 1]! << 8);
      envelope[bloom + (bit >>> 3)]! |= 1 << (bit & 7);
    }
  }
  envelope.set(packed.subarray(logsAt), bloom + BLOOM);
  return envelope;
}

/** Whether the transaction of receipt `index` succeeded; undefined where its receipt does not say (before Byzantium). */
export function receiptSuccess(
  receipts: Pick<PackedReceipts, "bytes" | "offsets">,
  index: number,
): boolean | undefined {
  const packed = packedAt(receipts, index);
  const status = packed[statusStart(packed)]!;
  return status > 0x80 ? undefined : status === 1;
}

/** How many logs receipt `index` has. */
export function receiptLogCount(receipts: Pick<PackedReceipts, "bytes" | "offsets">, index: number): number {
  const packed = packedAt(receipts, index);
  const at = logsStart(packed, bloomStart(packed));
  if (packed[at] === 0xc0) return 0;
  const logs: RlpItem = rlpItem(packed, at, packed.length, "receipt.logs");
  return rlpItems(packed, logs, "receipt.logs").length;
}
