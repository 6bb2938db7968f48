/** One precompile: what it costs and what it computes. */
export interface Precompile {
  /** Gas for this input at this fork; known without doing the work. */
  gas(input: Uint8Array, fork: number): bigint;
  /** The output, or null where the input is refused: then all gas of the call is gone. */
  run(input: Uint8Array, fork: number): Uint8Array | null;
}

export const NO_OUTPUT = new Uint8Array(0);

/** A copy of `length` bytes from `start`; what lies beyond the end of the input reads as zero. */
export function paddedSlice(input: Uint8Array, start: number, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(input.subarray(start, start + length));
  return result;
}

export function isAllZero(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** True where the big-endian number at `bytes[start …]` is less than `bound`, of `bound.length` bytes. */
export function isBelow(bytes: Uint8Array, start: number, bound: Uint8Array): boolean {
  for (let i = 0; i < bound.length; i++) {
    const difference = bytes[start + i]! - bound[i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** 32 bytes, 1 or 0: how the precompiles say yes and no. */
export function booleanWord(value: boolean): Uint8Array {
  const word = new Uint8Array(32);
  word[31] = value ? 1 : 0;
  return word;
}
