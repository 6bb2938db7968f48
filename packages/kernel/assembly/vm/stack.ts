// Words on the stack: moving them, also to and from EVM memory, and what they say where they are operands.

import { wordFitsU64, wordLow } from "../word/word";
import { Decoded } from "./decode";
import { Frame } from "./frame";
import { memoryReach } from "./memory";

/** Stores a word in the byte order of EVM memory. */
export function storeBigEndian(at: usize, word: usize): void {
  const low = v128.load(word);
  const high = v128.load(word, 16);
  v128.store(at, v128.shuffle<u8>(high, high, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  v128.store(at, v128.shuffle<u8>(low, low, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 16);
}

/** Loads a word that stands in the byte order of EVM memory. */
export function loadBigEndian(word: usize, at: usize): void {
  const high = v128.load(at);
  const low = v128.load(at, 16);
  v128.store(word, v128.shuffle<u8>(low, low, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  v128.store(word, v128.shuffle<u8>(high, high, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 16);
}

/** Copies a word. */
export function copyWord(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

/** The upper three limbs zero and the lowest `value`. */
export function putSmall(to: usize, value: u64): void {
  store<u64>(to, value);
  store<u64>(to, 0, 8);
  v128.store(to, i64x2.splat(0), 16);
}

export function isNotZero(word: usize): bool {
  return v128.any_true(v128.or(v128.load(word), v128.load(word, 16)));
}

/** The block at the jump target in the word at `sp`; 0 = no JUMPDEST there. */
export function dynamicTarget(frame: Frame, sp: usize): usize {
  if (!wordFitsU64(sp)) return 0;
  const pc = wordLow(sp);
  if (pc >= <u64>frame.codeLength) return 0;
  return load<u32>(<usize>changetype<Decoded>(frame.decoded).targets + ((<usize>pc) << 2));
}

/** Whether a memory of `size` bytes has a whole word at the offset in the word at `sp`. */
export function hasWord(sp: usize, size: u64): bool {
  return (
    (load<u64>(sp, 8) | load<u64>(sp, 16) | load<u64>(sp, 24)) == 0 &&
    load<u64>(sp) < size &&
    load<u64>(sp) + 32 <= size
  );
}

/** Grows the memory for `length` bytes at the offset in the word at `sp`; false = out of gas. */
export function reach(frame: Frame, sp: usize, length: u64): bool {
  return wordFitsU64(sp) && wordLow(sp) <= 0xffffffff && memoryReach(frame, wordLow(sp) + length);
}
