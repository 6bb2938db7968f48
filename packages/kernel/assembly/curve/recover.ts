// Recovery of signers (SEC 1, section 4.1.6): the key Q = (s R - z G) / r of many signatures, two at a time in the lanes
// of SIMD vectors, and inversions shared by all of them.
//
// R's scalar is split by the endomorphism, G's in the middle, so that four numbers of 128 bits share 126 doublings. All
// signatures go through the same steps: signed digits of fixed width, a zero keeps the sum as it was.

import { keccak256 } from "../hash/keccak";
import { wordFromBytes, wordIsZero, wordMultiplyModulo, wordToBytes } from "../word/word";
import { fieldMultiply, PAIR } from "./field";
import { fieldInvert } from "./field-inverse";
import {
  fieldCopy,
  fieldNegateLanes,
  fieldSelect,
  fieldSetWord,
  fieldSubtract,
  fieldToWord,
  laneMask,
} from "./field-linear";
import { fieldRoot } from "./field-root";
import { fieldSquare } from "./field-square";
import {
  BETA,
  END,
  GENERATOR,
  GENERATOR_DIGITS,
  GENERATOR_MULTIPLES,
  GENERATOR_WIDTH,
  HIGHEST_BIT,
  MINUS_SEVEN,
  ONE,
  START,
} from "./generator";
import { wordInvertModulo } from "./inverse";
import { ENTRY, fillMultiples } from "./multiples";
import { POINT, pointAdd, pointDouble } from "./point";
import { ORDER, scalarDigits, scalarFirstIsNegative, scalarSecondIsNegative, scalarSplit } from "./scalar";

/** Signatures that share their inversions. */
export const RECOVER_MOST: u32 = 64;

/** A signature to be recovered. Pointers are u32. */
@unmanaged
export class Signed {
  /** 32 bytes each, big-endian; r and s are in [1, n). */
  hash: u32;
  r: u32;
  s: u32;
  /** 0 or 1. */
  yParity: u32;
  /** 20 bytes: where the address goes. */
  address: u32;
  /** Left by recovery: 1 = the address was written, 0 = this way does not tell. */
  found: u32;
}

const R_WIDTH: u32 = 5;
const R_LEVELS: u32 = R_WIDTH - 1;
const R_DIGITS: u32 = 26;
const R_ENTRIES: usize = 1 << R_LEVELS;

/** Four rows of digits a signature: R's two parts, G's two halves. */
const R1: usize = 0;
const R2: usize = R1 + R_DIGITS * 4;
const G1: usize = R2 + R_DIGITS * 4;
const G2: usize = G1 + GENERATOR_DIGITS * 4;
const DIGITS: usize = G2 + GENERATOR_DIGITS * 4;

// What is kept for two signatures.
const TABLE: usize = 0;
/** x of R's multiples, times beta. */
const TABLE_BETA: usize = TABLE + R_ENTRIES * ENTRY;
const SUM: usize = TABLE_BETA + R_ENTRIES * PAIR;
const PREFIX: usize = SUM + POINT;
const DIGITS_OF: usize = PREFIX + PAIR;
/** r and its inverse, and the product of all r before it: three words a signature. */
const WORDS: usize = DIGITS_OF + 2 * DIGITS;
const VALID: usize = WORDS + 2 * 96;
const SCRATCH: usize = (VALID + 8 + 15) & ~15;
const TWO: usize = SCRATCH + 8 * PAIR;

/** Bytes of memory that `recoverSigners` needs. */
export const RECOVER_MEMORY: usize = (RECOVER_MOST / 2) * TWO + 2048;

let memoryOfPairs: usize = 0;
let scratch: usize = 0;
let signed: usize = 0;
let signedCount: u32 = 0;

/** The signature in a lane of a pair; an odd one at the end stands in both lanes. */
function signedAt(pair: u32, lane: u32): Signed {
  const index = min(signedCount - 1, pair * 2 + lane);
  return changetype<Signed>(signed + <usize>index * offsetof<Signed>());
}

function pairAt(pair: u32): usize {
  return memoryOfPairs + <usize>pair * TWO;
}

function wordsAt(pair: u32, lane: u32): usize {
  return pairAt(pair) + WORDS + <usize>lane * 96;
}

