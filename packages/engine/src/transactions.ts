// A block's transactions as the caller gives them: an array of envelopes, or all of them packed in one buffer.

import { InvalidArgumentError } from "./errors.ts";
import { type Hex, toBytes } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";

/**
 * A block's transactions in one buffer, which is copied to the kernel as a whole: for 40,000 transfers that is some
 * twenty times as fast as an array. Transaction `i` is `bytes.subarray(offsets[i], offsets[i + 1])`. Both may be views
 * of shared memory. `packTransactions` makes it of an array.
 *
 * @example
 * ```ts
 * const transactions = { bytes: Uint8Array.from([...first, ...second]), offsets: Uint32Array.of(0, first.length, first.length + second.length) };
 * ```
 */
export interface PackedTransactions {
  /** The envelopes one behind the other; bytes before the first and behind the last are not looked at. */
  bytes: Uint8Array;
  /** One more than transactions: where each begins in `bytes`, and where the last one ends. Never falling. */
  offsets: Uint32Array;
}

/** Raw envelopes: a type byte and its payload, or a legacy transaction's RLP list. */
export type Transactions = readonly Uint8Array[] | PackedTransactions;

/** The senders, 20 bytes each one behind the other, or an array of addresses. */
export type Senders = Uint8Array | readonly (Hex | Uint8Array)[];

/** Transactions that passed the checks of their form. */
export interface CheckedTransactions {
  count: number;
  byteLength: number;
  given: Transactions;
}

/** More than any block can hold: bounds what an input may make the engine allocate. */
const MAX_TRANSACTIONS = 1 << 20;
const MAX_TRANSACTION_BYTES = 1 << 28;

function boundedLength(byteLength: number): number {
  if (byteLength <= MAX_TRANSACTION_BYTES) return byteLength;
  throw new InvalidArgumentError("transactions", `at most ${MAX_TRANSACTION_BYTES} bytes in all`, byteLength);
}

function checkArray(list: readonly unknown[]): number {
  let byteLength = 0;
  for (let i = 0; i < list.length; i++) {
    const raw = list[i];
    if (!(raw instanceof Uint8Array)) throw new InvalidArgumentError(`transactions[${i}]`, "bytes", raw);
    byteLength += raw.length;
  }
  return boundedLength(byteLength);
}

function checkPacked({ bytes, offsets }: PackedTransactions): number {
  if (!(bytes instanceof Uint8Array)) throw new InvalidArgumentError("transactions.bytes", "bytes", bytes);
  let before = offsets[0]!;
  for (let i = 1; i < offsets.length; i++) {
    const offset = offsets[i]!;
    if (offset < before) {
      throw new InvalidArgumentError(`transactions.offsets[${i}]`, `at least ${before}`, offset);
    }
    before = offset;
  }
  if (before > bytes.length) {
    const last = `transactions.offsets[${offsets.length - 1}]`;
    throw new InvalidArgumentError(last, `at most the ${bytes.length} bytes that there are`, before);
  }
  return boundedLength(before - offsets[0]!);
}

/**
 * Checks the form of a block's transactions: what they hold is the kernel's to check.
 * @throws InvalidArgumentError naming the first field that is wrong
 */
export function checkTransactions(given: unknown): CheckedTransactions {
  if (Array.isArray(given)) {
    if (given.length > MAX_TRANSACTIONS) {
      throw new InvalidArgumentError("transactions", `an array of at most ${MAX_TRANSACTIONS}`, given);
    }
    return { count: given.length, byteLength: checkArray(given), given };
  }
  // What is left out is no empty list: a caller who forgot the transactions must hear of it.
  if (typeof given !== "object" || given === null || !("offsets" in given)) {
    throw new InvalidArgumentError("transactions", "an array, or bytes and offsets", given);
  }
  const packed = given as PackedTransactions;
  const { offsets } = packed;
  if (!(offsets instanceof Uint32Array) || offsets.length === 0 || offsets.length > MAX_TRANSACTIONS + 1) {
    const expected = `a Uint32Array of 1 to ${MAX_TRANSACTIONS + 1} offsets`;
    throw new InvalidArgumentError("transactions.offsets", expected, offsets);
  }
  return { count: offsets.length - 1, byteLength: checkPacked(packed), given: packed };
}

