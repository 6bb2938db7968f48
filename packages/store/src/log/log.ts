// The log: what happened to the chain, one record behind the other. What is in it survives the process; what is
// flushed survives the machine.

import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { InvalidArgumentError } from "@heddle/engine";
import { CorruptLogError, DiskFullError, isFull, LogFailedError, StoreClosedError } from "../errors.ts";
import {
  CLOSED,
  MAX_PAYLOAD,
  RECORD_HEADER,
  type RecordType,
  recordHeader,
  SEGMENT_HEADER,
  segmentHeader,
} from "./record.ts";
import {
  findEnd,
  isUnbegun,
  listSegments,
  readSegment,
  type Segment,
  segmentFile,
  segmentRecords,
} from "./segments.ts";

/** When what was appended is flushed to the disk. */
export const FSYNC_POLICIES = ["always", "interval", "never"] as const;
/**
 * "always": `durable` waits for a flush, one for all that wait. "interval": a flush follows within `fsyncInterval`;
 * nobody waits. "never": the system flushes when it likes. Under all of them what was appended survives the death of
 * the process; the policy is about that of the machine.
 */
export type FsyncPolicy = (typeof FSYNC_POLICIES)[number];

export interface LogOptions {
  fsync?: FsyncPolicy;
  /** Milliseconds between flushes under "interval"; 1,000 unless given. */
  fsyncInterval?: number;
  /** Bytes after which a new file is begun; 32 MiB unless given. */
  segmentBytes?: number;
  /** The system calls that may fail, in place of the system's own: for tests. */
  disk?: LogDisk;
}

/** What of the file system a test replaces. */
export interface LogDisk {
  write: (fd: number, bytes: Uint8Array, from: number, length: number, position: number) => number;
  flush: (fd: number, done: (error: Error | null) => void) => void;
}

const DISK: LogDisk = {
  write: (fd, bytes, from, length, position) => writeSync(fd, bytes, from, length, position),
  flush: (fd, done) => fdatasync(fd, done),
};

/** What opening found at the end of the log. */
export interface LogRecovery {
  /** Position where a write had been cut off. */
  position: number;
  /** Bytes that were cut away. */
  bytes: number;
  /** What stood there. */
  problem: string;
}

export interface LogRecord {
  type: RecordType;
  /** Valid as long as it is held; the records of one file share its memory. */
  payload: Uint8Array;
  /** Position of the record. */
  position: number;
  /** Position behind it: what `append` had returned. */
  end: number;
}

/**
 * An append-only log in a folder of its own. Positions are counts of bytes since the log's beginning; they go on
 * when old files are dropped.
 *
 * @example
 * ```ts
 * const log = Log.open("data/log", { fsync: "always" });
 * const end = log.append(RecordType.block, bytes);
 * await log.durable(end);
 * for (const { type, payload } of log.records()) replay(type, payload);
 * ```
 */
export class Log {
  private readonly folder: string;
  private readonly policy: FsyncPolicy;
  private readonly interval: number;
  private readonly segmentBytes: number;
  private readonly disk: LogDisk;
  private segments: Segment[];
  private fd: number;
  private endPosition: number;
  private flushed: number;
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;
  /** What was cut off at the end when the log was opened. */
  readonly recovery: LogRecovery | undefined;

  private constructor(folder: string, options: LogOptions) {
    const { fsync = "always", fsyncInterval = 1000, segmentBytes = 2 ** 25, disk = DISK } = options;
    if (!FSYNC_POLICIES.includes(fsync)) {
      throw new InvalidArgumentError("fsync", '"always", "interval" or "never"', fsync);
    }
    if (!(Number.isInteger(fsyncInterval) && fsyncInterval > 0)) {
      throw new InvalidArgumentError("fsyncInterval", "milliseconds above 0", fsyncInterval);
    }
    if (!(Number.isInteger(segmentBytes) && segmentBytes > 0 && segmentBytes <= MAX_PAYLOAD)) {
      throw new InvalidArgumentError("segmentBytes", `an integer from 1 to ${MAX_PAYLOAD}`, segmentBytes);
    }
    this.folder = folder;
    this.policy = fsync;
    this.interval = fsyncInterval;
    this.segmentBytes = segmentBytes;
    this.disk = disk;
    mkdirSync(folder, { recursive: true });
    this.segments = listSegments(folder);
    this.dropUnbegun();
    const last = this.segments.at(-1);
    if (last === undefined) {
      this.endPosition = 0;
      this.fd = this.begin(0);
    } else {
      const { offset, torn, problem } = findEnd(last, readSegment(last));
      this.endPosition = last.base + offset - SEGMENT_HEADER;
      this.fd = openSync(last.file, "r+");
      if (problem !== undefined) {
        this.recovery = { position: this.endPosition, bytes: torn, problem };
        ftruncateSync(this.fd, offset);
      }
      // What a process that died had written may not be on the disk yet.
      fdatasyncSync(this.fd);
    }
    this.flushed = this.endPosition;
  }

