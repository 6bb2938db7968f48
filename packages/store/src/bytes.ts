// Writing and reading the store's own encodings. Numbers of a fixed length are little-endian.

import { type Hex, integerHex } from "@heddle/engine";

/** An unsigned integer as its big-endian bytes without leading zeros. */
export function quantityBytes(value: bigint): Buffer {
  return bytesOf(integerHex(value));
}

/** The integer of these big-endian bytes. */
export function bytesQuantity(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(hexOf(bytes));
}

/** Bytes as hex. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** The bytes of hex, which must be hex. */
export function bytesOf(hex: Hex): Buffer {
  return Buffer.from(hex.slice(2), "hex");
}

/** Bytes that grow as they are written. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(256);
  private length = 0;

  private room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.length, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    return at;
  }

  u8(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  u32(value: number): void {
    const at = this.room(4);
    this.bytes.writeUInt32LE(value, at);
  }

  u64(value: bigint): void {
    const at = this.room(8);
    this.bytes.writeBigUInt64LE(value, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Hex of `length` bytes. */
  hex(hex: Hex, length: number): void {
    const at = this.room(length);
    const written = this.bytes.write(hex.slice(2), at, length, "hex");
    if (written !== length || hex.length !== 2 + 2 * length)
      throw new RangeError(`${hex} has not ${length} bytes`);
  }

  /** A length and so many bytes. */
  sized(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** An unsigned integer below 2 ** 256. */
  quantity(value: bigint): void {
    const digits = quantityBytes(value);
    this.u8(digits.length);
    this.raw(digits);
  }

  /** What was written, in memory of its own. */
  take(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, 0, this.length);
  }
}

/** Reads what a `ByteWriter` wrote. */
export class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.bytes.readUInt8(this.at++);
  }

  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  u64(): bigint {
    this.at += 8;
    return this.bytes.readBigUInt64LE(this.at - 8);
  }

  /** A slice of the bytes. */
  raw(length: number): Buffer {
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError(`${this.at - this.bytes.length} bytes are missing`);
    return this.bytes.subarray(this.at - length, this.at);
  }

  hex(length: number): Hex {
    return hexOf(this.raw(length));
  }

  sized(): Buffer {
    return this.raw(this.u32());
  }

  quantity(): bigint {
    return bytesQuantity(this.raw(this.u8()));
  }
}
