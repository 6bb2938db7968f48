// Sum and product of words modulo a third, with intermediate results of 257 and 512 bits.

import { divideLimbs, divideLong, remainder0, remainder1, remainder2, remainder3 } from "./long-division";
import { highProduct } from "./multiply";

function storeLimbs(result: usize, r0: u64, r1: u64, r2: u64, r3: u64): void {
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** Leaves x modulo m in long-division.ts's remainder; m is not zero. */
function reduce(x: usize, m0: u64, m1: u64, m2: u64, m3: u64): void {
  divideLimbs(load<u64>(x), load<u64>(x, 8), load<u64>(x, 16), load<u64>(x, 24), m0, m1, m2, m3);
}

/** x < m. */
function isReduced(x: usize, m0: u64, m1: u64, m2: u64, m3: u64): bool {
  const x3 = load<u64>(x, 24);
  if (x3 != m3) return x3 < m3;
  const x2 = load<u64>(x, 16);
  if (x2 != m2) return x2 < m2;
  const x1 = load<u64>(x, 8);
  if (x1 != m1) return x1 < m1;
  return load<u64>(x) < m0;
}

/** result = (a + b) modulo m with the full sum, 0 where m = 0 (ADDMOD). */
export function wordAddModulo(result: usize, a: usize, b: usize, m: usize): void {
  const m0 = load<u64>(m);
  const m1 = load<u64>(m, 8);
  const m2 = load<u64>(m, 16);
  const m3 = load<u64>(m, 24);
  if ((m0 | m1 | m2 | m3) == 0) {
    storeLimbs(result, 0, 0, 0, 0);
    return;
  }
  let a0 = load<u64>(a);
  let a1 = load<u64>(a, 8);
  let a2 = load<u64>(a, 16);
  let a3 = load<u64>(a, 24);
  let b0 = load<u64>(b);
  let b1 = load<u64>(b, 8);
  let b2 = load<u64>(b, 16);
  let b3 = load<u64>(b, 24);
  if (!isReduced(a, m0, m1, m2, m3)) {
    reduce(a, m0, m1, m2, m3);
    a0 = remainder0;
    a1 = remainder1;
    a2 = remainder2;
    a3 = remainder3;
  }
  if (!isReduced(b, m0, m1, m2, m3)) {
    reduce(b, m0, m1, m2, m3);
    b0 = remainder0;
    b1 = remainder1;
    b2 = remainder2;
    b3 = remainder3;
  }
  // a + b < 2 m: one subtraction of m is enough.
  const s0 = a0 + b0;
  let carry = u64(s0 < a0);
  let sum = a1 + b1;
  const s1 = sum + carry;
  carry = u64(sum < a1) | u64(s1 < carry);
  sum = a2 + b2;
  const s2 = sum + carry;
  carry = u64(sum < a2) | u64(s2 < carry);
  sum = a3 + b3;
  const s3 = sum + carry;
  carry = u64(sum < a3) | u64(s3 < carry);
  let borrow = u64(s0 < m0);
  let difference = s1 - m1;
  const d1 = difference - borrow;
  borrow = u64(s1 < m1) | u64(difference < borrow);
  difference = s2 - m2;
  const d2 = difference - borrow;
  borrow = u64(s2 < m2) | u64(difference < borrow);
  difference = s3 - m3;
  const d3 = difference - borrow;
  borrow = u64(s3 < m3) | u64(difference < borrow);
  if (carry >= borrow) storeLimbs(result, s0 - m0, d1, d2, d3);
  else storeLimbs(result, s0, s1, s2, s3);
}

/** result = a * b modulo m with the full product, 0 where m = 0 (MULMOD). */
export function wordMultiplyModulo(result: usize, a: usize, b: usize, m: usize): void {
  const m0 = load<u64>(m);
  const m1 = load<u64>(m, 8);
  const m2 = load<u64>(m, 16);
  const m3 = load<u64>(m, 24);
  if ((m0 | m1 | m2 | m3) == 0) {
    storeLimbs(result, 0, 0, 0, 0);
    return;
  }
  // With both factors below m the product is below m^2, so that its quotient by m has four limbs.
  let a0 = load<u64>(a);
  let a1 = load<u64>(a, 8);
  let a2 = load<u64>(a, 16);
  let a3 = load<u64>(a, 24);
  let b0 = load<u64>(b);
  let b1 = load<u64>(b, 8);
  let b2 = load<u64>(b, 16);
  let b3 = load<u64>(b, 24);
  if (!isReduced(a, m0, m1, m2, m3)) {
    reduce(a, m0, m1, m2, m3);
    a0 = remainder0;
    a1 = remainder1;
    a2 = remainder2;
    a3 = remainder3;
  }
  if (!isReduced(b, m0, m1, m2, m3)) {
    reduce(b, m0, m1, m2, m3);
    b0 = remainder0;
    b1 = remainder1;
    b2 = remainder2;
    b3 = remainder3;
  }
  let low = a0 * b0;
  const p0 = low;
  let carry = highProduct(a0, b0);
  low = a0 * b1;
  let p1 = low + carry;
  carry = highProduct(a0, b1) + u64(p1 < low);
  low = a0 * b2;
  let p2 = low + carry;
  carry = highProduct(a0, b2) + u64(p2 < low);
  low = a0 * b3;
  let p3 = low + carry;
  carry = highProduct(a0, b3) + u64(p3 < low);
  let p4 = carry;

  let high: u64;
  low = a1 * b0;
  p1 += low;
  carry = highProduct(a1, b0) + u64(p1 < low);
  low = a1 * b1;
  p2 += low;
  high = highProduct(a1, b1) + u64(p2 < low);
  p2 += carry;
  carry = high + u64(p2 < carry);
  low = a1 * b2;
  p3 += low;
  high = highProduct(a1, b2) + u64(p3 < low);
  p3 += carry;
  carry = high + u64(p3 < carry);
  low = a1 * b3;
  p4 += low;
  high = highProduct(a1, b3) + u64(p4 < low);
  p4 += carry;
  carry = high + u64(p4 < carry);
  let p5 = carry;

  low = a2 * b0;
  p2 += low;
  carry = highProduct(a2, b0) + u64(p2 < low);
  low = a2 * b1;
  p3 += low;
  high = highProduct(a2, b1) + u64(p3 < low);
  p3 += carry;
  carry = high + u64(p3 < carry);
  low = a2 * b2;
  p4 += low;
  high = highProduct(a2, b2) + u64(p4 < low);
  p4 += carry;
  carry = high + u64(p4 < carry);
  low = a2 * b3;
  p5 += low;
  high = highProduct(a2, b3) + u64(p5 < low);
  p5 += carry;
  carry = high + u64(p5 < carry);
  let p6 = carry;

  low = a3 * b0;
  p3 += low;
  carry = highProduct(a3, b0) + u64(p3 < low);
  low = a3 * b1;
  p4 += low;
  high = highProduct(a3, b1) + u64(p4 < low);
  p4 += carry;
  carry = high + u64(p4 < carry);
  low = a3 * b2;
  p5 += low;
  high = highProduct(a3, b2) + u64(p5 < low);
  p5 += carry;
  carry = high + u64(p5 < carry);
  low = a3 * b3;
  p6 += low;
  high = highProduct(a3, b3) + u64(p6 < low);
  p6 += carry;
  carry = high + u64(p6 < carry);
  const p7 = carry;
  divideLong(p7, p6, p5, p4, p3, p2, p1, p0, m3, m2, m1, m0);
  storeLimbs(result, remainder0, remainder1, remainder2, remainder3);
}
