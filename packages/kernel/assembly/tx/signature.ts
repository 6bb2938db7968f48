// Ranges of secp256k1 signatures. Scalars are 32 bytes, big-endian.

/** The curve's order, most significant limb first: SEC 2, section 2.4.1. */
const ORDER_0: u64 = 0xffffffffffffffff;
const ORDER_1: u64 = 0xfffffffffffffffe;
const ORDER_2: u64 = 0xbaaedce6af48a03b;
const ORDER_3: u64 = 0xbfd25e8cd0364141;
/** Half of the order, rounded down: the greatest s that EIP-2 allows. */
const HALF_0: u64 = 0x7fffffffffffffff;
const HALF_1: u64 = 0xffffffffffffffff;
const HALF_2: u64 = 0x5d576e7357a4501d;
const HALF_3: u64 = 0xdfe92f46681b20a0;

function limb(scalar: usize, index: usize): u64 {
  return bswap(load<u64>(scalar + (index << 3)));
}

/** 0 < scalar < order of the curve. */
export function scalarInRange(scalar: usize): bool {
  const a = limb(scalar, 0);
  const b = limb(scalar, 1);
  const c = limb(scalar, 2);
  const d = limb(scalar, 3);
  if ((a | b | c | d) == 0) return false;
  if (a != ORDER_0) return true;
  if (b != ORDER_1) return b < ORDER_1;
  if (c != ORDER_2) return c < ORDER_2;
  return d < ORDER_3;
}

/** scalar <= order / 2: EIP-2's rule that leaves one of the two signatures of a key and message. */
export function scalarIsLow(scalar: usize): bool {
  const a = limb(scalar, 0);
  if (a != HALF_0) return a < HALF_0;
  const b = limb(scalar, 1);
  if (b != HALF_1) return b < HALF_1;
  const c = limb(scalar, 2);
  if (c != HALF_2) return c < HALF_2;
  return limb(scalar, 3) <= HALF_3;
}
