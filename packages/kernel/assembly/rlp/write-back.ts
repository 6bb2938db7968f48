// Writing RLP from its end to its begin: a list's prefix comes last, when the length of its items is known, so that
// nested lists need no pass that only measures them. Every writer takes the address behind the item and returns
// where the item begins.

import {
  rlpHeaderLength,
  rlpLengthOfBytes,
  rlpLengthOfU64,
  rlpLengthOfWord,
  rlpWriteBytes,
  rlpWriteListHeader,
  rlpWriteU64,
  rlpWriteWord,
} from "./write";

/** Writes `length` bytes as a string that ends at `end`. */
export function rlpBackBytes(end: usize, bytes: usize, length: u32): usize {
  const out = end - rlpLengthOfBytes(bytes, length);
  rlpWriteBytes(out, bytes, length);
  return out;
}

/** Writes an integer that ends at `end`. */
export function rlpBackU64(end: usize, value: u64): usize {
  const out = end - rlpLengthOfU64(value);
  rlpWriteU64(out, value);
  return out;
}

/** Writes the word `a` as an integer that ends at `end`. */
export function rlpBackWord(end: usize, a: usize): usize {
  const out = end - rlpLengthOfWord(a);
  rlpWriteWord(out, a);
  return out;
}

/** Makes a list of the items from `out` to `end`. */
export function rlpBackList(out: usize, end: usize): usize {
  const length = <u32>(end - out);
  const start = out - rlpHeaderLength(length);
  rlpWriteListHeader(start, length);
  return start;
}
