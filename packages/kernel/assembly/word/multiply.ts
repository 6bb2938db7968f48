// Multiplication and powers of words. WebAssembly multiplies 64 by 64 to 64 bits only; the upper half of a
// product is put together from four products of 32-bit halves.

const LOW_HALF: u64 = 0xffffffff;

/** The upper 64 bits of the 128-bit product a * b. */
export function highProduct(a: u64, b: u64): u64 {
  const aLow = a & LOW_HALF;
  const aHigh = a >> 32;
  const bLow = b & LOW_HALF;
  const bHigh = b >> 32;
  // Neither sum overflows: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const cross = aLow * bHigh + (middle & LOW_HALF);
  return aHigh * bHigh + (middle >> 32) + (cross >> 32);
}

/** Stores the product of two numbers of four limbs modulo 2^256. */
function storeProduct(
  result: usize,
  a0: u64,
  a1: u64,
  a2: u64,
  a3: u64,
  b0: u64,
  b1: u64,
  b2: u64,
  b3: u64,
): void {
  if ((a1 | a2 | a3 | b1 | b2 | b3) == 0) {
    store<u64>(result, a0 * b0);
    store<u64>(result, highProduct(a0, b0), 8);
    store<u64>(result, 0, 16);
    store<u64>(result, 0, 24);
    return;
  }
  // Row by row: `row` is the running sum at a position, `carry` what it passes to the next one.
  let carry = highProduct(a0, b0);
  let low = a0 * b1;
  let r1 = low + carry;
  carry = highProduct(a0, b1) + u64(r1 < low);
  low = a0 * b2;
  let r2 = low + carry;
  carry = highProduct(a0, b2) + u64(r2 < low);
  let r3 = a0 * b3 + carry;

  low = a1 * b0;
  r1 += low;
  carry = highProduct(a1, b0) + u64(r1 < low);
  low = a1 * b1;
  r2 += low;
  let high = highProduct(a1, b1) + u64(r2 < low);
  r2 += carry;
  high += u64(r2 < carry);
  r3 += a1 * b2 + high;

  low = a2 * b0;
  r2 += low;
  carry = highProduct(a2, b0) + u64(r2 < low);
  r3 += a2 * b1 + carry + a3 * b0;

  store<u64>(result, a0 * b0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** result = a * b modulo 2^256 (MUL). */
export function wordMultiply(result: usize, a: usize, b: usize): void {
  storeProduct(
    result,
    load<u64>(a),
    load<u64>(a, 8),
    load<u64>(a, 16),
    load<u64>(a, 24),
    load<u64>(b),
    load<u64>(b, 8),
    load<u64>(b, 16),
    load<u64>(b, 24),
  );
}

/** Number of significant bits of a number of four limbs. */
function bitLength(a0: u64, a1: u64, a2: u64, a3: u64): u64 {
  if (a3 != 0) return 256 - clz<u64>(a3);
  if (a2 != 0) return 192 - clz<u64>(a2);
  if (a1 != 0) return 128 - clz<u64>(a1);
  return 64 - clz<u64>(a0);
}

/** result = a * b modulo 2^256; true where the product does not fit in 256 bits. */
export function wordMultiplyOverflow(result: usize, a: usize, b: usize): bool {
  const a0 = load<u64>(a);
  const a1 = load<u64>(a, 8);
  const a2 = load<u64>(a, 16);
  const a3 = load<u64>(a, 24);
  const b0 = load<u64>(b);
  const b1 = load<u64>(b, 8);
  const b2 = load<u64>(b, 16);
  const b3 = load<u64>(b, 24);
  const bits = bitLength(a0, a1, a2, a3) + bitLength(b0, b1, b2, b3);
  let overflow = bits > 257;
  if (bits == 257) {
    // 2^255 <= product < 2^257. Half of a (rounded down) times b fits; if its top bit is set, twice that does not.
    const h0 = (a0 >> 1) | (a1 << 63);
    const h1 = (a1 >> 1) | (a2 << 63);
    const h2 = (a2 >> 1) | (a3 << 63);
    storeProduct(result, h0, h1, h2, a3 >> 1, b0, b1, b2, b3);
    overflow = load<u64>(result, 24) >> 63 != 0;
  }
  storeProduct(result, a0, a1, a2, a3, b0, b1, b2, b3);
  if (bits == 257 && !overflow) {
    // Where a is odd, b was added to the doubled half. If that wrapped, less than b < 2^255 is left.
    overflow = load<u64>(result, 24) >> 63 == 0;
  }
  return overflow;
}

/** result = base ^ exponent modulo 2^256, 0 ^ 0 = 1 (EXP). Square and multiply from the lowest bit. */
export function wordPower(result: usize, base: usize, exponent: usize): void {
  let b0 = load<u64>(base);
  let b1 = load<u64>(base, 8);
  let b2 = load<u64>(base, 16);
  let b3 = load<u64>(base, 24);
  let e0 = load<u64>(exponent);
  let e1 = load<u64>(exponent, 8);
  let e2 = load<u64>(exponent, 16);
  let e3 = load<u64>(exponent, 24);
  let r0: u64 = 1;
  let r1: u64 = 0;
  let r2: u64 = 0;
  let r3: u64 = 0;
  while ((e0 | e1 | e2 | e3) != 0) {
    // The result's own memory carries each product back: no scratch memory is needed.
    if ((e0 & 1) != 0) {
      storeProduct(result, r0, r1, r2, r3, b0, b1, b2, b3);
      r0 = load<u64>(result);
      r1 = load<u64>(result, 8);
      r2 = load<u64>(result, 16);
      r3 = load<u64>(result, 24);
    }
    e0 = (e0 >> 1) | (e1 << 63);
    e1 = (e1 >> 1) | (e2 << 63);
    e2 = (e2 >> 1) | (e3 << 63);
    e3 >>= 1;
    if ((e0 | e1 | e2 | e3) == 0) break;
    storeProduct(result, b0, b1, b2, b3, b0, b1, b2, b3);
    b0 = load<u64>(result);
    b1 = load<u64>(result, 8);
    b2 = load<u64>(result, 16);
    b3 = load<u64>(result, 24);
    // An even base is 0 modulo 2^256 after eight squarings, and so is every power that still needs it.
    if ((b0 | b1 | b2 | b3) == 0) {
      r0 = 0;
      r1 = 0;
      r2 = 0;
      r3 = 0;
      break;
    }
  }
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}
