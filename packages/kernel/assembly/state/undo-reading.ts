// Reading a packed undo record (undo-record.ts), one item after the other. What is malformed is told by `undoIsMalformed`, and
// reads as nothing from there on.

import { wordFromAddress, wordFromBytes, wordZero } from "../word/word";

let at: usize = 0;
let end: usize = 0;
let malformed: bool = false;

/** Begins to read the record of `length` bytes at `bytes`. */
export function undoReadFrom(bytes: usize, length: u32): void {
  at = bytes;
  end = bytes + <usize>length;
  malformed = false;
}

export function undoIsMalformed(): bool {
  return malformed;
}

/** Whether another account follows. */
export function undoHasMore(): bool {
  return !malformed && at < end;
}

/** The address of the next `length` bytes; 0 where there are not so many left. */
function take(length: usize): usize {
  if (malformed || end - at < length) {
    malformed = true;
    return 0;
  }
  const taken = at;
  at += length;
  return taken;
}

export function undoReadAddress(word: usize): void {
  const bytes = take(20);
  if (bytes == 0) wordZero(word);
  else wordFromAddress(word, bytes);
}

export function undoReadByte(): u8 {
  const bytes = take(1);
  return bytes == 0 ? 0 : load<u8>(bytes);
}

/** A number of at most `longest` bytes, without leading zeros. */
export function undoReadNumber(word: usize, longest: u32): void {
  const length = <u32>undoReadByte();
  wordZero(word);
  if (length > longest) malformed = true;
  const bytes = take(<usize>length);
  if (bytes == 0 || length == 0) return;
  if (load<u8>(bytes) == 0) malformed = true;
  wordFromBytes(word, bytes, length);
}

/** As `undoReadNumber`, of 32 bytes at most, for whoever does not need it yet. */
export function undoSkipNumber(): void {
  const length = <usize>undoReadByte();
  const bytes = take(length);
  if (length > 32 || (bytes != 0 && length != 0 && load<u8>(bytes) == 0)) malformed = true;
}

/** 32 raw bytes. */
export function undoReadHash(hash: usize): void {
  const bytes = take(32);
  if (bytes == 0) wordZero(hash);
  else memory.copy(hash, bytes, 32);
}

/** A number of slots (LEB128). */
export function undoReadCount(): u32 {
  let count: u64 = 0;
  for (let shift: u64 = 0; shift < 35; shift += 7) {
    const byte = <u64>undoReadByte();
    count |= (byte & 127) << shift;
    if (byte < 128) {
      // Each slot takes two bytes at least.
      if (count > <u64>(end - at)) malformed = true;
      return malformed ? 0 : <u32>count;
    }
  }
  malformed = true;
  return 0;
}
