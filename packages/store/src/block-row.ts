// What is looked up of a block without its payload.

import { bytesOf } from "./bytes.ts";
import { blockKey, type Tables } from "./database.ts";
import type { StoredBlock } from "./stored-block.ts";

export type BlockRow = Pick<StoredBlock, "hash" | "stateRoot" | "position" | "bloom">;

const BLOOM_AT = 72;

/** A block's row in the table of blocks. */
export function encodeBlockRow({ hash, stateRoot, position, bloom }: BlockRow): Uint8Array {
  const row = Buffer.alloc(BLOOM_AT + (bloom?.length ?? 0));
  row.set(bytesOf(hash));
  row.set(bytesOf(stateRoot), 32);
  row.writeBigUInt64LE(BigInt(position), 64);
  if (bloom !== undefined) row.set(bloom, BLOOM_AT);
  return row;
}

/** The inverse of `encodeBlockRow`; the bloom is a slice of the bytes. */
export function decodeBlockRow(bytes: Uint8Array): BlockRow {
  const row = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    hash: `0x${row.toString("hex", 0, 32)}`,
    stateRoot: `0x${row.toString("hex", 32, 64)}`,
    position: Number(row.readBigUInt64LE(64)),
    bloom: row.length > BLOOM_AT ? row.subarray(BLOOM_AT) : undefined,
  };
}

/** A block's row; undefined where the checkpoint does not have the block. */
export function readBlockRow(tables: Tables, number: bigint): BlockRow | undefined {
  const bytes = tables.blocks.get(blockKey(number));
  return bytes === undefined ? undefined : decodeBlockRow(bytes);
}
