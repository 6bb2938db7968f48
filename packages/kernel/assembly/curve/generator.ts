// Constant points: multiples of the generator G, and where a running sum starts and ends.

import { CURVE_CONSTANTS } from "../memory/layout";
import { FIELD_ZERO, PAIR } from "./field";
import { fieldSetWord, fieldSubtract } from "./field-linear";
import { ENTRY, fillMultiples } from "./multiples";
import { SCALAR_CONSTANTS_END, setLimbs } from "./scalar";

/** Bits of a digit of G's scalars, and how many digits 128 bits have. */
export const GENERATOR_WIDTH: u32 = 9;
export const GENERATOR_DIGITS: u32 = 15;
/** The lowest bit of the highest digit: a sum is doubled so often after its start. */
export const HIGHEST_BIT: u32 = (GENERATOR_DIGITS - 1) * GENERATOR_WIDTH;

/** beta, in both lanes: (beta x, y) is the point (x, y) times the endomorphism's eigenvalue. */
export const BETA: usize = (SCALAR_CONSTANTS_END + 15) & ~15;
/** -7 and 1, in both lanes. */
export const MINUS_SEVEN: usize = BETA + PAIR;
export const ONE: usize = MINUS_SEVEN + PAIR;
/** S, the point with the smallest x above 5 and an even y, where sums start: nobody knows it as a multiple of G. */
export const START: usize = ONE + PAIR;
/** -2^HIGHEST_BIT S, which takes that off again. */
export const END: usize = START + ENTRY;
/** G in both lanes. */
export const GENERATOR: usize = END + ENTRY;
/** Entries (multiples.ts) of the multiples 1 to 256 of G (lane A) and of 2^128 G (lane B). */
export const GENERATOR_MULTIPLES: usize = CURVE_CONSTANTS + 2048;
const GENERATOR_BYTES: usize = ENTRY << (GENERATOR_WIDTH - 1);

function setBoth(pair: usize, word: usize): void {
  fieldSetWord(pair, 0, word);
  fieldSetWord(pair, 1, word);
}

/** Writes points and table, once for a memory; after `initialiseField` and `initialiseScalar`. */
export function initialiseGenerator(): void {
  const scratch = GENERATOR + ENTRY;
  const word = scratch;
  setLimbs(word, 0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9, 0x7ae96a2b657c0710);
  setBoth(BETA, word);
  setLimbs(word, 7, 0, 0, 0);
  setBoth(MINUS_SEVEN, word);
  fieldSubtract(MINUS_SEVEN, FIELD_ZERO, MINUS_SEVEN);
  setLimbs(word, 1, 0, 0, 0);
  setBoth(ONE, word);
  setLimbs(word, 6, 0, 0, 0);
  setBoth(START, word);
  setLimbs(word, 0xdff50b7873a9a40, 0xb5a17786b4e7a025, 0xd3f8b867bbadb95c, 0x2a410a830399bccc);
  setBoth(START + PAIR, word);
  setLimbs(word, 0xe7d35e262a537984, 0x7ed6cd9da37dda4b, 0xdde64d44d85dd67, 0xf53cd74aadbc4f11);
  setBoth(END, word);
  setLimbs(word, 0x1c673fad80c1a0cb, 0xd5ced04a1b08109d, 0x350ca5b574715df1, 0x4ae7c214aa295ba8);
  setBoth(END + PAIR, word);
  setLimbs(word, 0x59f2815b16f81798, 0x29bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac);
  setBoth(GENERATOR, word);
  fieldSetWord(GENERATOR_MULTIPLES, 0, word);
  setLimbs(word, 0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465);
  setBoth(GENERATOR + PAIR, word);
  fieldSetWord(GENERATOR_MULTIPLES + PAIR, 0, word);
  // 2^128 G.
  setLimbs(word, 0x1b7b444c9ec4c0da, 0xe88c5678723ea335, 0x9239c1ad981f162e, 0x8f68b9d2f63b5f33);
  fieldSetWord(GENERATOR_MULTIPLES, 1, word);
  setLimbs(word, 0xf23cbf79501fff82, 0xbbea2cfe95510bfd, 0xde1d90c2b6be215d, 0x662a9f2dba063986);
  fieldSetWord(GENERATOR_MULTIPLES + PAIR, 1, word);
  fillMultiples(GENERATOR_MULTIPLES, GENERATOR_BYTES, 1, GENERATOR_WIDTH - 1, scratch);
}
