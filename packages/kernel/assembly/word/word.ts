// 256-bit words: moving, comparing, adding, bitwise operations, bytes. A word is four u64 limbs in linear
// memory, least significant first. A result may be one of the operands in every function of this room: all
// operands are read before anything is written.
//
// Limbs are read and written as u64, never as v128: a 16-byte load of what two 8-byte stores have just
// written cannot be forwarded from the store buffer and stalls.

export { wordDivide, wordDivideSigned, wordModulo, wordModuloSigned } from "./divide";
export { wordAddModulo, wordMultiplyModulo } from "./modular";
export { wordMultiply, wordMultiplyOverflow, wordPower } from "./multiply";
export { wordLeadingZeros, wordShiftLeft, wordShiftRight, wordShiftRightSigned } from "./shift";

/** result = 0. */
export function wordZero(result: usize): void {
  store<u64>(result, 0);
  store<u64>(result, 0, 8);
  store<u64>(result, 0, 16);
  store<u64>(result, 0, 24);
}

/** result = a. */
export function wordCopy(result: usize, a: usize): void {
  const a0 = load<u64>(a);
  const a1 = load<u64>(a, 8);
  const a2 = load<u64>(a, 16);
  const a3 = load<u64>(a, 24);
  store<u64>(result, a0);
  store<u64>(result, a1, 8);
  store<u64>(result, a2, 16);
  store<u64>(result, a3, 24);
}

/** result = value, zero-extended. */
export function wordSet(result: usize, value: u64): void {
  store<u64>(result, value);
  store<u64>(result, 0, 8);
  store<u64>(result, 0, 16);
  store<u64>(result, 0, 24);
}

/** a == 0. */
export function wordIsZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

/** a == b. */
export function wordEquals(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  );
}

/** The limbs below the highest one, compared as unsigned numbers. */
function lowerLimbsLess(a: usize, b: usize): bool {
  const a2 = load<u64>(a, 16);
  const b2 = load<u64>(b, 16);
  if (a2 != b2) return a2 < b2;
  const a1 = load<u64>(a, 8);
  const b1 = load<u64>(b, 8);
  if (a1 != b1) return a1 < b1;
  return load<u64>(a) < load<u64>(b);
}

/** a < b, both unsigned. */
export function wordLess(a: usize, b: usize): bool {
  const a3 = load<u64>(a, 24);
  const b3 = load<u64>(b, 24);
  if (a3 != b3) return a3 < b3;
  return lowerLimbsLess(a, b);
}

/** a < b, both in two's complement. */
export function wordLessSigned(a: usize, b: usize): bool {
  const a3 = load<i64>(a, 24);
  const b3 = load<i64>(b, 24);
  if (a3 != b3) return a3 < b3;
  return lowerLimbsLess(a, b);
}

/** result = a + b modulo 2^256; true where a carry is lost. */
export function wordAdd(result: usize, a: usize, b: usize): bool {
  const a0 = load<u64>(a);
  const a1 = load<u64>(a, 8);
  const a2 = load<u64>(a, 16);
  const a3 = load<u64>(a, 24);
  const b1 = load<u64>(b, 8);
  const b2 = load<u64>(b, 16);
  const b3 = load<u64>(b, 24);
  const r0 = a0 + load<u64>(b);
  const s1 = a1 + b1;
  const r1 = s1 + u64(r0 < a0);
  const s2 = a2 + b2;
  const r2 = s2 + (u64(s1 < a1) | u64(r1 < s1));
  const s3 = a3 + b3;
  const r3 = s3 + (u64(s2 < a2) | u64(r2 < s2));
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
  return <bool>(i32(s3 < a3) | i32(r3 < s3));
}

/** result = a - b modulo 2^256; true where it borrows, that is a < b. */
export function wordSubtract(result: usize, a: usize, b: usize): bool {
  const a0 = load<u64>(a);
  const a1 = load<u64>(a, 8);
  const a2 = load<u64>(a, 16);
  const a3 = load<u64>(a, 24);
  const b0 = load<u64>(b);
  const b1 = load<u64>(b, 8);
  const b2 = load<u64>(b, 16);
  const b3 = load<u64>(b, 24);
  const borrow0 = u64(a0 < b0);
  const d1 = a1 - b1;
  const borrow1 = u64(a1 < b1) | u64(d1 < borrow0);
  const d2 = a2 - b2;
  const borrow2 = u64(a2 < b2) | u64(d2 < borrow1);
  const d3 = a3 - b3;
  store<u64>(result, a0 - b0);
  store<u64>(result, d1 - borrow0, 8);
  store<u64>(result, d2 - borrow1, 16);
  store<u64>(result, d3 - borrow2, 24);
  return <bool>(i32(a3 < b3) | i32(d3 < borrow2));
}

