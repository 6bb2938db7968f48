// Shifts of words, and the number of leading zeros.

/** The shift if it is less than 256, else 256. */
function boundedShift(shift: usize): u64 {
  const low = load<u64>(shift);
  const high = load<u64>(shift, 8) | load<u64>(shift, 16) | load<u64>(shift, 24);
  return high == 0 && low < 256 ? low : 256;
}

/** Bits of `high:low` that a shift to the left by bits < 64 leaves in the upper limb. */
function joinLeft(high: u64, low: u64, bits: u64): u64 {
  return (high << bits) | ((low >> 1) >> (63 - bits));
}

/** Bits of `high:low` that a shift to the right by bits < 64 leaves in the lower limb. */
function joinRight(high: u64, low: u64, bits: u64): u64 {
  return (low >> bits) | ((high << 1) << (63 - bits));
}

/** result = x << shift, 0 where shift >= 256 (SHL). */
export function wordShiftLeft(result: usize, shift: usize, x: usize): void {
  const by = boundedShift(shift);
  const bits = by & 63;
  const x0 = load<u64>(x);
  const x1 = load<u64>(x, 8);
  const x2 = load<u64>(x, 16);
  const x3 = load<u64>(x, 24);
  let r0: u64 = 0;
  let r1: u64 = 0;
  let r2: u64 = 0;
  let r3: u64 = 0;
  if (by < 64) {
    r0 = x0 << bits;
    r1 = joinLeft(x1, x0, bits);
    r2 = joinLeft(x2, x1, bits);
    r3 = joinLeft(x3, x2, bits);
  } else if (by < 128) {
    r1 = x0 << bits;
    r2 = joinLeft(x1, x0, bits);
    r3 = joinLeft(x2, x1, bits);
  } else if (by < 192) {
    r2 = x0 << bits;
    r3 = joinLeft(x1, x0, bits);
  } else if (by < 256) {
    r3 = x0 << bits;
  }
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** result = x >> by with copies of `fill` (all zeros or all ones) moved in from the left. by <= 256. */
function shiftRightFilled(result: usize, by: u64, x: usize, fill: u64): void {
  const bits = by & 63;
  const x0 = load<u64>(x);
  const x1 = load<u64>(x, 8);
  const x2 = load<u64>(x, 16);
  const x3 = load<u64>(x, 24);
  let r0 = fill;
  let r1 = fill;
  let r2 = fill;
  let r3 = fill;
  if (by < 64) {
    r0 = joinRight(x1, x0, bits);
    r1 = joinRight(x2, x1, bits);
    r2 = joinRight(x3, x2, bits);
    r3 = joinRight(fill, x3, bits);
  } else if (by < 128) {
    r0 = joinRight(x2, x1, bits);
    r1 = joinRight(x3, x2, bits);
    r2 = joinRight(fill, x3, bits);
  } else if (by < 192) {
    r0 = joinRight(x3, x2, bits);
    r1 = joinRight(fill, x3, bits);
  } else if (by < 256) {
    r0 = joinRight(fill, x3, bits);
  }
  store<u64>(result, r0);
  store<u64>(result, r1, 8);
  store<u64>(result, r2, 16);
  store<u64>(result, r3, 24);
}

/** result = x >> shift, 0 where shift >= 256 (SHR). */
export function wordShiftRight(result: usize, shift: usize, x: usize): void {
  shiftRightFilled(result, boundedShift(shift), x, 0);
}

/** result = x >> shift with the sign of x moved in; 0 or -1 where shift >= 256 (SAR). */
export function wordShiftRightSigned(result: usize, shift: usize, x: usize): void {
  shiftRightFilled(result, boundedShift(shift), x, <u64>(load<i64>(x, 24) >> 63));
}

/** result = number of zero bits above the highest set bit; 256 for zero (CLZ, EIP-7939). */
export function wordLeadingZeros(result: usize, a: usize): void {
  const a3 = load<u64>(a, 24);
  const a2 = load<u64>(a, 16);
  const a1 = load<u64>(a, 8);
  let zeros: u64;
  if (a3 != 0) zeros = clz<u64>(a3);
  else if (a2 != 0) zeros = 64 + clz<u64>(a2);
  else if (a1 != 0) zeros = 128 + clz<u64>(a1);
  else zeros = 192 + clz<u64>(load<u64>(a));
  store<u64>(result, zeros);
  store<u64>(result, 0, 8);
  store<u64>(result, 0, 16);
  store<u64>(result, 0, 24);
}