  /**
   * Opens the log in a folder, which is made where it is not there. What a write that was cut off has left at the end
   * is cut away (`recovery`).
   * @throws CorruptLogError where the last file was damaged later; other files are read when `records` comes to them
   */
  static open(folder: string, options: LogOptions = {}): Log {
    return new Log(folder, options);
  }

  /** A last file that the process died over before its first byte was flushed holds nothing. */
  private dropUnbegun(): void {
    const last = this.segments.at(-1);
    if (last === undefined || !isUnbegun(last)) return;
    rmSync(last.file);
    this.segments.pop();
  }

  /** Begins the file whose first record will have position `base`. */
  private begin(base: number): number {
    const file = segmentFile(this.folder, base);
    const fd = openSync(file, "wx+");
    try {
      this.write(fd, [segmentHeader(base)], 0, file);
      fdatasyncSync(fd);
      this.flushFolder();
    } catch (error) {
      closeSync(fd);
      rmSync(file, { force: true });
      throw error;
    }
    this.segments.push({ base, file });
    return fd;
  }

  /** A new name in a folder is only there for sure when the folder is flushed. */
  private flushFolder(): void {
    if (process.platform === "win32") return;
    const fd = openSync(this.folder, "r");
    fsyncSync(fd);
    closeSync(fd);
  }

  /** Position behind the last record. */
  get end(): number {
    return this.endPosition;
  }

  /** Position of the oldest record that is kept. */
  get start(): number {
    return this.segments[0]!.base;
  }

  private get offset(): number {
    return this.endPosition - this.segments.at(-1)!.base + SEGMENT_HEADER;
  }

  private write(fd: number, parts: readonly Uint8Array[], offset: number, file: string): void {
    let at = offset;
    try {
      for (const part of parts) {
        for (let from = 0; from < part.length; ) {
          const written = this.disk.write(fd, part, from, part.length - from, at);
          from += written;
          at += written;
        }
      }
    } catch (cause) {
      try {
        ftruncateSync(fd, offset);
      } catch (worse) {
        this.failure = new LogFailedError(file, worse);
        throw this.failure;
      }
      if (isFull(cause)) {
        throw new DiskFullError(
          file,
          parts.reduce((sum, part) => sum + part.length, 0),
          cause,
        );
      }
      this.failure = new LogFailedError(file, cause);
      throw this.failure;
    }
  }

