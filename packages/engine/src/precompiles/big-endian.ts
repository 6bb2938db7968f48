// Big-endian numbers and constants in hex. By Buffer: `Uint8Array.fromHex` begins with Node 25.

/** The bytes that `digits`, two a byte and without 0x, stand for. */
export function bytesOf(digits: string): Uint8Array {
  // A copy of its own: small Buffers share one pool.
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** The number that `bytes` hold, most significant byte first; 0n for none. */
export function bigintOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`);
}

/** `value` in `length` bytes, most significant first; it must fit. */
export function bigEndian(value: bigint, length: number): Uint8Array {
  return bytesOf(value.toString(16).padStart(2 * length, "0"));
}
