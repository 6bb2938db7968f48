// Division of numbers of several limbs: Knuth's algorithm D in base 2^64 with the reciprocals of Möller and
// Granlund, "Improved division by invariant integers" (IEEE Transactions on Computers 60, 2011). Everything is
// kept in locals; results are left in module variables, which every worker has of its own.

import { highProduct } from "./multiply";

/** The quotient of the last division, least significant limb first. */
export let quotient0: u64 = 0;
export let quotient1: u64 = 0;
export let quotient2: u64 = 0;
export let quotient3: u64 = 0;
/** The remainder of the last division. */
export let remainder0: u64 = 0;
export let remainder1: u64 = 0;
export let remainder2: u64 = 0;
export let remainder3: u64 = 0;

/**
 * floor((2^128 - 1) / divisor) - 2^64 for a divisor with its top bit set: the reciprocal of the paper,
 * here by two divisions with digits of 32 bits (Knuth D for a divisor of two digits).
 */
function reciprocal(divisor: u64): u64 {
  const high = divisor >> 32;
  const low = divisor & 0xffffffff;
  // The dividend is (2^64 - 1 - divisor) * 2^64 + 2^64 - 1; its quotient is what is asked for.
  const dividend = ~divisor;
  let digit1 = dividend / high;
  let rest = dividend - digit1 * high;
  while (digit1 > 0xffffffff || digit1 * low > ((rest << 32) | 0xffffffff)) {
    digit1--;
    rest += high;
    if (rest > 0xffffffff) break;
  }
  const middle = ((dividend << 32) | 0xffffffff) - digit1 * divisor;
  let digit0 = middle / high;
  rest = middle - digit0 * high;
  while (digit0 > 0xffffffff || digit0 * low > ((rest << 32) | 0xffffffff)) {
    digit0--;
    rest += high;
    if (rest > 0xffffffff) break;
  }
  return (digit1 << 32) + digit0;
}

let stepRemainder: u64 = 0;

/**
 * (high * 2^64 + low) / divisor where high < divisor and the divisor's top bit is set, by its reciprocal v
 * (algorithm 4 of the paper). Leaves the remainder in stepRemainder.
 */
function divideStep(high: u64, low: u64, divisor: u64, v: u64): u64 {
  const product = v * high;
  const fraction = product + low;
  let digit = highProduct(v, high) + high + u64(fraction < product) + 1;
  let rest = low - digit * divisor;
  if (rest > fraction) {
    digit--;
    rest += divisor;
  }
  if (rest >= divisor) {
    digit++;
    rest -= divisor;
  }
  stepRemainder = rest;
  return digit;
}

/** floor((2^192 - 1) / (high, low)) - 2^64 where the top bit of high is set (algorithm 6 of the paper). */
function reciprocalOfTwo(high: u64, low: u64): u64 {
  let v = reciprocal(high);
  let p = high * v + low;
  if (p < low) {
    v--;
    if (p >= high) {
      v--;
      p -= high;
    }
    p -= high;
  }
  const rest = v * low;
  const carry = highProduct(v, low);
  p += carry;
  if (p < carry) {
    v--;
    if (p > high || (p == high && rest >= low)) v--;
  }
  return v;
}

/** Divides four limbs by one that is not zero. */
function divideByLimb(a0: u64, a1: u64, a2: u64, a3: u64, divisor: u64): void {
  quotient1 = 0;
  quotient2 = 0;
  quotient3 = 0;
  remainder1 = 0;
  remainder2 = 0;
  remainder3 = 0;
  if ((a1 | a2 | a3) == 0) {
    const digit = a0 / divisor;
    quotient0 = digit;
    remainder0 = a0 - digit * divisor;
    return;
  }
  const shift = clz<u64>(divisor);
  const d = divisor << shift;
  const v = reciprocal(d);
  // (x >> 1) >> (63 - shift) is x >> (64 - shift) that also holds for shift = 0.
  const back = 63 - shift;
  let rest: u64 = 0;
  if ((a2 | a3) != 0) {
    if (a3 != 0) {
      quotient3 = divideStep((a3 >> 1) >> back, (a3 << shift) | ((a2 >> 1) >> back), d, v);
      rest = stepRemainder;
    } else {
      rest = (a2 >> 1) >> back;
    }
    quotient2 = divideStep(rest, (a2 << shift) | ((a1 >> 1) >> back), d, v);
    rest = stepRemainder;
  } else {
    rest = (a1 >> 1) >> back;
  }
  quotient1 = divideStep(rest, (a1 << shift) | ((a0 >> 1) >> back), d, v);
  quotient0 = divideStep(stepRemainder, a0 << shift, d, v);
  remainder0 = stepRemainder >> shift;
}