/** result = a XOR b. */
export function wordXor(result: usize, a: usize, b: usize): void {
  const r0 = load<u64>(a) ^ load<u64>(b);
  const r1 = load<u64>(a, 8) ^ load<u64>(b, 8);
  const r2 = load<u64>(a, 16) ^ load<u64>(b, 16);
  const r3 = load<u64>(a, 24) ^ load<u64>(b, 24);
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** result = NOT a. */
export function wordNot(result: usize, a: usize): void {
  const r0 = ~load<u64>(a);
  const r1 = ~load<u64>(a, 8);
  const r2 = ~load<u64>(a, 16);
  const r3 = ~load<u64>(a, 24);
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** result = byte number `index` of x, counted from the most significant one; 0 where index >= 32 (BYTE). */
export function wordByte(result: usize, index: usize, x: usize): void {
  const position = load<u64>(index);
  const inside = position < 32 && wordFitsU64(index);
  wordSet(result, inside ? <u64>load<u8>(x + 31 - <usize>position) : 0);
}

/**
 * result = x with the sign of its byte `byteIndex`, counted from the least significant one, extended to the
 * left; x unchanged where byteIndex >= 31 (SIGNEXTEND).
 */
export function wordSignExtend(result: usize, byteIndex: usize, x: usize): void {
  const position = load<u64>(byteIndex);
  if (position >= 31 || !wordFitsU64(byteIndex)) {
    wordCopy(result, x);
    return;
  }
  const limb = position >> 3;
  const unused = 56 - ((position & 7) << 3);
  const top = (load<i64>(x + ((<usize>limb) << 3)) << unused) >> unused;
  const sign = <u64>(top >> 63);
  const x0 = load<u64>(x);
  const x1 = load<u64>(x, 8);
  const x2 = load<u64>(x, 16);
  store<u64>(result, limb == 0 ? <u64>top : x0);
  store<u64>(result, limb == 1 ? <u64>top : limb < 1 ? sign : x1, 8);
  store<u64>(result, limb == 2 ? <u64>top : limb < 2 ? sign : x2, 16);
  store<u64>(result, limb == 3 ? <u64>top : sign, 24);
}

/** a < 2^64. */
export function wordFitsU64(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

/** The lowest 64 bits of a. */
export function wordLow(a: usize): u64 {
  return load<u64>(a);
}

/** Number of significant bytes: 0 for zero, 32 for 2^255. */
export function wordByteLength(a: usize): u32 {
  let limb = load<u64>(a, 24);
  let above: u32 = 24;
  if (limb == 0) {
    limb = load<u64>(a, 16);
    above = 16;
    if (limb == 0) {
      limb = load<u64>(a, 8);
      above = 8;
      if (limb == 0) {
        limb = load<u64>(a);
        above = 0;
      }
    }
  }
  return above + ((71 - <u32>clz<u64>(limb)) >> 3);
}

/**
 * The limb whose lowest byte is the last one before `end`; the number has only `length` bytes there. May
 * read up to seven bytes before the number, never any behind it.
 */
function limbFromBytes(end: usize, length: i32): u64 {
  if (length <= 0) return 0;
  const limb = bswap<u64>(load<u64>(end - 8));
  return length >= 8 ? limb : limb & (((<u64>1) << (length << 3)) - 1);
}

/** result = the big-endian number of `length` <= 32 bytes at `bytes`. */
export function wordFromBytes(result: usize, bytes: usize, length: u32): void {
  let r0: u64;
  let r1: u64;
  let r2: u64;
  let r3: u64;
  if (length == 32) {
    r0 = bswap<u64>(load<u64>(bytes, 24));
    r1 = bswap<u64>(load<u64>(bytes, 16));
    r2 = bswap<u64>(load<u64>(bytes, 8));
    r3 = bswap<u64>(load<u64>(bytes));
  } else {
    const end = bytes + length;
    r0 = limbFromBytes(end, length);
    r1 = limbFromBytes(end - 8, length - 8);
    r2 = limbFromBytes(end - 16, length - 16);
    r3 = limbFromBytes(end - 24, length - 24);
  }
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** Writes a as 32 bytes, big-endian, at `bytes32`. */
export function wordToBytes(bytes32: usize, a: usize): void {
  const r0 = bswap<u64>(load<u64>(a, 24));
  const r1 = bswap<u64>(load<u64>(a, 16));
  const r2 = bswap<u64>(load<u64>(a, 8));
  const r3 = bswap<u64>(load<u64>(a));
  store<u64>(bytes32, r0);
  store<u64>(bytes32, r1, 8);
  store<u64>(bytes32, r2, 16);
  store<u64>(bytes32, r3, 24);
}

/** result = the address of 20 raw bytes, as a word. */
export function wordFromAddress(result: usize, bytes20: usize): void {
  const r0 = bswap<u64>(load<u64>(bytes20, 12));
  const r1 = bswap<u64>(load<u64>(bytes20, 4));
  const r2 = <u64>bswap<u32>(load<u32>(bytes20));
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, 0, 24);
}

/** Writes the lowest 160 bits of a as 20 raw bytes. */
export function wordToAddress(bytes20: usize, a: usize): void {
  const high = bswap<u32>(load<u32>(a, 16));
  const middle = bswap<u64>(load<u64>(a, 8));
  const low = bswap<u64>(load<u64>(a));
  store<u32>(bytes20, high);
  store<u64>(bytes20, middle, 4);
  store<u64>(bytes20, low, 12);
}

/** result = a modulo 2^160. */
export function wordTruncateAddress(result: usize, a: usize): void {
  const r0 = load<u64>(a);
  const r1 = load<u64>(a, 8);
  const r2 = <u64>load<u32>(a, 16);
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, 0, 24);
}
