// A cursor over the fields of an RLP list, with the ranges that transactions allow.

import { rlpIsList, rlpItem, rlpLength, rlpNext, rlpPayload } from "../rlp/read";
import { Invalid } from "../status";
import { wordFromBytes, wordZero } from "../word/word";

let at: usize = 0;
let end: usize = 0;

/** Payload of the item that was read last, and its length. */
export let fieldPayload: usize = 0;
export let fieldLength: usize = 0;

/** Starts at the first item of a list's payload. */
export function fieldsOpen(payload: usize, length: usize): void {
  at = payload;
  end = payload + length;
}

/** Where the next item starts. */
export function fieldsPosition(): usize {
  return at;
}

function next(): bool {
  if (at >= end || !rlpItem(at, end)) return false;
  fieldPayload = rlpPayload;
  fieldLength = rlpLength;
  at = rlpNext;
  return true;
}

/** A byte string of any length. */
export function fieldBytes(): bool {
  return next() && !rlpIsList;
}

export function fieldList(): bool {
  return next() && rlpIsList;
}

function isCanonicalInteger(): bool {
  return fieldLength == 0 || load<u8>(fieldPayload) != 0;
}

/** An integer of 256 bits at most; a longer one gives `tooLong`. */
export function fieldWord(result: usize, tooLong: Invalid): Invalid {
  if (!fieldBytes()) return Invalid.Malformed;
  if (!isCanonicalInteger()) return Invalid.Malformed;
  if (fieldLength > 32) return tooLong;
  wordFromBytes(result, fieldPayload, <u32>fieldLength);
  return Invalid.None;
}

/** The integer that `fieldU64` read. */
export let fieldInteger: u64 = 0;

/** An integer of 64 bits at most; a longer one gives `tooLong`. */
export function fieldU64(tooLong: Invalid): Invalid {
  if (!fieldBytes()) return Invalid.Malformed;
  // What is too long is that first, whatever it begins with.
  if (fieldLength > 8) return tooLong;
  if (!isCanonicalInteger()) return Invalid.Malformed;
  let value: u64 = 0;
  for (let i: usize = 0; i < fieldLength; i++) value = (value << 8) | load<u8>(fieldPayload + i);
  fieldInteger = value;
  return Invalid.None;
}

/** An integer of 256 bits at most as 32 big-endian bytes: r or s of a signature. */
export function fieldScalar(result: usize): Invalid {
  if (!fieldBytes() || !isCanonicalInteger()) return Invalid.Malformed;
  if (fieldLength > 32) return Invalid.InvalidSignature;
  wordZero(result);
  memory.copy(result + 32 - fieldLength, fieldPayload, fieldLength);
  return Invalid.None;
}
