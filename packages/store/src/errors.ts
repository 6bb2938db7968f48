// The errors of the store: what was wrong, where, and what can be done.

/** What an error of the store tells besides its message. */
export interface StoreErrorFacts {
  /** File or folder that it is about. */
  path?: string;
  /** What would have been right. */
  expected?: unknown;
  /** What was met. */
  met?: unknown;
  /** What the one who reads it can do. */
  remedy?: string;
  cause?: unknown;
}

/**
 * The base of all errors that the store throws on purpose. `code` is stable and made for programs, the message for people.
 *
 * @example
 * ```ts
 * try {
 *   await openStore({ directory });
 * } catch (error) {
 *   if (error instanceof StoreError) console.error(error.code, error.path, error.remedy);
 * }
 * ```
 */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly code: string;
  readonly path: string | undefined;
  readonly expected: unknown;
  readonly met: unknown;
  readonly remedy: string | undefined;

  constructor(code: string, message: string, facts: StoreErrorFacts = {}) {
    const { path, expected, met, remedy, cause } = facts;
    super(
      remedy === undefined ? message : `${message}; ${remedy}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.path = path;
    this.expected = expected;
    this.met = met;
    this.remedy = remedy;
  }
}

/** Bytes of the log that were written once are not there any more as they were. Nothing was changed. */
export class CorruptLogError extends StoreError {
  override readonly name = "CorruptLogError";
  readonly file: string;
  /** Byte of the file where the record begins. */
  readonly offset: number;
  /** The same place as a position of the log: what `cutLog` takes. */
  readonly position: number;
  constructor(file: string, offset: number, position: number, expected: string, met: string) {
    super("CORRUPT_LOG", `${file} is damaged at byte ${offset}: expected ${expected}, met ${met}`, {
      path: file,
      expected,
      met,
      remedy: `restore the file from a copy, or give up what follows with cutLog at position ${position}`,
    });
    this.file = file;
    this.offset = offset;
    this.position = position;
  }
}

/** The disk, or a quota, has no room for a record. The log is as it was before; the append can be tried again. */
export class DiskFullError extends StoreError {
  override readonly name = "DiskFullError";
  constructor(path: string, bytes: number, cause: unknown) {
    super("DISK_FULL", `no room for ${bytes} bytes in ${path}`, {
      path,
      met: bytes,
      remedy: "free space on the disk and try again",
      cause,
    });
  }
}

/** The disk refused to write or to flush: what was appended last may not be there. Only opening the log anew helps. */
export class LogFailedError extends StoreError {
  override readonly name = "LogFailedError";
  constructor(path: string, cause: unknown) {
    super("LOG_FAILED", `${path} could not be written: ${cause instanceof Error ? cause.message : cause}`, {
      path,
      remedy: "check the disk and open the store again",
      cause,
    });
  }
}

/** The store, or its log, was closed. */
export class StoreClosedError extends StoreError {
  override readonly name = "StoreClosedError";
  constructor() {
    super("CLOSED", "the store is closed");
  }
}

/** The folder holds something that is not a store. Nothing was touched. */
export class ForeignFolderError extends StoreError {
  override readonly name = "ForeignFolderError";
  constructor(path: string, met: string) {
    super("FOREIGN_FOLDER", `${path} is not a store: ${met}`, {
      path,
      met,
      remedy: "name an empty folder, or one that heddle made",
    });
  }
}

/** The store was written by a later version of this package. Nothing was touched. */
export class NewerFolderError extends StoreError {
  override readonly name = "NewerFolderError";
  constructor(path: string, expected: number, met: number) {
    super("NEWER_FOLDER", `${path} has format ${met}, this version knows formats up to ${expected}`, {
      path,
      expected,
      met,
      remedy: "use the version that wrote it, or a later one",
    });
  }
}

/** The store was written by an earlier version of this package. Nothing was touched. */
export class OlderFolderError extends StoreError {
  override readonly name = "OlderFolderError";
  constructor(path: string, expected: number, met: number) {
    super("OLDER_FOLDER", `${path} has format ${met}, this version writes format ${expected}`, {
      path,
      expected,
      met,
      remedy: "migrate it first (migrateStore, heddle db migrate)",
    });
  }
}

/** The store holds another chain. Nothing was touched. */
export class OtherChainError extends StoreError {
  override readonly name = "OtherChainError";
  constructor(path: string, field: string, expected: unknown, met: unknown) {
    super("OTHER_CHAIN", `${path} holds another chain: its ${field} is ${met}, not ${expected}`, {
      path,
      expected,
      met,
      remedy: "name another folder for this chain",
    });
  }
}

/** Another process, or this one, has the folder open. */
export class StoreLockedError extends StoreError {
  override readonly name = "StoreLockedError";
  /** Process that holds it. */
  readonly pid: number;
  constructor(path: string, pid: number) {
    super("LOCKED", `${path} is in use by process ${pid}`, {
      path,
      met: pid,
      remedy: "end that process, or name another folder",
    });
    this.pid = pid;
  }
}

/** What is asked for lies before the oldest history that is kept. */
export class HistoryGoneError extends StoreError {
  override readonly name = "HistoryGoneError";
  constructor(block: bigint, oldest: bigint) {
    super("HISTORY_GONE", `block ${block} is before ${oldest}, the oldest that history is kept for`, {
      expected: oldest,
      met: block,
    });
  }
}

/** A checkpoint's state is not the one that its block's header names. Nothing of it was written. */
export class WrongRootError extends StoreError {
  override readonly name = "WrongRootError";
  readonly block: bigint;
  constructor(block: bigint, expected: string, met: string | undefined) {
    super("WRONG_ROOT", `the state of block ${block} has root ${met}, its header says ${expected}`, {
      expected,
      met,
      remedy: "please report it; the log holds all blocks since the last checkpoint",
    });
    this.block = block;
  }
}

/** @returns the system's code of an error (`ENOSPC`, `EEXIST`, …), if it has one */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Whether a disk or a quota is full. */
export function isFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