/**
 * Divides eight limbs, upper half h and lower half l, by the four limbs d with the top bit of d3 set and
 * h < d, so that the quotient has four limbs.
 */
function divideNormalised(
  h3: u64,
  h2: u64,
  h1: u64,
  h0: u64,
  l3: u64,
  l2: u64,
  l1: u64,
  l0: u64,
  d3: u64,
  d2: u64,
  d1: u64,
  d0: u64,
): void {
  const v = reciprocalOfTwo(d3, d2);
  let q0: u64 = 0;
  let q1: u64 = 0;
  let q2: u64 = 0;
  let q3: u64 = 0;
  // One digit of the quotient a round. h is the running remainder, always less than d; the limbs that follow
  // it move up through l3, the digits through q0.
  for (let round = 0; round < 4; round++) {
    let digit: u64;
    if ((h3 | h2) == 0) {
      // (h, l3) < 2^192 < d: the digit is 0.
      digit = 0;
      h2 = h1;
      h1 = h0;
      h0 = l3;
    } else if (h3 == d3 && h2 == d2) {
      // The digit is 2^64 - 1. With e = (d1, d0) - (h1, h0) > 0 the new remainder (h, l3) - digit * d is
      // d - (e * 2^64 - l3), which is neither negative (d >= 2^255) nor as large as d.
      digit = u64.MAX_VALUE;
      const n0 = l3 + d0;
      const difference1 = h0 - d0;
      let sum = difference1 + d1;
      let carry = u64(sum < d1);
      const n1 = sum + u64(n0 < d0);
      carry |= u64(n1 < sum);
      sum = h1 - d1 - u64(h0 < d0) + d2;
      const n2 = sum + carry;
      h3 = d3 - 1 + (u64(sum < d2) | u64(n2 < sum));
      h2 = n2;
      h1 = n1;
      h0 = n0;
    } else {
      // Three upper limbs by two (algorithm 5): digit, and (r1, r0) as the remainder's upper limbs.
      const product = v * h3;
      const fraction = product + h2;
      digit = highProduct(v, h3) + h3 + u64(fraction < product);
      const u0 = digit * d2;
      let r1 = h2 - digit * d3 - highProduct(digit, d2) - u64(h1 < u0) - d3;
      let r0 = h1 - u0;
      r1 -= u64(r0 < d2);
      r0 -= d2;
      digit++;
      if (r1 >= fraction) {
        digit--;
        r0 += d2;
        r1 += d3 + u64(r0 < d2);
      }
      if (r1 > d3 || (r1 == d3 && r0 >= d2)) {
        digit++;
        r1 -= d3 + u64(r0 < d2);
        r0 -= d2;
      }
      // Take away what the lower limbs of the divisor add; at most once that is too much.
      const k0 = digit * d0;
      const carry0 = highProduct(digit, d0) + u64(l3 < k0);
      const low1 = digit * d1;
      const k1 = low1 + carry0;
      const k2 = highProduct(digit, d1) + u64(k1 < low1) + u64(h0 < k1);
      h1 = r0 - k2;
      const borrow = u64(r0 < k2);
      h2 = h1;
      h3 = r1 - borrow;
      h1 = h0 - k1;
      h0 = l3 - k0;
      if (r1 < borrow) {
        digit--;
        h0 += d0;
        let carry = u64(h0 < d0);
        let sum = h1 + d1;
        h1 = sum + carry;
        carry = u64(sum < d1) | u64(h1 < carry);
        sum = h2 + d2;
        h2 = sum + carry;
        h3 += d3 + (u64(sum < d2) | u64(h2 < carry));
      }
    }
    q3 = q2;
    q2 = q1;
    q1 = q0;
    q0 = digit;
    l3 = l2;
    l2 = l1;
    l1 = l0;
  }
  quotient0 = q0;
  quotient1 = q1;
  quotient2 = q2;
  quotient3 = q3;
  remainder0 = h0;
  remainder1 = h1;
  remainder2 = h2;
  remainder3 = h3;
}

