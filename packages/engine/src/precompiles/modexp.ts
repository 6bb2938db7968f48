// MODEXP (0x05): base^exponent mod modulus of any length. EIP-198 (Byzantium), priced anew by EIP-2565 (Berlin) and
// EIP-7883 (Osaka); lengths bounded by EIP-7823 (Osaka).

import { Fork } from "../forks.ts";
import { bigintOf } from "./big-endian.ts";
import { modularPower } from "./modular-power.ts";
import { isAllZero, NO_OUTPUT, type Precompile, paddedSlice } from "./precompile.ts";

const HEADER = 96;
const MAXIMUM_LENGTH = 1024n;

/** The three lengths: 256-bit numbers, of which nothing is believed before the gas is paid. */
function lengths(input: Uint8Array): { base: bigint; exponent: bigint; modulus: bigint } {
  return {
    base: bigintOf(paddedSlice(input, 0, 32)),
    exponent: bigintOf(paddedSlice(input, 32, 32)),
    modulus: bigintOf(paddedSlice(input, 64, 32)),
  };
}

/** The first 32 bytes of the exponent, as a number of that many bytes or of the exponent's own length if shorter. */
function exponentHead(input: Uint8Array, baseLength: bigint, exponentLength: bigint): bigint {
  if (baseLength > input.length) return 0n;
  const length = exponentLength < 32n ? Number(exponentLength) : 32;
  return bigintOf(paddedSlice(input, HEADER + Number(baseLength), length));
}

function bitLength(value: bigint): bigint {
  return value === 0n ? 0n : BigInt(value.toString(2).length);
}

/** About how often the result is squared: bits of the exponent, its bytes after the 32nd counted `perByte`. */
function iterations(head: bigint, exponentLength: bigint, perByte: bigint): bigint {
  const headBits = head === 0n ? 0n : bitLength(head) - 1n;
  return exponentLength <= 32n ? headBits : perByte * (exponentLength - 32n) + headBits;
}

const atLeast = (value: bigint, minimum: bigint): bigint => (value > minimum ? value : minimum);

function complexityByzantium(length: bigint): bigint {
  const square = length * length;
  if (length <= 64n) return square;
  if (length <= 1024n) return square / 4n + 96n * length - 3072n;
  return square / 16n + 480n * length - 199_680n;
}

export const modexp: Precompile = {
  gas(input, fork) {
    const { base, exponent, modulus } = lengths(input);
    const head = exponentHead(input, base, exponent);
    const longest = atLeast(base, modulus);
    const words = (longest + 7n) / 8n;
    if (fork >= Fork.Osaka) {
      const complexity = longest <= 32n ? 16n : 2n * words * words;
      return atLeast(complexity * atLeast(iterations(head, exponent, 16n), 1n), 500n);
    }
    if (fork >= Fork.Berlin) {
      return atLeast((words * words * atLeast(iterations(head, exponent, 8n), 1n)) / 3n, 200n);
    }
    return (complexityByzantium(longest) * atLeast(iterations(head, exponent, 8n), 1n)) / 20n;
  },
  run(input, fork) {
    const { base, exponent, modulus } = lengths(input);
    if (
      fork >= Fork.Osaka &&
      (base > MAXIMUM_LENGTH || exponent > MAXIMUM_LENGTH || modulus > MAXIMUM_LENGTH)
    ) {
      return null;
    }
    // With no base and no modulus any exponent's length costs the minimum: nothing may be sized by it.
    if (modulus === 0n) return NO_OUTPUT;
    const modulusLength = Number(modulus);
    const start = HEADER + Number(base);
    const modulusStart = start + Number(exponent);
    const modulusBytes = paddedSlice(input, modulusStart, modulusLength);
    if (isAllZero(modulusBytes)) return modulusBytes;
    return modularPower(
      paddedSlice(input, HEADER, Number(base)),
      input.subarray(start, modulusStart),
      Number(exponent),
      modulusBytes,
    );
  },
};
