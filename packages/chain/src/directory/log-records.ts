// What the chain writes into the log, and what it reads there: the payloads of the records.

import {
  DecodingError,
  type Hex,
  integerHex,
  type RlpItem,
  rlpBytes,
  rlpItems,
  rlpQuantity,
  rlpWhole,
} from "@heddle/engine";
import { RecordType } from "@heddle/store";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";

/** A setting by its name, as JSON; undefined: it is gone. */
export type Notes = ReadonlyMap<string, string | undefined>;

/** A transaction that waits. `raw` is as it came, with its sidecar. */
export interface WaitingTransaction {
  hash: Hex;
  sender: Hex;
  raw: Uint8Array;
}

/** A block of a line and what was changed from outside on top of it (`encodeEdits`). */
export interface LoggedBlock {
  /** As `encodeBlockEntry` makes it. */
  block: Uint8Array;
  edits: readonly Uint8Array[];
}

/** The main line goes back to a block, or to another branch. All of it happens or nothing. */
export interface LoggedMove {
  /** The newest block that stays, and what is changed from outside on top of it. */
  number: bigint;
  hash: Hex;
  edits: readonly Uint8Array[];
  /** What the main line goes on with. */
  blocks: readonly LoggedBlock[];
  /** Transactions of the blocks that are left wait again. */
  takesBack: boolean;
  notes: Notes;
  /** All that waits from then on; undefined: what waited. */
  pool: readonly WaitingTransaction[] | undefined;
}

/** A record of the log, taken apart. */
export type LoggedEvent =
  | { kind: "block"; isMain: boolean; block: Uint8Array }
  | { kind: "edit"; changes: Uint8Array }
  | { kind: "notes"; notes: Notes }
  | { kind: "base"; notes: Notes; pool: readonly WaitingTransaction[] }
  | ({ kind: "move" } & LoggedMove)
  | { kind: "waits"; transaction: WaitingTransaction }
  | { kind: "dropped"; hashes: readonly Hex[] }
  | { kind: "read"; read: Uint8Array };

/** A record as `Log.append` takes it. */
export type RecordParts = readonly [type: RecordType, ...parts: Uint8Array[]];

const MAIN = 1;
const BESIDE = 2;
const EDIT = 1;
const NOTES = 2;
const BASE = 3;
const WAITS = 1;
const DROPPED = 2;
const HASH = 32;
const ADDRESS = 20;

const kind = (byte: number) => Uint8Array.of(byte);
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

type Nested = Uint8Array | readonly Nested[];
const rlp = (value: Nested) => Rlp.from(value as Uint8Array[], { as: "Bytes" }) as Uint8Array;

const notesBytes = (notes: Notes): Uint8Array => {
  const pairs = [...notes].map(([name, value]) => [name, value ?? null]);
  return utf8(JSON.stringify(pairs));
};

function readNotes(bytes: Uint8Array): Notes {
  const pairs = JSON.parse(text(bytes)) as [string, string | null][];
  return new Map(pairs.map(([name, value]) => [name, value ?? undefined]));
}

const waitingBytes = ({ hash, sender, raw }: WaitingTransaction): Nested => [
  HexOf.toBytes(hash),
  HexOf.toBytes(sender),
  raw,
];

/** A block that follows the head, or one beside the main line. */
export function blockRecord(block: Uint8Array, isMain: boolean): RecordParts {
  return [RecordType.block, kind(isMain ? MAIN : BESIDE), block];
}

/** A change from outside on top of the head. */
export function editRecord(changes: Uint8Array): RecordParts {
  return [RecordType.control, kind(EDIT), changes];
}

export function notesRecord(notes: Notes): RecordParts {
  return [RecordType.control, kind(NOTES), notesBytes(notes)];
}

/** All settings and all that waits, so that records before it are not needed for them. */
export function baseRecord(notes: Notes, pool: Iterable<WaitingTransaction>): RecordParts {
  return [RecordType.control, kind(BASE), rlp([notesBytes(notes), Array.from(pool, waitingBytes)])];
}

export function moveRecord(move: LoggedMove): RecordParts {
  const { number, hash, edits, blocks, takesBack, notes, pool } = move;
  const payload = rlp([
    HexOf.toBytes(integerHex(number)),
    HexOf.toBytes(hash),
    edits,
    blocks.map(({ block, edits: on }) => [block, on]),
    takesBack ? kind(1) : new Uint8Array(0),
    notesBytes(notes),
    pool === undefined ? [] : [pool.map(waitingBytes)],
  ]);
  return [RecordType.revert, payload];
}

export function waitsRecord({ hash, sender, raw }: WaitingTransaction): RecordParts {
  return [RecordType.pool, kind(WAITS), HexOf.toBytes(hash), HexOf.toBytes(sender), raw];
}

