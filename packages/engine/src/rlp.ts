// Strict reading of RLP into slices of the input. Writing is ox's (ox/Rlp); its reader accepts encodings that
// are not canonical (0x8100, 0xb800), which consensus refuses, and gives no slices, which raw transactions need.

import { DecodingError, InvalidArgumentError } from "./errors.ts";
import { toHex } from "./hex.ts";

/** One item: where it stands in the bytes, with and without its prefix. */
export interface RlpItem {
  isList: boolean;
  start: number;
  payload: number;
  end: number;
}

/** Reads the prefix of the item at `at`; the item must end at or before `limit`. */
export function rlpItem(bytes: Uint8Array, at: number, limit: number, field: string): RlpItem {
  if (at >= limit) throw new DecodingError(field, "ends where an item was expected");
  const prefix = bytes[at]!;
  if (prefix < 0x80) return { isList: false, start: at, payload: at, end: at + 1 };
  const isList = prefix >= 0xc0;
  const short = prefix - (isList ? 0xc0 : 0x80);
  let payload = at + 1;
  let length = short;
  if (short > 55) {
    const lengthBytes = short - 55;
    if (payload + lengthBytes > limit) throw new DecodingError(field, "ends inside a length");
    if (bytes[payload] === 0) throw new DecodingError(field, "has a length with a leading zero");
    length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[payload + i]!;
    if (length <= 55) throw new DecodingError(field, "has a long length that fits a short one");
    payload += lengthBytes;
  }
  if (length > limit - payload) throw new DecodingError(field, "is longer than the bytes that are there");
  if (!isList && length === 1 && bytes[payload]! < 0x80) {
    throw new DecodingError(field, "has a prefix that a single byte must not have");
  }
  return { isList, start: at, payload, end: payload + length };
}

/** The items of the list that `item` is. */
export function rlpItems(bytes: Uint8Array, item: RlpItem, field: string): RlpItem[] {
  if (!item.isList) throw new DecodingError(field, "is not a list");
  const items: RlpItem[] = [];
  for (let at = item.payload; at < item.end; ) {
    const next = rlpItem(bytes, at, item.end, `${field}[${items.length}]`);
    items.push(next);
    at = next.end;
  }
  return items;
}

/** The one item that `bytes` is, with nothing behind it. */
export function rlpWhole(bytes: Uint8Array, field: string): RlpItem {
  if (!(bytes instanceof Uint8Array)) throw new InvalidArgumentError(field, "bytes", bytes);
  const item = rlpItem(bytes, 0, bytes.length, field);
  if (item.end !== bytes.length) throw new DecodingError(field, "has bytes behind its end");
  return item;
}

/** The bytes of a string item; `length`, if given, is the only length allowed. */
export function rlpBytes(bytes: Uint8Array, item: RlpItem, field: string, length?: number): Uint8Array {
  if (item.isList) throw new DecodingError(field, "is a list");
  if (length !== undefined && item.end - item.payload !== length) {
    throw new DecodingError(field, `has ${item.end - item.payload} bytes, not ${length}`);
  }
  return bytes.subarray(item.payload, item.end);
}

/** Bytes of integers that a number holds exactly. */
const SAFE_BYTES = 6;

/** An unsigned integer of at most `maxBytes` bytes without leading zeros. */
export function rlpQuantity(bytes: Uint8Array, item: RlpItem, field: string, maxBytes: number): bigint {
  const digits = rlpBytes(bytes, item, field);
  if (digits.length > maxBytes)
    throw new DecodingError(field, `has ${digits.length} bytes, more than ${maxBytes}`);
  if (digits[0] === 0) throw new DecodingError(field, "is a number with a leading zero");
  if (digits.length > SAFE_BYTES) return BigInt(toHex(digits));
  let value = 0;
  for (const digit of digits) value = value * 256 + digit;
  return BigInt(value);
}
