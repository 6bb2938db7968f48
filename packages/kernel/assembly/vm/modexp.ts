// MODEXP (0x05) with a base and a modulus of one word at most; longer ones are the host's. EIP-198 (Byzantium), priced
// anew by EIP-2565 (Berlin) and EIP-7883 (Osaka).

import { Fork } from "../status";
import {
  wordFromBytes,
  wordIsZero,
  wordModulo,
  wordMultiplyModulo,
  wordSet,
  wordToBytes,
} from "../word/word";

/** Bytes of scratch memory that `modexpOfWords` needs. */
export const MODEXP_SCRATCH: u32 = 19 * 32;
/** What `modexpOfWords` answers where an operand is longer than a word, or there is no modulus. */
export const MODEXP_LONG: i64 = -2;

const HEADER: u32 = 96;
/** EIP-7823's bound; the host knows where it holds. */
const MAXIMUM_EXPONENT: u32 = 1024;
const TOO_LONG: u32 = 0xffffffff;

/** A byte of the input; what lies beyond its end reads as zero. */
function inputByte(input: usize, length: u32, at: u32): u32 {
  return at < length ? <u32>load<u8>(input + at) : 0;
}

/** A length of the header, 32 bytes big-endian; TOO_LONG where it is above that of any exponent here. */
function headerLength(input: usize, length: u32, at: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < 32; i++) {
    value = (value << 8) | inputByte(input, length, at + i);
    if (value > MAXIMUM_EXPONENT) return TOO_LONG;
  }
  return value;
}

/** `count` bytes of the input from `at` on, at most 32, as a word. */
function inputWord(word: usize, input: usize, length: u32, at: u32, count: u32): void {
  const present: u32 = at >= length ? 0 : min<u32>(count, length - at);
  // The word's own memory holds the bytes: wordFromBytes reads all of them first.
  memory.fill(word, 0, 32);
  memory.copy(word, input + at, present);
  wordFromBytes(word, word, count);
}

/** About how often the result is squared: bits of the exponent, its bytes after the 32nd counted `perByte`. */
function iterations(input: usize, length: u32, start: u32, exponentLength: u32, perByte: u32): u64 {
  const head: u32 = min<u32>(exponentLength, 32);
  let bits: u32 = 0;
  for (let i: u32 = 0; i < head; i++) {
    const byte = inputByte(input, length, start + i);
    if (byte == 0) continue;
    bits = (head - i) * 8 - (clz<u32>(byte) - 24) - 1;
    break;
  }
  return <u64>bits + (exponentLength > 32 ? <u64>perByte * <u64>(exponentLength - 32) : 0);
}

function price(fork: u32, longest: u32, input: usize, length: u32, start: u32, exponentLength: u32): u64 {
  const perByte: u32 = fork >= Fork.Osaka ? 16 : 8;
  const count = max<u64>(iterations(input, length, start, exponentLength, perByte), 1);
  if (fork >= Fork.Osaka) return max<u64>(16 * count, 500);
  const words = <u64>((longest + 7) >> 3);
  if (fork >= Fork.Berlin) return max<u64>((words * words * count) / 3, 200);
  return (<u64>longest * <u64>longest * count) / 20;
}

/**
 * result = base ^ exponent modulo m, left to right by half bytes: four squarings, then one multiplication by a power
 * from the table of 16 at `powers`. `m` is above 1, `base` below it. The exponent begins at `start` of the input.
 */
function power(
  result: usize,
  powers: usize,
  m: usize,
  input: usize,
  length: u32,
  start: u32,
  exponentLength: u32,
): void {
  wordSet(result, 1);
  let filled: u32 = 2;
  let started = false;
  for (let i: u32 = 0; i < exponentLength * 2; i++) {
    const byte = inputByte(input, length, start + (i >> 1));
    const digit: u32 = (i & 1) == 0 ? byte >> 4 : byte & 15;
    if (started) {
      wordMultiplyModulo(result, result, result, m);
      wordMultiplyModulo(result, result, result, m);
      wordMultiplyModulo(result, result, result, m);
      wordMultiplyModulo(result, result, result, m);
    }
    if (digit == 0) continue;
    // The table grows as far as it is needed: a short exponent asks for little of it.
    while (filled <= digit) {
      wordMultiplyModulo(powers + <usize>filled * 32, powers + <usize>(filled - 1) * 32, powers + 32, m);
      filled++;
    }
    if (started) wordMultiplyModulo(result, result, powers + <usize>digit * 32, m);
    else memory.copy(result, powers + <usize>digit * 32, 32);
    started = true;
  }
}

/**
 * Runs the precompile; the gas it used, -1 where there is less, MODEXP_LONG where it is not for words. The result lies at
 * `result`, in as many bytes as the modulus has (`modexpResultLength`). `result` has MODEXP_SCRATCH bytes.
 */
export function modexpOfWords(result: usize, input: usize, length: u32, fork: u32, gas: u64): i64 {
  const baseLength = headerLength(input, length, 0);
  const exponentLength = headerLength(input, length, 32);
  const modulusLength = headerLength(input, length, 64);
  if (baseLength > 32 || modulusLength > 32 || modulusLength == 0 || exponentLength == TOO_LONG) {
    return MODEXP_LONG;
  }
  const start = HEADER + baseLength;
  const used = price(fork, max<u32>(baseLength, modulusLength), input, length, start, exponentLength);
  if (used > gas) return -1;
  modexpResultLength = modulusLength;
  const m = result + 32;
  const value = m + 32;
  const powers = value + 32;
  const one = powers;
  const base = powers + 32;
  inputWord(m, input, length, start + exponentLength, modulusLength);
  inputWord(base, input, length, HEADER, baseLength);
  wordSet(one, 1);
  memory.fill(value, 0, 32);
  if (!wordIsZero(m)) {
    // 1 modulo 1 is 0, whatever the exponent.
    wordModulo(one, one, m);
    wordModulo(base, base, m);
    if (!wordIsZero(one)) power(value, powers, m, input, length, start, exponentLength);
  }
  wordToBytes(powers, value);
  memory.copy(result, powers + 32 - modulusLength, modulusLength);
  return <i64>used;
}

/** Bytes of the last result. */
export let modexpResultLength: u32 = 0;