/** Sets the lanes to the x of the point that the signature's r names, y to the y of its parity; G where there is none. */
function choosePoints(pair: u32): void {
  const at = pairAt(pair);
  const x = at + TABLE;
  const y = x + PAIR;
  const square = at + SUM;
  const check = square + PAIR;
  fieldSquare(check, y);
  fieldSubtract(check, check, square);
  for (let lane: u32 = 0; lane < 2; lane++) {
    fieldToWord(scratch, check, lane);
    const valid = wordIsZero(scratch);
    store<u32>(at + VALID + ((<usize>lane) << 2), u32(valid));
    const mask = laneMask(lane == 0, lane == 1);
    if (!valid) {
      fieldSelect(x, GENERATOR, x, mask);
      fieldSelect(y, GENERATOR + PAIR, y, mask);
      continue;
    }
    fieldToWord(scratch, y, lane);
    if ((<u32>load<u64>(scratch) & 1) != signedAt(pair, lane).yParity) fieldNegateLanes(y, y, mask);
  }
}

/** The points R of this pair and the next. */
function liftPoints(pair: u32): void {
  for (let next = pair; next < pair + 2; next++) {
    const x = pairAt(next) + TABLE;
    const square = pairAt(next) + SUM;
    for (let lane: u32 = 0; lane < 2; lane++) {
      wordFromBytes(wordsAt(next, lane), signedAt(next, lane).r, 32);
      fieldSetWord(x, lane, wordsAt(next, lane));
    }
    fieldSquare(square, x);
    fieldMultiply(square, square, x);
    fieldSubtract(square, square, MINUS_SEVEN);
  }
  const at = pairAt(pair);
  fieldRoot(at + TABLE + PAIR, at + SUM, at + SCRATCH, TWO);
  choosePoints(pair);
  choosePoints(pair + 1);
}

/** Replaces every r by 1 / r modulo n: one inversion, three products each. */
function invertAll(pairs: u32): void {
  const product = scratch;
  const saved = scratch + 32;
  let first = true;
  for (let pair: u32 = 0; pair < pairs; pair++) {
    for (let lane: u32 = 0; lane < 2; lane++) {
      const r = wordsAt(pair, lane);
      if (first) {
        memory.copy(product, r, 32);
        first = false;
      } else {
        memory.copy(r + 32, product, 32);
        wordMultiplyModulo(product, product, r, ORDER);
      }
    }
  }
  memory.copy(saved, product, 32);
  wordInvertModulo(product, saved, ORDER, scratch + 64);
  for (let pair = <i32>pairs - 1; pair >= 0; pair--) {
    for (let lane: i32 = 1; lane >= 0; lane--) {
      const r = wordsAt(pair, lane);
      if (pair == 0 && lane == 0) {
        memory.copy(r, product, 32);
        break;
      }
      memory.copy(saved, r, 32);
      wordMultiplyModulo(r, product, r + 32, ORDER);
      wordMultiplyModulo(product, product, saved, ORDER);
    }
  }
}

/** The digits of s / r for the point R and of -z / r for G. */
function findDigits(pair: u32, lane: u32): void {
  const one = signedAt(pair, lane);
  const inverse = wordsAt(pair, lane);
  const digits = pairAt(pair) + DIGITS_OF + <usize>lane * DIGITS;
  const number = scratch;
  const first = scratch + 64;
  const second = scratch + 96;
  wordFromBytes(number, one.s, 32);
  wordMultiplyModulo(number, number, inverse, ORDER);
  scalarSplit(first, second, number, scratch + 128);
  scalarDigits(digits + R1, first, R_WIDTH, R_DIGITS, scalarFirstIsNegative);
  scalarDigits(digits + R2, second, R_WIDTH, R_DIGITS, scalarSecondIsNegative);
  wordFromBytes(number, one.hash, 32);
  wordMultiplyModulo(number, number, inverse, ORDER);
  scalarDigits(digits + G1, number, GENERATOR_WIDTH, GENERATOR_DIGITS, true);
  scalarDigits(digits + G2, number + 16, GENERATOR_WIDTH, GENERATOR_DIGITS, true);
}

