// A block as the store takes it, and as one piece of bytes.

import type { Hex } from "@heddle/engine";
import { ByteReader, ByteWriter } from "./bytes.ts";

/** A block of the main line, executed. Bytes are copied. */
export interface StoredBlock {
  number: bigint;
  hash: Hex;
  /** Of its header. */
  stateRoot: Hex;
  /** What the caller keeps of it: header, body, receipts, in an encoding of its own. */
  payload: Uint8Array;
  /** Logs bloom of 256 bytes, where blocks are looked for by it. */
  bloom?: Uint8Array | undefined;
  /** 32 bytes each, in order, one behind the other. */
  transactionHashes: Uint8Array;
  /**
   * `undo` of what has changed the state since the parent block, oldest first: edits from outside of transactions come
   * before the block's own.
   */
  undo: readonly Uint8Array[];
  /** What has changed the state since the parent block, in the same order: `result.changes.pack()`, `encodeEdits`. */
  changes: readonly Uint8Array[];
  /** Position of the log behind the record that put the block on the main line; 0 without a log. */
  position: number;
}

const EMPTY = new Uint8Array(0);

function list(out: ByteWriter, items: readonly Uint8Array[]): void {
  out.u32(items.length);
  for (const item of items) out.sized(item);
}

const readList = (input: ByteReader): Uint8Array[] =>
  Array.from({ length: input.u32() }, () => input.sized());

/** Packs undo records. */
export function encodeList(items: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  list(out, items);
  return out.take();
}

/** The inverse of `encodeList`; slices of the bytes. */
export function decodeList(bytes: Uint8Array): Uint8Array[] {
  return readList(new ByteReader(bytes));
}

/** A block as bytes. */
export function encodeBlock(block: StoredBlock): Uint8Array {
  const out = new ByteWriter();
  out.hex(block.hash, 32);
  out.u64(block.number);
  out.hex(block.stateRoot, 32);
  out.u64(BigInt(block.position));
  out.sized(block.bloom ?? EMPTY);
  out.sized(block.transactionHashes);
  list(out, block.undo);
  list(out, block.changes);
  out.sized(block.payload);
  return out.take();
}

/** The inverse of `encodeBlock`; everything is a slice of the bytes. */
export function decodeBlock(bytes: Uint8Array): StoredBlock {
  const input = new ByteReader(bytes);
  const hash = input.hex(32);
  const number = input.u64();
  const stateRoot = input.hex(32);
  const position = Number(input.u64());
  const bloom = input.sized();
  return {
    hash,
    number,
    stateRoot,
    position,
    bloom: bloom.length === 0 ? undefined : bloom,
    transactionHashes: input.sized(),
    undo: readList(input),
    changes: readList(input),
    payload: input.sized(),
  };
}

/** Offset of the transaction hashes in an encoded block. */
export function transactionHashesAt(bytes: Uint8Array): number {
  const bloomAt = 80;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return bloomAt + 4 + view.getUint32(bloomAt, true) + 4;
}