export function droppedRecord(hashes: readonly Hex[]): RecordParts {
  return [RecordType.pool, kind(DROPPED), ...hashes.map((hash) => HexOf.toBytes(hash))];
}

/** A value that was read of the state that the chain goes on from. */
export function readingRecord(read: Uint8Array): RecordParts {
  return [RecordType.remoteRead, read];
}

/** Reads the parts of a payload in RLP. */
class Parts {
  readonly #bytes: Uint8Array;
  readonly items: readonly RlpItem[];

  constructor(bytes: Uint8Array, item: RlpItem, count: number) {
    this.#bytes = bytes;
    this.items = rlpItems(bytes, item, "record");
    if (this.items.length !== count) throw new DecodingError("record", `has ${this.items.length} parts`);
  }

  bytes(at: number): Uint8Array {
    return new Uint8Array(rlpBytes(this.#bytes, this.items[at]!, "record"));
  }

  number(at: number): bigint {
    return rlpQuantity(this.#bytes, this.items[at]!, "record", 8);
  }

  list<T>(at: number, read: (item: RlpItem) => T): T[] {
    return rlpItems(this.#bytes, this.items[at]!, "record").map(read);
  }

  parts(item: RlpItem, count: number): Parts {
    return new Parts(this.#bytes, item, count);
  }

  byteLists(at: number): Uint8Array[] {
    return this.list(at, (item) => new Uint8Array(rlpBytes(this.#bytes, item, "record")));
  }

  waiting(at: number): WaitingTransaction[] {
    return this.list(at, (item) => {
      const one = this.parts(item, 3);
      return {
        hash: HexOf.fromBytes(one.bytes(0)),
        sender: HexOf.fromBytes(one.bytes(1)),
        raw: one.bytes(2),
      };
    });
  }
}

function readMove(bytes: Uint8Array): LoggedEvent {
  const parts = new Parts(bytes, rlpWhole(bytes, "record"), 7);
  const pools = parts.list(6, (item) => item);
  return {
    kind: "move",
    number: parts.number(0),
    hash: HexOf.fromBytes(parts.bytes(1)),
    edits: parts.byteLists(2),
    blocks: parts.list(3, (item) => {
      const one = parts.parts(item, 2);
      return { block: one.bytes(0), edits: one.byteLists(1) };
    }),
    takesBack: parts.bytes(4).length > 0,
    notes: readNotes(parts.bytes(5)),
    pool: pools.length === 0 ? undefined : parts.parts(parts.items[6]!, 1).waiting(0),
  };
}

function readControl(control: number, payload: Uint8Array): LoggedEvent {
  switch (control) {
    case EDIT:
      return { kind: "edit", changes: new Uint8Array(payload) };
    case NOTES:
      return { kind: "notes", notes: readNotes(payload) };
    case BASE: {
      const parts = new Parts(payload, rlpWhole(payload, "record"), 2);
      return { kind: "base", notes: readNotes(parts.bytes(0)), pool: parts.waiting(1) };
    }
    default:
      throw new DecodingError("record", `is a control of kind ${control}`);
  }
}

function readPool(event: number, payload: Uint8Array): LoggedEvent {
  if (event === WAITS && payload.length > HASH + ADDRESS) {
    const hash = HexOf.fromBytes(payload.subarray(0, HASH));
    const sender = HexOf.fromBytes(payload.subarray(HASH, HASH + ADDRESS));
    return {
      kind: "waits",
      transaction: { hash, sender, raw: new Uint8Array(payload.subarray(HASH + ADDRESS)) },
    };
  }
  if (event !== DROPPED || payload.length % HASH !== 0)
    throw new DecodingError("record", "is of no known kind");
  const count = payload.length / HASH;
  const hashes = Array.from({ length: count }, (_, i) =>
    HexOf.fromBytes(payload.subarray(i * HASH, i * HASH + HASH)),
  );
  return { kind: "dropped", hashes };
}

/**
 * Takes a record apart.
 * @throws DecodingError where it is none that this version writes
 */
export function readRecord({ type, payload }: { type: RecordType; payload: Uint8Array }): LoggedEvent {
  if (type === RecordType.revert) return readMove(payload);
  if (type === RecordType.remoteRead) return { kind: "read", read: new Uint8Array(payload) };
  const [first = 0] = payload;
  const rest = payload.subarray(1);
  if (type === RecordType.block && (first === MAIN || first === BESIDE)) {
    return { kind: "block", isMain: first === MAIN, block: new Uint8Array(rest) };
  }
  if (type === RecordType.control) return readControl(first, rest);
  if (type === RecordType.pool) return readPool(first, rest);
  throw new DecodingError("record", `is of type ${type} and kind ${first}`);
}
