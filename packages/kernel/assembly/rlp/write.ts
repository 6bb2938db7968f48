// Writing RLP (Yellow Paper, appendix B). Every writer returns the address behind what it wrote; the length
// functions say beforehand how many bytes that will be. Input and output must not overlap, except that a
// payload may already stand where it belongs.

import { wordByteLength } from "../word/word";

/** Bytes that an integer takes in big-endian without leading zeros; 0 for 0. */
function byteLength(value: u64): u32 {
  return (71 - <u32>clz<u64>(value)) >> 3;
}

/** Writes the lowest `length` bytes of `value`, big-endian. Returns what is behind them. */
function writeBigEndian(out: usize, value: u64, length: u32): usize {
  for (let shift = length << 3; shift != 0; ) {
    shift -= 8;
    store<u8>(out++, <u8>(value >> shift));
  }
  return out;
}

/** Bytes of the prefix of a list of `payloadLength` bytes, or of a string that is not one byte below 0x80. */
export function rlpHeaderLength(payloadLength: u32): u32 {
  return payloadLength <= 55 ? 1 : 1 + byteLength(payloadLength);
}

function writeHeader(out: usize, payloadLength: u32, base: u32): usize {
  if (payloadLength <= 55) {
    store<u8>(out, base + payloadLength);
    return out + 1;
  }
  const lengthBytes = byteLength(payloadLength);
  store<u8>(out, base + 55 + lengthBytes);
  return writeBigEndian(out + 1, payloadLength, lengthBytes);
}

/** Writes the prefix of a list whose items take `payloadLength` bytes in all; the items follow it. */
export function rlpWriteListHeader(out: usize, payloadLength: u32): usize {
  return writeHeader(out, payloadLength, 0xc0);
}

/** Bytes that `rlpWriteBytes` will write. */
export function rlpLengthOfBytes(bytes: usize, length: u32): u32 {
  if (length == 1 && load<u8>(bytes) < 0x80) return 1;
  return rlpHeaderLength(length) + length;
}

/** Writes `length` bytes as a string. */
export function rlpWriteBytes(out: usize, bytes: usize, length: u32): usize {
  if (length == 1) {
    const byte = load<u8>(bytes);
    if (byte < 0x80) {
      store<u8>(out, byte);
      return out + 1;
    }
  }
  const payload = writeHeader(out, length, 0x80);
  memory.copy(payload, bytes, length);
  return payload + length;
}

/** Bytes that `rlpWriteU64` will write. */
export function rlpLengthOfU64(value: u64): u32 {
  return value < 0x80 ? 1 : 1 + byteLength(value);
}

/** Writes an integer; 0 is the empty string. */
export function rlpWriteU64(out: usize, value: u64): usize {
  if (value < 0x80) {
    store<u8>(out, value != 0 ? <u8>value : 0x80);
    return out + 1;
  }
  const length = byteLength(value);
  store<u8>(out, 0x80 + length);
  return writeBigEndian(out + 1, value, length);
}

/** Bytes that `rlpWriteWord` will write. */
export function rlpLengthOfWord(a: usize): u32 {
  const length = wordByteLength(a);
  return length <= 1 && load<u64>(a) < 0x80 ? 1 : 1 + length;
}

/** Writes the word `a` as an integer; 0 is the empty string. */
export function rlpWriteWord(out: usize, a: usize): usize {
  const length = wordByteLength(a);
  if (length <= 8) return rlpWriteU64(out, load<u64>(a));
  store<u8>(out++, 0x80 + length);
  const full = length >> 3;
  out = writeBigEndian(out, full < 4 ? load<u64>(a + ((<usize>full) << 3)) : 0, length & 7);
  for (let limb = full; limb != 0; ) {
    limb--;
    store<u64>(out, bswap<u64>(load<u64>(a + ((<usize>limb) << 3))));
    out += 8;
  }
  return out;
}