/**
 * Divides the eight limbs a by the four limbs d, where d is not zero and a < d * 2^256, so that the quotient
 * has four limbs.
 */
export function divideLong(
  a7: u64,
  a6: u64,
  a5: u64,
  a4: u64,
  a3: u64,
  a2: u64,
  a1: u64,
  a0: u64,
  d3: u64,
  d2: u64,
  d1: u64,
  d0: u64,
): void {
  const top = d3 != 0 ? d3 : d2 != 0 ? d2 : d1 != 0 ? d1 : d0;
  const shift = clz<u64>(top);
  // (x >> 1) >> (63 - shift) is x >> (64 - shift) that also holds for shift = 0. A shift of the divisor by
  // whole limbs is one of the dividend too, whose upper limbs are zero then.
  const back = 63 - shift;
  let zeroLimbs = 0;
  if (d3 == 0) {
    if (d2 != 0) {
      a7 = a6;
      a6 = a5;
      a5 = a4;
      a4 = a3;
      a3 = a2;
      a2 = a1;
      a1 = a0;
      a0 = 0;
      d3 = d2;
      d2 = d1;
      d1 = d0;
      zeroLimbs = 1;
    } else if (d1 != 0) {
      a7 = a5;
      a6 = a4;
      a5 = a3;
      a4 = a2;
      a3 = a1;
      a2 = a0;
      a1 = 0;
      a0 = 0;
      d3 = d1;
      d2 = d0;
      d1 = 0;
      zeroLimbs = 2;
    } else {
      a7 = a4;
      a6 = a3;
      a5 = a2;
      a4 = a1;
      a3 = a0;
      a2 = 0;
      a1 = 0;
      a0 = 0;
      d3 = d0;
      zeroLimbs = 3;
    }
    d0 = 0;
  }
  divideNormalised(
    (a7 << shift) | ((a6 >> 1) >> back),
    (a6 << shift) | ((a5 >> 1) >> back),
    (a5 << shift) | ((a4 >> 1) >> back),
    (a4 << shift) | ((a3 >> 1) >> back),
    (a3 << shift) | ((a2 >> 1) >> back),
    (a2 << shift) | ((a1 >> 1) >> back),
    (a1 << shift) | ((a0 >> 1) >> back),
    a0 << shift,
    (d3 << shift) | ((d2 >> 1) >> back),
    (d2 << shift) | ((d1 >> 1) >> back),
    (d1 << shift) | ((d0 >> 1) >> back),
    d0 << shift,
  );
  const r0 = (remainder0 >> shift) | ((remainder1 << 1) << back);
  const r1 = (remainder1 >> shift) | ((remainder2 << 1) << back);
  const r2 = (remainder2 >> shift) | ((remainder3 << 1) << back);
  const r3 = remainder3 >> shift;
  if (zeroLimbs == 0) {
    remainder0 = r0;
    remainder1 = r1;
    remainder2 = r2;
    remainder3 = r3;
  } else if (zeroLimbs == 1) {
    remainder0 = r1;
    remainder1 = r2;
    remainder2 = r3;
    remainder3 = 0;
  } else {
    remainder0 = zeroLimbs == 2 ? r2 : r3;
    remainder1 = zeroLimbs == 2 ? r3 : 0;
    remainder2 = 0;
    remainder3 = 0;
  }
}

/** Divides four limbs a by four limbs b, not zero. */
export function divideLimbs(a0: u64, a1: u64, a2: u64, a3: u64, b0: u64, b1: u64, b2: u64, b3: u64): void {
  if ((b1 | b2 | b3) == 0) divideByLimb(a0, a1, a2, a3, b0);
  else divideLong(0, 0, 0, 0, a3, a2, a1, a0, b3, b2, b1, b0);
}