/** Which lanes of the two entries make up the point to be added. */
const FROM_BOTH: u32 = 0;
const FROM_LANE_A: u32 = 1;
const FROM_LANE_B: u32 = 2;

/** A vector of limbs of entry `a` for lane A and of `b` for lane B. */
function gatherLimbs(a: v128, b: v128, from: u32): v128 {
  if (from == FROM_BOTH) return i32x4.shuffle(a, b, 0, 5, 2, 7);
  if (from == FROM_LANE_A) return i32x4.shuffle(a, b, 0, 4, 2, 6);
  return i32x4.shuffle(a, b, 1, 5, 3, 7);
}

function gather(r: usize, a: usize, b: usize, from: u32): void {
  v128.store(r, gatherLimbs(v128.load(a), v128.load(b), from));
  v128.store(r, gatherLimbs(v128.load(a, 16), v128.load(b, 16), from), 16);
  v128.store(r, gatherLimbs(v128.load(a, 32), v128.load(b, 32), from), 32);
  v128.store(r, gatherLimbs(v128.load(a, 48), v128.load(b, 48), from), 48);
  v128.store(r, gatherLimbs(v128.load(a, 64), v128.load(b, 64), from), 64);
}

function magnitude(digit: i32): usize {
  const size = digit < 0 ? -digit : digit;
  return <usize>(size == 0 ? 0 : size - 1);
}

/** Adds the multiples that the digits of this pair and the next name, of tables of x and y with their strides. */
function addMultiples(
  pair: usize,
  row: usize,
  tableX: usize,
  strideX: usize,
  tableY: usize,
  tablesApart: usize,
  from: u32,
): void {
  const x = pair + SCRATCH;
  const y = x + PAIR;
  const a = load<i32>(pair + row);
  const b = load<i32>(pair + row + DIGITS);
  const c = load<i32>(pair + row + TWO);
  const d = load<i32>(pair + row + TWO + DIGITS);
  gather(x, tableX + magnitude(a) * strideX, tableX + magnitude(b) * strideX, from);
  gather(y, tableY + magnitude(a) * ENTRY, tableY + magnitude(b) * ENTRY, from);
  fieldNegateLanes(y, y, laneMask(a < 0, b < 0));
  const secondX = tableX + tablesApart;
  const secondY = tableY + tablesApart;
  gather(x + TWO, secondX + magnitude(c) * strideX, secondX + magnitude(d) * strideX, from);
  gather(y + TWO, secondY + magnitude(c) * ENTRY, secondY + magnitude(d) * ENTRY, from);
  fieldNegateLanes(y + TWO, y + TWO, laneMask(c < 0, d < 0));
  pointAdd(pair + SUM, x, y, laneMask(a != 0, b != 0), laneMask(c != 0, d != 0), y + PAIR, TWO);
}

/** Leaves s / r R - z / r G, or Z = 0, in the sums of this pair and the next. */
function findSums(pair: u32): void {
  const at = pairAt(pair);
  for (let one = at; one <= at + TWO; one += TWO) {
    for (let i: usize = 0; i < R_ENTRIES; i++) {
      fieldMultiply(one + TABLE_BETA + i * PAIR, one + TABLE + i * ENTRY, BETA);
    }
    fieldCopy(one + SUM, START);
    fieldCopy(one + SUM + PAIR, START + PAIR);
    fieldCopy(one + SUM + 2 * PAIR, ONE);
  }
  const y = at + TABLE + PAIR;
  let bit = HIGHEST_BIT;
  while (true) {
    if (bit % R_WIDTH == 0) {
      const digit = DIGITS_OF + <usize>(bit / R_WIDTH) * 4;
      addMultiples(at, digit + R1, at + TABLE, ENTRY, y, TWO, FROM_BOTH);
      addMultiples(at, digit + R2, at + TABLE_BETA, PAIR, y, TWO, FROM_BOTH);
    }
    if (bit % GENERATOR_WIDTH == 0) {
      const digit = DIGITS_OF + <usize>(bit / GENERATOR_WIDTH) * 4;
      const table = GENERATOR_MULTIPLES;
      addMultiples(at, digit + G1, table, ENTRY, table + PAIR, 0, FROM_LANE_A);
      addMultiples(at, digit + G2, table, ENTRY, table + PAIR, 0, FROM_LANE_B);
    }
    if (bit == 0) break;
    pointDouble(at + SUM, at + SCRATCH, TWO);
    bit--;
  }
  const end = at + SCRATCH;
  for (let one = end; one <= end + TWO; one += TWO) {
    fieldCopy(one, END);
    fieldCopy(one + PAIR, END + PAIR);
  }
  const all = laneMask(true, true);
  pointAdd(at + SUM, end, end + PAIR, all, all, end + 2 * PAIR, TWO);
}

