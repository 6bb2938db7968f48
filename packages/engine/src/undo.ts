// What a block or an edit overwrites, packed: made in the kernel, read and applied by whoever takes blocks back.

import { EMPTY_CODE_HASH } from "./empty.ts";
import { DecodingError, EngineError } from "./errors.ts";
import { type Hex, toBytes, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { type ResultMemory, writtenPieces } from "./result-memory.ts";

/** An account as it was before a block or an edit. */
export interface UndoneAccount {
  address: Hex;
  /** Undefined: it was not there. */
  account: { nonce: bigint; balance: bigint; codeHash: Hex } | undefined;
  /**
   * `storage` holds all that was in the account's storage, as it was wiped, or there was no account: what is not listed was 0.
   */
  storageWiped: boolean;
  /** Slots by key with their old values; 0 = was not set. */
  storage: [key: Hex, value: bigint][];
}

/** State roots between which an undo record leads: from where it can be applied to where it comes out. */
export interface UndoRoots {
  from: Hex;
  to: Hex;
}

/** What a record says of itself before its accounts. */
export interface UndoHeader {
  /** Undefined where no state root was computed. */
  roots: UndoRoots | undefined;
  /** False: a storage was wiped of which the source could not tell what was in it. */
  isComplete: boolean;
  /** Where the accounts begin. */
  at: number;
}

/** The undo record does not lead from the engine's state, or not to the root that it names. Nothing was applied. */
export class UndoMismatchError extends EngineError {
  override readonly name = "UndoMismatchError";
  constructor(place: "from" | "to", expected: Hex, met: Hex | undefined) {
    const says = place === "from" ? "applies to the state" : "leads to the state";
    super("UNDO_MISMATCH", `the undo record ${says} of root ${expected}, but met ${met}`, {
      field: "undo",
      expected,
      met,
    });
  }
}

/** A storage was wiped and the state source has no `listStorage` to tell what had been in it. Nothing was applied. */
export class UndoIncompleteError extends EngineError {
  override readonly name = "UndoIncompleteError";
  constructor() {
    super(
      "UNDO_INCOMPLETE",
      "the undo record lacks the slots of a storage that was wiped: the state source has no method `listStorage` that lists them",
      { field: "undo" },
    );
  }
}

const VERSION = 1;
const HAS_ROOTS = 1;
const INCOMPLETE = 2;
// Flags of an account, as the kernel has them (assembly/state/undo-record.ts).
const EXISTED = 1;
const WHOLE_STORAGE = 2;
const HAS_CODE = 4;
/** The undo record of the open change list, which may be committed already, until the next block. */
export function encodeUndo(
  kernel: KernelInstance,
  roots: UndoRoots | undefined,
  isComplete: boolean,
): Uint8Array {
  const { exports } = kernel;
  const flags = (roots === undefined ? 0 : HAS_ROOTS) | (isComplete ? 0 : INCOMPLETE);
  const pieces: Uint8Array[] = [Uint8Array.of(VERSION, flags)];
  if (roots !== undefined) pieces.push(toBytes(roots.from, "from", 32), toBytes(roots.to, "to", 32));
  exports.undoBegin();
  pieces.push(...writtenPieces(kernel, exports.undoWrite));
  return new Uint8Array(Buffer.concat(pieces));
}

/** @throws DecodingError where the bytes are no undo record */
export function readUndoHeader(undo: Uint8Array): UndoHeader {
  if (!(undo instanceof Uint8Array)) throw new DecodingError("undo", "not bytes");
  if (undo[0] !== VERSION) throw new DecodingError("undo", `version ${undo[0]}, not ${VERSION}`);
  const flags = undo[1];
  if (flags === undefined || flags > (HAS_ROOTS | INCOMPLETE)) throw new DecodingError("undo", "no flags");
  const isComplete = (flags & INCOMPLETE) === 0;
  if ((flags & HAS_ROOTS) === 0) return { roots: undefined, isComplete, at: 2 };
  if (undo.length < 66) throw new DecodingError("undo", "cut off");
  const roots = { from: toHex(undo.subarray(2, 34)), to: toHex(undo.subarray(34, 66)) };
  return { roots, isComplete, at: 66 };
}

/** A place in a record. */
class Cursor {
  private readonly bytes: Uint8Array;
  private at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  hex(length: number): Hex {
    if (this.at + length > this.bytes.length) throw new DecodingError("undo", "cut off");
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return toHex(taken);
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new DecodingError("undo", "cut off");
    return byte;
  }

  number(longest: number): Hex {
    const length = this.byte();
    if (length > longest) throw new DecodingError("undo", `a number of ${length} bytes`);
    return this.hex(length);
  }

  count(): number {
    let count = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      count += (byte % 128) * factor;
      if (byte < 128) return count;
    }
  }
}

const quantity = (digits: Hex): bigint => (digits === "0x" ? 0n : BigInt(digits));

/**
 * What an undo record holds, by address: the values that `engine.revert` puts back, for whoever keeps history.
 * @throws DecodingError where the bytes are no undo record
 *
 * @example
 * ```ts
 * for (const { address, account, storage } of decodeUndo(result.undo())) console.log(address, account?.balance, storage);
 * ```
 */
export function* decodeUndo(undo: Uint8Array): Generator<UndoneAccount, void, undefined> {
  const cursor = new Cursor(undo, readUndoHeader(undo).at);
  while (!cursor.isAtEnd) {
    const address = cursor.hex(20);
    const flags = cursor.byte();
    let account: UndoneAccount["account"];
    if ((flags & EXISTED) !== 0) {
      const nonce = quantity(cursor.number(8));
      const balance = quantity(cursor.number(32));
      account = { nonce, balance, codeHash: (flags & HAS_CODE) === 0 ? EMPTY_CODE_HASH : cursor.hex(32) };
    }
    const storage = Array.from({ length: cursor.count() }, (): [Hex, bigint] => {
      const key: Hex = `0x${cursor.number(32).slice(2).padStart(64, "0")}`;
      return [key, quantity(cursor.number(32))];
    });
    yield { address, account, storageWiped: (flags & WHOLE_STORAGE) !== 0, storage };
  }
}

/** The undo record of a block that was executed: encoded when it is read. */
export class BlockUndo {
  private readonly memory: ResultMemory;
  private readonly roots: UndoRoots | undefined;
  private readonly isComplete: boolean;
  private kept: Uint8Array | undefined;

  constructor(memory: ResultMemory, roots: UndoRoots | undefined, isComplete: boolean) {
    this.memory = memory;
    this.roots = roots;
    this.isComplete = isComplete;
  }

  read(): Uint8Array {
    this.kept ??= encodeUndo(this.memory.read(), this.roots, this.isComplete);
    return this.kept;
  }
}
