// How the log's bytes are laid out. All numbers are little-endian.

import { crc32 } from "node:zlib";

/** What a record is about. Numbers are stored: they never change their meaning. */
export const RecordType = {
  /** A block, as it was built or imported. */
  block: 1,
  /** A change from outside of any transaction: a balance set, the clock moved. */
  control: 2,
  /** The chain went back: a reorg, a snapshot restored. */
  revert: 3,
  /** A value that was fetched from a forked chain. */
  remoteRead: 4,
  /** A transaction that entered the pool. */
  pool: 5,
} as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

/** Written when a log is closed: what lies before it was whole. Never given to readers. */
export const CLOSED = 255;

/**
 * A record: length of the payload u32, crc32 u32, bytes before it that were not flushed yet u32 (0xffffffff = so many
 * or more), type u8, three bytes 0, payload. The checksum is of its position in the log (u64), of the header without
 * the checksum, and of the payload: a record that stands elsewhere than where it was written does not pass.
 */
export const RECORD_HEADER = 16;
/** A segment begins with the magic, its format u32, the position of its first record u64, and a crc32 of the three. */
export const SEGMENT_HEADER = 32;
const MAGIC = Buffer.from("heddle-log\0\0\0\0\0\0", "latin1");
const SEGMENT_FORMAT = 1;
/** A payload may have so many bytes. */
export const MAX_PAYLOAD = 2 ** 30;

/** A record where it stands in a segment. */
export interface ParsedRecord {
  type: number;
  /** A slice of the segment's bytes. */
  payload: Uint8Array;
  /** Bytes before it that were not flushed when it was written. */
  unflushed: number;
  /** Offset behind it. */
  end: number;
}

const scratch = Buffer.alloc(20);

function checksum(position: number, header: Buffer, payload: readonly Uint8Array[]): number {
  scratch.writeBigUInt64LE(BigInt(position), 0);
  header.copy(scratch, 8, 0, 4);
  header.copy(scratch, 12, 8, 16);
  let crc = crc32(scratch);
  for (const part of payload) crc = crc32(part, crc);
  return crc;
}

/** The header of a record whose payload is these parts one behind the other. */
export function recordHeader(
  type: number,
  payload: readonly Uint8Array[],
  position: number,
  unflushed: number,
): Buffer {
  const header = Buffer.alloc(RECORD_HEADER);
  header.writeUInt32LE(
    payload.reduce((sum, part) => sum + part.length, 0),
    0,
  );
  header.writeUInt32LE(Math.min(unflushed, 0xffffffff), 8);
  header[12] = type;
  header.writeUInt32LE(checksum(position, header, payload), 4);
  return header;
}

/** The record at `offset` of a segment whose first record has position `base`; else what is wrong with it. */
export function parseRecord(
  segment: Buffer,
  offset: number,
  base: number,
): ParsedRecord | { problem: string } {
  if (offset + RECORD_HEADER > segment.length) {
    return { problem: `the file's end ${segment.length - offset} bytes on` };
  }
  const header = segment.subarray(offset, offset + RECORD_HEADER);
  const length = header.readUInt32LE(0);
  const from = offset + RECORD_HEADER;
  if (length > MAX_PAYLOAD) return { problem: `a length of ${length} bytes` };
  if (from + length > segment.length) {
    return { problem: `a length of ${length} bytes where the file has ${segment.length - from}` };
  }
  const payload = segment.subarray(from, from + length);
  const wanted = header.readUInt32LE(4);
  const met = checksum(base + offset - SEGMENT_HEADER, header, [payload]);
  if (met !== wanted) return { problem: `checksum ${met.toString(16)} in place of ${wanted.toString(16)}` };
  return { type: header[12]!, payload, unflushed: header.readUInt32LE(8), end: from + length };
}

/** Whether a record might begin at `offset`: without looking at its checksum. */
export function mayBeRecord(segment: Buffer, offset: number): boolean {
  const type = segment[offset + 12]!;
  return (
    segment[offset + 13] === 0 &&
    segment[offset + 14] === 0 &&
    segment[offset + 15] === 0 &&
    (type === CLOSED || (type >= 1 && type <= 5)) &&
    offset + RECORD_HEADER + segment.readUInt32LE(offset) <= segment.length
  );
}

/** The first bytes of a segment. */
export function segmentHeader(base: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER);
  MAGIC.copy(header);
  header.writeUInt32LE(SEGMENT_FORMAT, 16);
  header.writeBigUInt64LE(BigInt(base), 20);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

/** Whether a segment begins as the one of position `base` must. */
export function hasSegmentHeader(segment: Buffer, base: number): boolean {
  return segmentHeader(base).equals(segment.subarray(0, SEGMENT_HEADER));
}