/**
 * Checks the senders of `count` transactions.
 * @throws InvalidArgumentError naming the field that is wrong
 */
export function checkSenders(senders: Senders | undefined, count: number): Uint8Array | undefined {
  if (senders === undefined) return undefined;
  const expected = `${count} addresses, one for each transaction`;
  if (senders instanceof Uint8Array) {
    if (senders.length !== count * 20) throw new InvalidArgumentError("senders", expected, senders);
    return senders;
  }
  if (!Array.isArray(senders) || senders.length !== count) {
    throw new InvalidArgumentError("senders", expected, senders);
  }
  const packed = new Uint8Array(count * 20);
  senders.forEach((sender: Hex | Uint8Array, index) => {
    packed.set(toBytes(sender, `senders[${index}]`, 20), index * 20);
  });
  return packed;
}

/**
 * Copies transactions to `bytes` from `at` on, one behind the other, and to `u32` from `offsets` (an index) on where each
 * begins and the last one ends, counted from the first.
 */
function copyTransactions(
  { given, count, byteLength }: CheckedTransactions,
  bytes: Uint8Array,
  at: number,
  u32: Uint32Array,
  offsets: number,
): void {
  if ("offsets" in given) {
    const first = given.offsets[0]!;
    bytes.set(given.bytes.subarray(first, first + byteLength), at);
    // No more than was checked: memory that others hold may have grown.
    u32.set(given.offsets.subarray(0, count + 1), offsets);
    return;
  }
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const raw = given[i]!;
    bytes.set(raw, at + offset);
    u32[offsets + i] = offset;
    offset += raw.length;
  }
  u32[offsets + count] = offset;
}

/** Transactions and their senders in the kernel's memory; the addresses of each part, 0 = senders are recovered. */
export interface PlacedTransactions {
  count: number;
  offsets: number;
  senders: number;
  bytes: number;
  byteLength: number;
}

/** Bytes that `placeTransactions` takes. */
export function placedSize({ count, byteLength }: CheckedTransactions): number {
  return (count + 1) * 4 + count * 20 + byteLength + 8;
}

/** Copies transactions to the kernel's memory at `at`, which is divisible by four. */
export function placeTransactions(
  kernel: KernelInstance,
  transactions: CheckedTransactions,
  senders: Uint8Array | undefined,
  at: number,
): PlacedTransactions {
  const { count, byteLength } = transactions;
  const sendersAt = at + (count + 1) * 4;
  const bytes = sendersAt + count * 20;
  copyTransactions(transactions, kernel.bytes, bytes, kernel.u32, at >>> 2);
  if (senders !== undefined) kernel.bytes.set(senders.subarray(0, count * 20), sendersAt);
  return { count, offsets: at, senders: senders === undefined ? 0 : sendersAt, bytes, byteLength };
}

/** The envelopes, one after the other. */
export function* eachTransaction({ given, count }: CheckedTransactions): Generator<Uint8Array> {
  if (!("offsets" in given)) {
    yield* given;
    return;
  }
  for (let i = 0; i < count; i++) yield given.bytes.subarray(given.offsets[i]!, given.offsets[i + 1]!);
}

/**
 * Packs transactions into one buffer, for a caller who has them one by one and time before the block is executed.
 * @throws InvalidArgumentError where one of them is no bytes, or they are too many
 */
export function packTransactions(transactions: readonly Uint8Array[]): PackedTransactions {
  const checked = checkTransactions(transactions);
  const bytes = new Uint8Array(checked.byteLength);
  const offsets = new Uint32Array(checked.count + 1);
  copyTransactions(checked, bytes, 0, offsets, 0);
  return { bytes, offsets };
}
