// Hex strings at the border of the engine: checked once, with the name of the field that is wrong.

import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import { InvalidArgumentError } from "./errors.ts";

/** Bytes as `0x` and two digits each. */
export type Hex = `0x${string}`;

/** `bytes` as hex. */
export function toHex(bytes: Uint8Array): Hex {
  return HexOf.fromBytes(bytes);
}

/** Bytes of a hex string or of bytes; `length`, if given, is the only length allowed. */
export function toBytes(value: Hex | Uint8Array, field: string, length?: number): Uint8Array {
  const expected = length === undefined ? "bytes or hex" : `${length} bytes`;
  const bytes = value instanceof Uint8Array ? value : decoded(value);
  if (bytes === undefined || (length !== undefined && bytes.length !== length)) {
    throw new InvalidArgumentError(field, expected, value);
  }
  return bytes;
}

/** The bytes of a hex string; undefined where it is none: the decoder looks at every digit by itself. */
function decoded(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return Bytes.fromHex(value as Hex);
  } catch {
    return undefined;
  }
}

/**
 * An unsigned integer as RLP has it: its big-endian bytes without leading zeros, none for zero.
 *
 * @example
 * ```ts
 * integerHex(1024n); // "0x0400"
 * ```
 */
export function integerHex(value: bigint): Hex {
  const digits = value === 0n ? "" : value.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}

/**
 * The bytes of `integerHex`.
 * @throws InvalidArgumentError naming `field` where the integer is negative
 */
export function quantityBytes(value: bigint, field: string): Uint8Array {
  return toBytes(integerHex(value), field);
}

/** An unsigned integer below `2 ** bits`, given as bigint, number or hex quantity. */
export function toQuantity(value: bigint | number | string, field: string, bits: 64 | 256): bigint {
  let number: bigint | undefined;
  if (typeof value === "bigint") number = value;
  else if (typeof value === "number" && Number.isSafeInteger(value)) number = BigInt(value);
  else if (typeof value === "string" && /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value)) number = BigInt(value);
  if (number === undefined || number < 0n || number >> BigInt(bits) !== 0n) {
    throw new InvalidArgumentError(field, `an unsigned integer of at most ${bits} bits`, value);
  }
  return number;
}