  private throwIfUnusable(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Appends a record; returns the position behind it. The bytes are with the system when it returns; `durable` tells
   * when they are on the disk.
   * @throws DiskFullError; then the log is as before
   * @throws LogFailedError where the disk fails otherwise, then and ever after
   */
  append(type: RecordType, ...payload: Uint8Array[]): number {
    return this.appendRecord(type, payload);
  }

  private appendRecord(type: number, payload: readonly Uint8Array[]): number {
    this.throwIfUnusable();
    const length = payload.reduce((sum, part) => sum + part.length, 0);
    if (length > MAX_PAYLOAD) {
      throw new InvalidArgumentError("payload", `at most ${MAX_PAYLOAD} bytes`, `${length} bytes`);
    }
    if (this.offset > SEGMENT_HEADER && this.offset >= this.segmentBytes) this.roll();
    const header = recordHeader(type, payload, this.endPosition, this.endPosition - this.flushed);
    this.write(this.fd, [header, ...payload], this.offset, this.segments.at(-1)!.file);
    this.endPosition += RECORD_HEADER + length;
    if (this.policy === "interval") this.startTimer();
    return this.endPosition;
  }

  /** Ends the last file, whole on the disk, and begins the next: so that only the last can have a torn end. */
  private roll(): void {
    const old = this.fd;
    const { file } = this.segments.at(-1)!;
    try {
      fdatasyncSync(old);
    } catch (cause) {
      this.failure = new LogFailedError(file, cause);
      throw this.failure;
    }
    this.flushed = this.endPosition;
    this.fd = this.begin(this.endPosition);
    const close = () => closeSync(old);
    if (this.flushing === undefined) close();
    else this.flushing.then(close, close);
  }

  private startTimer(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // Who appends next is told.
      this.flush().catch(() => undefined);
    }, this.interval).unref();
  }

  /** Resolves when all before `position` is as safe as the policy asks for. @throws LogFailedError */
  async durable(position: number): Promise<void> {
    this.throwIfUnusable();
    if (this.policy === "always") await this.flushTo(position);
  }

  /** Flushes all that was appended, whatever the policy. @throws LogFailedError */
  flush(): Promise<void> {
    return this.flushTo(this.endPosition);
  }

  /** One flush at a time; those who come meanwhile share the next. */
  private async flushTo(position: number): Promise<void> {
    while (this.flushed < position) {
      this.throwIfUnusable();
      this.flushing ??= this.flushOnce();
      await this.flushing;
    }
  }

  private flushOnce(): Promise<void> {
    const upTo = this.endPosition;
    const { file } = this.segments.at(-1)!;
    return new Promise((resolve, reject) => {
      this.disk.flush(this.fd, (cause) => {
        this.flushing = undefined;
        if (cause === null) {
          this.flushed = Math.max(this.flushed, upTo);
          resolve();
          return;
        }
        // The system may have dropped the pages that it could not write: a second flush would only seem to succeed.
        this.failure = new LogFailedError(file, cause);
        reject(this.failure);
      });
    });
  }

  /**
   * The records from `from` on, which must be a position that `append` returned, or `start`. Files are read whole, one after the
   * other; what is appended meanwhile may or may not be met.
   * @throws CorruptLogError where a record, or a file between others, is not as it was written
   */
  *records(from: number = this.start): Generator<LogRecord, void, undefined> {
    if (from < this.start || from > this.endPosition) {
      throw new InvalidArgumentError("from", `a position from ${this.start} to ${this.endPosition}`, from);
    }
    const segments = [...this.segments];
    for (const [i, segment] of segments.entries()) {
      const next = segments[i + 1];
      if (next !== undefined && next.base <= from) continue;
      const bytes = readSegment(segment);
      const { base, file } = segment;
      const offset = Math.max(0, from - base) + SEGMENT_HEADER;
      for (const { type, payload, offset: at, end } of segmentRecords(segment, bytes, offset)) {
        if (type === CLOSED) continue;
        const position = base + at - SEGMENT_HEADER;
        yield { type: type as RecordType, payload, position, end: base + end - SEGMENT_HEADER };
      }
      const end = base + bytes.length - SEGMENT_HEADER;
      if (next !== undefined && next.base !== end) {
        throw new CorruptLogError(
          file,
          bytes.length,
          end,
          `records up to position ${next.base}`,
          "the file's end",
        );
      }
    }
  }

  /** Drops the files that hold nothing from `position` on; returns how many. */
  dropBefore(position: number): number {
    let dropped = 0;
    while (this.segments.length > 1 && this.segments[1]!.base <= position) {
      rmSync(this.segments.shift()!.file);
      dropped++;
    }
    return dropped;
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    if (this.failure instanceof StoreClosedError) return;
    clearTimeout(this.timer);
    try {
      if (this.failure === undefined) {
        await this.flush();
        // From this record a damaged last one can be told from one that was cut off. Not worth an error.
        if (this.endPosition > this.start) this.appendRecord(CLOSED, []);
        await this.flush();
      }
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
    } finally {
      this.failure = new StoreClosedError();
      closeSync(this.fd);
    }
  }
}

/**
 * Gives up what follows `position` in a log that is not open: the way on where a file is damaged and no copy of it is there.
 * @returns bytes that were cut away
 * @throws InvalidArgumentError where the log begins later
 */
export function cutLog(folder: string, position: number): number {
  const segments = listSegments(folder);
  const start = segments[0]?.base ?? 0;
  if (!(Number.isInteger(position) && position >= start)) {
    throw new InvalidArgumentError("position", `a position from ${start} on`, position);
  }
  let cut = 0;
  for (const { base, file } of segments.reverse()) {
    const { length } = readFileSync(file);
    const keep = position - base + SEGMENT_HEADER;
    if (base >= position && base > start) {
      rmSync(file);
      cut += length - SEGMENT_HEADER;
    } else if (keep < length) {
      const fd = openSync(file, "r+");
      ftruncateSync(fd, keep);
      fsyncSync(fd);
      closeSync(fd);
      cut += length - keep;
    }
  }
  return cut;
}
