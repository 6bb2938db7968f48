// base^exponent mod modulus on big-endian bytes.

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toHex()}`);
}

function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(2 * length, "0"));
}

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
  const m = toBigInt(modulus);
  const b = toBigInt(base) % m;
  return toBytes(powerBySquares(b, exponent, exponentLength, m), modulus.length);
}

function powerBySquares(b: bigint, exponent: Uint8Array, exponentLength: number, m: bigint): bigint {
  if (m === 1n) return 0n;
  let result = 1n;
  for (let i = 0; i < exponentLength; i++) {
    const byte = exponent[i] ?? 0;
    // Once 0 or 1, squaring changes nothing: what is left are zero bits after the bytes given.
    if (i >= exponent.length && result <= 1n) return result;
    for (let bit = 7; bit >= 0; bit--) {
      if (result !== 1n) result = (result * result) % m;
      if ((byte >> bit) & 1) result = (result * b) % m;
    }
  }
  return result;
}
