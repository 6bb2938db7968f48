// base^exponent mod modulus on big-endian bytes.

import { bigEndian, bigintOf } from "./big-endian.ts";

/**
 * The result in as many bytes as `modulus` (not zero) has. `exponent` holds the first bytes of an exponent that is
 * `exponentLength` bytes long and goes on with zeros.
 */
export function modularPower(
  base: Uint8Array,
  exponent: Uint8Array,
  exponentLength: number,
  modulus: Uint8Array,
): Uint8Array {
  const m = bigintOf(modulus);
  const b = bigintOf(base) % m;
  return bigEndian(powerBySquares(b, exponent, exponentLength, m), modulus.length);
}

// From this many bytes of exponent on, a table of 16 powers costs less than it saves.
const TABLE_FROM_BYTES = 4;

/** Left to right, by half bytes: four squarings, then one multiplication by a power from a table. */
function powerBySquares(b: bigint, exponent: Uint8Array, exponentLength: number, m: bigint): bigint {
  if (m === 1n) return 0n;
  let first = 0;
  while (first < exponent.length && exponent[first] === 0) first++;
  if (first === exponent.length) return 1n;
  let result = 1n;
  if (exponent.length - first < TABLE_FROM_BYTES) {
    for (let i = first; i < exponent.length; i++) {
      for (let bit = 7; bit >= 0; bit--) {
        if (result !== 1n) result = (result * result) % m;
        if ((exponent[i]! >> bit) & 1) result = (result * b) % m;
      }
    }
  } else {
    const powers = [1n, b];
    for (let i = 2; i < 16; i++) powers.push((powers[i - 1]! * b) % m);
    for (let i = first; i < exponent.length; i++) {
      const byte = exponent[i]!;
      if (i > first) result = squareFourTimes(result, m);
      if (byte >= 16) result = (result * powers[byte >> 4]!) % m;
      result = squareFourTimes(result, m);
      if ((byte & 15) !== 0) result = (result * powers[byte & 15]!) % m;
    }
  }
  // The zero bytes behind those given. Once the result is 0 or 1, squaring changes nothing.
  for (let i = exponent.length; i < exponentLength && result > 1n; i++) {
    result = squareFourTimes(squareFourTimes(result, m), m);
  }
  return result;
}

function squareFourTimes(value: bigint, m: bigint): bigint {
  let result = (value * value) % m;
  result = (result * result) % m;
  result = (result * result) % m;
  return (result * result) % m;
}