/** Z = 0 would make the product of all Z zero: it is set to 1 where the sum is not known. */
function replaceZeros(pair: u32): void {
  const at = pairAt(pair);
  const z = at + SUM + 2 * PAIR;
  for (let lane: u32 = 0; lane < 2; lane++) {
    fieldToWord(scratch, z, lane);
    if (!wordIsZero(scratch)) continue;
    store<u32>(at + VALID + ((<usize>lane) << 2), 0);
    fieldSelect(z, ONE, z, laneMask(lane == 0, lane == 1));
  }
}

/** Keys to addresses: the last 20 bytes of keccak-256 of x and y (Yellow Paper, appendix F). */
function writeAddresses(pair: u32, x: usize, y: usize): void {
  const word = scratch;
  const key = scratch + 32;
  for (let lane: u32 = 0; lane < 2; lane++) {
    const one = signedAt(pair, lane);
    one.found = load<u32>(pairAt(pair) + VALID + ((<usize>lane) << 2));
    if (one.found == 0) continue;
    fieldToWord(word, x, lane);
    wordToBytes(key, word);
    fieldToWord(word, y, lane);
    wordToBytes(key + 32, word);
    keccak256(word, key, 64);
    memory.copy(one.address, word + 12, 20);
  }
}

/** All sums to affine points: one inversion for all Z. */
function finishSums(pairs: u32): void {
  const product = scratch + 128;
  const inverse = product + PAIR;
  const power = inverse + PAIR;
  fieldCopy(product, pairAt(0) + SUM + 2 * PAIR);
  for (let pair: u32 = 1; pair < pairs; pair++) {
    fieldCopy(pairAt(pair) + PREFIX, product);
    fieldMultiply(product, product, pairAt(pair) + SUM + 2 * PAIR);
  }
  fieldInvert(product, product, power);
  for (let pair = <i32>pairs - 1; pair >= 0; pair--) {
    const sum = pairAt(pair) + SUM;
    if (pair == 0) {
      fieldCopy(inverse, product);
    } else {
      fieldMultiply(inverse, product, pairAt(pair) + PREFIX);
      fieldMultiply(product, product, sum + 2 * PAIR);
    }
    fieldSquare(power, inverse);
    fieldMultiply(sum, sum, power);
    fieldMultiply(power, power, inverse);
    fieldMultiply(sum + PAIR, sum + PAIR, power);
    writeAddresses(pair, sum, sum + PAIR);
  }
}

/**
 * Recovers the signers of `count` signatures (at most RECOVER_MOST) of the Signed array at `list`. Where `found` stays 0
 * this way does not tell: there is no signer, or the sum ran into a case that its formulas leave out. `memory` is
 * RECOVER_MEMORY bytes, aligned to 16.
 */
export function recoverSigners(list: usize, count: u32, memoryOfBatch: usize): void {
  signed = list;
  signedCount = count;
  memoryOfPairs = memoryOfBatch;
  scratch = memoryOfBatch + (RECOVER_MOST / 2) * TWO;
  // Two pairs at a time: what is missing at the end is done for the last signature again.
  const pairs = ((count + 3) >> 2) << 1;
  for (let pair: u32 = 0; pair < pairs; pair += 2) liftPoints(pair);
  invertAll(pairs);
  fillMultiples(memoryOfPairs + TABLE, TWO, pairs, R_LEVELS, scratch);
  for (let pair: u32 = 0; pair < pairs; pair += 2) {
    for (let next = pair; next < pair + 2; next++) {
      for (let lane: u32 = 0; lane < 2; lane++) findDigits(next, lane);
    }
    findSums(pair);
    replaceZeros(pair);
    replaceZeros(pair + 1);
  }
  finishSums(pairs);
}
