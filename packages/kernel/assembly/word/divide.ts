// Division and remainder of words. Division by zero gives zero (Yellow Paper, appendix H.2).

import {
  divideLimbs,
  quotient0,
  quotient1,
  quotient2,
  quotient3,
  remainder0,
  remainder1,
  remainder2,
  remainder3,
} from "./long-division";

function storeLimbs(result: usize, r0: u64, r1: u64, r2: u64, r3: u64): void {
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** Stores the limbs, in two's complement if negative. */
function storeSigned(result: usize, r0: u64, r1: u64, r2: u64, r3: u64, negative: bool): void {
  if (!negative) {
    storeLimbs(result, r0, r1, r2, r3);
    return;
  }
  const n0 = <u64>0 - r0;
  let borrow = u64(r0 != 0);
  const n1 = <u64>0 - r1 - borrow;
  borrow |= u64(r1 != 0);
  const n2 = <u64>0 - r2 - borrow;
  borrow |= u64(r2 != 0);
  storeLimbs(result, n0, n1, n2, <u64>0 - r3 - borrow);
}

/** result = floor(a / b), 0 where b = 0 (DIV). */
export function wordDivide(result: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a);
  const a1 = load<u64>(a, 8);
  const a2 = load<u64>(a, 16);
  const a3 = load<u64>(a, 24);
  const b0 = load<u64>(b);
  const b1 = load<u64>(b, 8);
  const b2 = load<u64>(b, 16);
  const b3 = load<u64>(b, 24);
  if ((b0 | b1 | b2 | b3) == 0) {
    storeLimbs(result, 0, 0, 0, 0);
  } else if ((a1 | a2 | a3 | b1 | b2 | b3) == 0) {
    storeLimbs(result, a0 / b0, 0, 0, 0);
  } else {
    divideLimbs(a0, a1, a2, a3, b0, b1, b2, b3);
    storeLimbs(result, quotient0, quotient1, quotient2, quotient3);
  }
}

/** result = a modulo b, 0 where b = 0 (MOD). */
export function wordModulo(result: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a);
  const a1 = load<u64>(a, 8);
  const a2 = load<u64>(a, 16);
  const a3 = load<u64>(a, 24);
  const b0 = load<u64>(b);
  const b1 = load<u64>(b, 8);
  const b2 = load<u64>(b, 16);
  const b3 = load<u64>(b, 24);
  if ((b0 | b1 | b2 | b3) == 0) {
    storeLimbs(result, 0, 0, 0, 0);
  } else if ((a1 | a2 | a3 | b1 | b2 | b3) == 0) {
    storeLimbs(result, a0 % b0, 0, 0, 0);
  } else {
    divideLimbs(a0, a1, a2, a3, b0, b1, b2, b3);
    storeLimbs(result, remainder0, remainder1, remainder2, remainder3);
  }
}

/**
 * Divides the magnitudes of two numbers in two's complement, b not zero. The magnitude of -2^255 is 2^255,
 * so that -2^255 / -1 gives 2^255, which is -2^255 again.
 */
function divideMagnitudes(a: usize, b: usize): void {
  let a0 = load<u64>(a);
  let a1 = load<u64>(a, 8);
  let a2 = load<u64>(a, 16);
  let a3 = load<u64>(a, 24);
  if (<i64>a3 < 0) {
    const c1 = u64(a0 == 0);
    const c2 = c1 & u64(a1 == 0);
    const c3 = c2 & u64(a2 == 0);
    a0 = <u64>0 - a0;
    a1 = ~a1 + c1;
    a2 = ~a2 + c2;
    a3 = ~a3 + c3;
  }
  let b0 = load<u64>(b);
  let b1 = load<u64>(b, 8);
  let b2 = load<u64>(b, 16);
  let b3 = load<u64>(b, 24);
  if (<i64>b3 < 0) {
    const c1 = u64(b0 == 0);
    const c2 = c1 & u64(b1 == 0);
    const c3 = c2 & u64(b2 == 0);
    b0 = <u64>0 - b0;
    b1 = ~b1 + c1;
    b2 = ~b2 + c2;
    b3 = ~b3 + c3;
  }
  divideLimbs(a0, a1, a2, a3, b0, b1, b2, b3);
}

function isZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

/** result = a / b in two's complement, rounded towards zero; 0 where b = 0; -2^255 / -1 = -2^255 (SDIV). */
export function wordDivideSigned(result: usize, a: usize, b: usize): void {
  if (isZero(b)) {
    storeLimbs(result, 0, 0, 0, 0);
    return;
  }
  const negative = (load<i64>(a, 24) ^ load<i64>(b, 24)) < 0;
  divideMagnitudes(a, b);
  storeSigned(result, quotient0, quotient1, quotient2, quotient3, negative);
}

/** result = a modulo b in two's complement with the sign of a; 0 where b = 0 (SMOD). */
export function wordModuloSigned(result: usize, a: usize, b: usize): void {
  if (isZero(b)) {
    storeLimbs(result, 0, 0, 0, 0);
    return;
  }
  const negative = load<i64>(a, 24) < 0;
  divideMagnitudes(a, b);
  storeSigned(result, remainder0, remainder1, remainder2, remainder3, negative);
}
