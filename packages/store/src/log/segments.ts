// The files of a log: their names, and what is found when they are read.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptLogError } from "../errors.ts";
import {
  hasSegmentHeader,
  mayBeRecord,
  type ParsedRecord,
  parseRecord,
  RECORD_HEADER,
  SEGMENT_HEADER,
} from "./record.ts";

/** A file of the log: the records from position `base` on. */
export interface Segment {
  base: number;
  file: string;
}

const NAME = /^([0-9]{16})\.log$/;

/** The file of the segment whose first record has position `base`. */
export function segmentFile(folder: string, base: number): string {
  return join(folder, `${String(base).padStart(16, "0")}.log`);
}

/** The segments in a folder, in order. */
export function listSegments(folder: string): Segment[] {
  return readdirSync(folder)
    .map((name) => NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map((digits) => ({ base: Number(digits), file: segmentFile(folder, Number(digits)) }))
    .sort((a, b) => a.base - b.base);
}

/** Whether the process that made a segment died before it had written what a segment begins with: then nothing is lost with it. */
export function isUnbegun({ base, file }: Segment): boolean {
  const bytes = readFileSync(file);
  return bytes.length <= SEGMENT_HEADER && !hasSegmentHeader(bytes, base);
}

/** A segment's bytes. @throws CorruptLogError where they do not begin as a segment does */
export function readSegment({ base, file }: Segment): Buffer {
  const bytes = readFileSync(file);
  if (!hasSegmentHeader(bytes, base)) {
    throw new CorruptLogError(file, 0, base, `the header of the segment at ${base}`, "other bytes");
  }
  return bytes;
}

/** The end of the last segment's good records, and what was behind them. */
export interface SegmentEnd {
  /** Offset behind the last good record. */
  offset: number;
  /** Bytes behind it that are no whole record: of a write that was cut off. */
  torn: number;
  /** What was found instead of a record, where some bytes are torn. */
  problem: string | undefined;
}

/**
 * Finds the end of the last segment. A process, or the machine, may have died while it wrote: what was not flushed
 * yet may be there in part. A bad record counts as such only if no record behind it tells that it had been flushed.
 * @throws CorruptLogError where bytes that were flushed have changed
 */
export function findEnd(segment: Segment, bytes: Buffer): SegmentEnd {
  let offset = SEGMENT_HEADER;
  while (offset < bytes.length) {
    const record = parseRecord(bytes, offset, segment.base);
    if ("problem" in record) {
      const witness = flushedBehind(bytes, offset, segment.base);
      if (witness === undefined) {
        return { offset, torn: bytes.length - offset, problem: record.problem };
      }
      const position = segment.base + offset - SEGMENT_HEADER;
      throw new CorruptLogError(segment.file, offset, position, "a whole record", record.problem);
    }
    offset = record.end;
  }
  return { offset, torn: 0, problem: undefined };
}

/** Offset of a record behind `bad` that was written when more than what lies before `bad` had been flushed. */
function flushedBehind(bytes: Buffer, bad: number, base: number): number | undefined {
  for (let offset = bad + 1; offset + RECORD_HEADER <= bytes.length; offset++) {
    if (!mayBeRecord(bytes, offset)) continue;
    const record = parseRecord(bytes, offset, base);
    if (!("problem" in record) && offset - record.unflushed > bad) return offset;
  }
  return undefined;
}

/** Every record of a segment from `offset` on, with its offset. @throws CorruptLogError */
export function* segmentRecords(
  segment: Segment,
  bytes: Buffer,
  offset: number,
): Generator<ParsedRecord & { offset: number }> {
  for (let at = offset; at < bytes.length; ) {
    const record = parseRecord(bytes, at, segment.base);
    if ("problem" in record) {
      const position = segment.base + at - SEGMENT_HEADER;
      throw new CorruptLogError(segment.file, at, position, "a whole record", record.problem);
    }
    yield { ...record, offset: at };
    at = record.end;
  }
}
