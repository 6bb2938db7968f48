/** A repeatable source of random 32-bit numbers (Marsaglia's xorshift128), so that a failing case can be run again. */
export function random32(seed: number): () => number {
  let [x, y, z, w] = [seed | 1, 362436069, 521288629, 88675123];
  return () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ (t ^ (t >>> 8));
    return w >>> 0;
  };
}

/** A repeatable source of numbers from 0 to below 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same as whole numbers below a bound that each call gives. */
export function seededBelow(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}

/** `length` random bytes. */
export function randomBytes(next: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => next() >>> 11);
}

/** A number below 2^256 of random size; every third one stands on an edge: 2^k, 2^k - 1 or their complements. */
export function randomWord(next: () => number): bigint {
  const bits = BigInt(next() % 257);
  const kind = next() % 6;
  if (kind === 0) return (1n << bits) & (2n ** 256n - 1n);
  if (kind === 1) {
    const edge = (1n << bits) - BigInt(next() % 2);
    return BigInt.asUintN(256, next() % 2 === 0 ? edge : -edge);
  }
  let value = 0n;
  for (let i = 0; i < 8; i++) {
    // Limbs of all ones and of zeros are what makes carries run and quotient digits be guessed wrong.
    const limb = next() % 8;
    value = (value << 32n) | (limb === 0 ? 0n : limb === 1 ? 0xffffffffn : BigInt(next()));
  }
  return value >> (256n - bits);
}
