// Reading RLP (Yellow Paper, appendix B), strictly: exactly one encoding of a value is accepted. Refused are
// lengths with leading zeros, long forms of what fits the short form, a prefix before a single byte below
// 0x80, anything that reaches beyond `end`, and in integers leading zero bytes.
//
// A cursor without state of its own: `rlpItem(at, end)` reads the item at `at` and leaves what it found in
// the module variables below (each worker has its own) until the next call. To walk a list, read it, keep
// rlpPayload and its end, and go on from rlpNext.

import { wordFromBytes } from "../word/word";

/** First byte of the payload of the item read last. */
export let rlpPayload: usize = 0;
/** Bytes of its payload. */
export let rlpLength: u32 = 0;
/** It is a list. */
export let rlpIsList: bool = false;
/** First byte behind it. */
export let rlpNext: usize = 0;
/** The integer that rlpU64 read last. */
export let rlpValue: u64 = 0;

/** Reads the item at `at`, before `end`. False: malformed, or there is nothing left. */
export function rlpItem(at: usize, end: usize): bool {
  if (at >= end) return false;
  const prefix = <u32>load<u8>(at);
  if (prefix < 0x80) {
    rlpPayload = at;
    rlpLength = 1;
    rlpIsList = false;
    rlpNext = at + 1;
    return true;
  }
  const available = <u32>(end - at - 1);
  const isList = prefix >= 0xc0;
  // 0 to 55: the payload's length; 56 to 63: 55 and the number of bytes the length takes.
  let length = prefix & 0x3f;
  let payload = at + 1;
  if (length > 55) {
    const lengthBytes = length - 55;
    // Lengths of 2^32 and more cannot fit in memory: their first byte is not zero.
    if (lengthBytes > 4 || lengthBytes > available || load<u8>(payload) == 0) return false;
    length = 0;
    for (let i: u32 = 0; i < lengthBytes; i++) length = (length << 8) | <u32>load<u8>(payload + i);
    if (length <= 55 || length > available - lengthBytes) return false;
    payload += lengthBytes;
  } else {
    if (length > available) return false;
    if (length == 1 && !isList && load<u8>(payload) < 0x80) return false;
  }
  rlpPayload = payload;
  rlpLength = length;
  rlpIsList = isList;
  rlpNext = payload + length;
  return true;
}

/** Reads a list: payload, length and next as for rlpItem. False: malformed or a string. */
export function rlpList(at: usize, end: usize): bool {
  return rlpItem(at, end) && rlpIsList;
}

/** Reads a string. False: malformed or a list. */
export function rlpString(at: usize, end: usize): bool {
  return rlpItem(at, end) && !rlpIsList;
}

/** Reads a string of exactly `length` bytes (an address, a hash). False: malformed or anything else. */
export function rlpFixedString(at: usize, end: usize, length: u32): bool {
  return rlpItem(at, end) && !rlpIsList && rlpLength == length;
}

/** Reads an integer of at most 64 bits into rlpValue. False: malformed, too large, or with leading zeros. */
export function rlpU64(at: usize, end: usize): bool {
  if (!rlpItem(at, end) || rlpIsList || rlpLength > 8) return false;
  let value: u64 = 0;
  if (rlpLength != 0) {
    if (load<u8>(rlpPayload) == 0) return false;
    for (let i: u32 = 0; i < rlpLength; i++) value = (value << 8) | <u64>load<u8>(rlpPayload + i);
  }
  rlpValue = value;
  return true;
}

/**
 * Reads an integer of at most 256 bits into the word `result`. False: malformed, too large, or with leading
 * zeros; the word is as it was then.
 */
export function rlpWord(at: usize, end: usize, result: usize): bool {
  if (!rlpItem(at, end) || rlpIsList || rlpLength > 32) return false;
  if (rlpLength != 0 && load<u8>(rlpPayload) == 0) return false;
  wordFromBytes(result, rlpPayload, rlpLength);
  return true;
}

/** Number of items from `at` to `end`, -1 where one of them is malformed. Does not look inside lists. */
export function rlpCount(at: usize, end: usize): i32 {
  let count = 0;
  while (at < end) {
    if (!rlpItem(at, end)) return -1;
    at = rlpNext;
    count++;
  }
  return count;
}
