// Reading a log without opening it: every record's checksum.

import { existsSync } from "node:fs";
import { CorruptLogError } from "../errors.ts";
import { CLOSED, SEGMENT_HEADER } from "./record.ts";
import { findEnd, isUnbegun, listSegments, readSegment, segmentRecords } from "./segments.ts";

/** What was found in a log. */
export interface LogReport {
  records: number;
  /** Bytes at the end of a write that was cut off. */
  tornBytes: number;
  problems: string[];
}

/** Checks all records of a log that is not open; `needed` is a position that it must reach. */
export function checkLog(folder: string, needed: number | undefined): LogReport {
  const report: LogReport = { records: 0, tornBytes: 0, problems: [] };
  const segments = existsSync(folder) ? listSegments(folder) : [];
  // Whoever opens the log makes it again.
  const last = segments.at(-1);
  if (last !== undefined && isUnbegun(last)) segments.pop();
  let end: number | undefined;
  for (const [i, segment] of segments.entries()) {
    if (end !== undefined && end !== segment.base) {
      report.problems.push(`the log has a gap: from ${end} to ${segment.base}`);
    }
    end = undefined;
    try {
      const whole = readSegment(segment);
      const isLast = i === segments.length - 1;
      const { offset, torn } = isLast ? findEnd(segment, whole) : { offset: whole.length, torn: 0 };
      for (const { type } of segmentRecords(segment, whole.subarray(0, offset), SEGMENT_HEADER)) {
        if (type !== CLOSED) report.records++;
      }
      report.tornBytes += torn;
      end = segment.base + offset - SEGMENT_HEADER;
    } catch (error) {
      if (!(error instanceof CorruptLogError)) throw error;
      report.problems.push(error.message);
    }
  }
  const isTooShort = needed !== undefined && report.problems.length === 0 && (end ?? 0) < needed;
  if (isTooShort)
    report.problems.push(`the log ends at ${end ?? 0}, the checkpoint is of position ${needed}`);
  return report;
}
