// The curves of mcl (github.com/herumi/mcl) as WebAssembly: points live in the module's own memory and are
// worked on by pointer. An instance holds one curve, so each curve has an instance of its own, made at its first
// use: synchronously, because the kernel asks from inside a WebAssembly call.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAllZero, isBelow } from "./precompile.ts";

/** A pointer into an instance's memory. */
export type Pointer = number;

/** The library's functions that we call; result first, as in its C header (mcl/bn.h). */
interface MclExports {
  __wasm_call_ctors(): void;
  malloc(bytes: number): Pointer;
  free(p: Pointer): void;
  mclBn_init(curve: number, compiledTimeVariables: number): number;
  mclBn_setMapToMode(mode: number): number;
  mclBn_setETHserialization(on: number): void;
  mclBn_verifyOrderG1(on: number): void;
  mclBn_verifyOrderG2(on: number): void;
  mclBn_millerLoop(gt: Pointer, g1: Pointer, g2: Pointer): void;
  mclBn_millerLoopVec(gt: Pointer, g1: Pointer, g2: Pointer, count: number): void;
  mclBn_getUint64NumToPrecompute(): number;
  mclBn_precomputeG2(coefficients: Pointer, g2: Pointer): void;
  mclBn_precomputedMillerLoop2(gt: Pointer, p1: Pointer, q1: Pointer, p2: Pointer, q2: Pointer): void;
  mclBn_finalExp(gt: Pointer, x: Pointer): void;
  mclBnGT_isOne(gt: Pointer): number;
  mclBnFr_setBigEndianMod(fr: Pointer, bytes: Pointer, length: number): number;
  mclBnFr_getLittleEndian(bytes: Pointer, size: number, fr: Pointer): number;
  mclBnFr_inv(r: Pointer, a: Pointer): void;
  mclBnFr_add(r: Pointer, a: Pointer, b: Pointer): void;
  mclBnFr_sub(r: Pointer, a: Pointer, b: Pointer): void;
  mclBnFr_mul(r: Pointer, a: Pointer, b: Pointer): void;
  mclBnFr_neg(r: Pointer, a: Pointer): void;
  mclBnFr_isEqual(a: Pointer, b: Pointer): number;
  mclBnFp_setBigEndianMod(fp: Pointer, bytes: Pointer, length: number): number;
  mclBnFp_setInt32(fp: Pointer, value: number): void;
  mclBnFp_clear(fp: Pointer): void;
  mclBnFp_getLittleEndian(bytes: Pointer, size: number, fp: Pointer): number;
  mclBnFp_neg(r: Pointer, a: Pointer): void;
  mclBnFp2_mul(r: Pointer, a: Pointer, b: Pointer): void;
  mclBnFp_mapToG1(g1: Pointer, fp: Pointer): number;
  mclBnFp2_mapToG2(g2: Pointer, fp2: Pointer): number;
  mclBnG1_getBasePoint(g1: Pointer): void;
  mclBnG1_deserialize(g1: Pointer, bytes: Pointer, length: number): number;
  mclBnG1_clear(g1: Pointer): void;
  mclBnG1_isZero(g1: Pointer): number;
  mclBnG1_isValid(g1: Pointer): number;
  mclBnG1_isValidOrder(g1: Pointer): number;
  mclBnG1_normalize(r: Pointer, a: Pointer): void;
  mclBnG1_neg(r: Pointer, a: Pointer): void;
  mclBnG1_add(r: Pointer, a: Pointer, b: Pointer): void;
  mclBnG1_mul(r: Pointer, a: Pointer, fr: Pointer): void;
  mclBnG1_mulVec(r: Pointer, points: Pointer, scalars: Pointer, count: number): void;
  mclBnG2_deserialize(g2: Pointer, bytes: Pointer, length: number): number;
  mclBnG2_clear(g2: Pointer): void;
  mclBnG2_isZero(g2: Pointer): number;
  mclBnG2_isEqual(a: Pointer, b: Pointer): number;
  mclBnG2_isValid(g2: Pointer): number;
  mclBnG2_isValidOrder(g2: Pointer): number;
  mclBnG2_normalize(r: Pointer, a: Pointer): void;
  mclBnG2_neg(r: Pointer, a: Pointer): void;
  mclBnG2_dbl(r: Pointer, a: Pointer): void;
  mclBnG2_add(r: Pointer, a: Pointer, b: Pointer): void;
  mclBnG2_mulVec(r: Pointer, points: Pointer, scalars: Pointer, count: number): void;
}

export const CurveId = { bn254: 4, bls12381: 5, p256: 107 } as const;

// The library's build has room for 6 units of 64 bits in a field element and 4 in a scalar.
export const FP = 48;
export const FR = 32;
export const FP2 = 2 * FP;
/** Jacobian x, y, z. */
export const G1 = 3 * FP;
export const G2 = 3 * FP2;
export const GT = 12 * FP;
const COMPILED_TIME_VARIABLES = 4 * 10 + 6;

/** One curve in an instance of its own, with what moves numbers into and out of its memory. */
export interface Curve {
  readonly lib: MclExports;
  /** Bytes of a field element as the precompiles write it, without padding. */
  readonly width: number;
  /** Room for `bytes`, kept for the life of the instance. */
  reserve(bytes: number): Pointer;
  /** Runs `body` with room for `bytes` that is given back afterwards. */
  withRoom<T>(bytes: number, body: (room: Pointer) => T): T;
  /** Puts `length` bytes in the instance's scratch memory and returns where they are. */
  bytes(input: Uint8Array, start: number, length: number): Pointer;
  /** Reads a field element of `width` bytes; false where it is not below the modulus. */
  readFp(fp: Pointer, input: Uint8Array, start: number): boolean;
  writeFp(output: Uint8Array, start: number, fp: Pointer): void;
  /** Reads a 32-byte scalar modulo the group's order. */
  readFr(fr: Pointer, input: Uint8Array, start: number): void;
  /** Writes a scalar in 32 bytes. */
  writeFr(output: Uint8Array, start: number, fr: Pointer): void;
  copy(to: Pointer, from: Pointer, bytes: number): void;
  /** Fills memory with zeros: scalars become 0. */
  clear(at: Pointer, bytes: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** The package offers its module only through an asynchronous function; the bytes are in its source. */
function mclModule(): WebAssembly.Module {
  if (compiled !== undefined) return compiled;
  const source = readFileSync(createRequire(import.meta.url).resolve("mcl-wasm/dist/mcl_c.js"), "latin1");
  const base64 = /wasmBase64 = '([^']+)'/.exec(source)?.[1];
  if (base64 === undefined) throw new Error("mcl-wasm: this version keeps its WebAssembly elsewhere");
  compiled = new WebAssembly.Module(Buffer.from(base64, "base64"));
  return compiled;
}

/** Makes an instance for one curve; `modulus` is its field's, big-endian, in `modulus.length` bytes. */
export function openCurve(id: number, modulus: Uint8Array): Curve {
  const memory = new WebAssembly.Memory({ initial: 32 });
  const lib = new WebAssembly.Instance(mclModule(), { env: { memory } }).exports as unknown as MclExports;
  lib.__wasm_call_ctors();
  if (lib.mclBn_init(id, COMPILED_TIME_VARIABLES) !== 0) throw new Error(`mcl-wasm: no curve ${id}`);
  // A point's order is asked for where the precompile wants it, and only there.
  lib.mclBn_verifyOrderG1(0);
  lib.mclBn_verifyOrderG2(0);

  let view = new Uint8Array(memory.buffer);
  const heap = (): Uint8Array => {
    if (view.length === 0) view = new Uint8Array(memory.buffer); // detached: the memory has grown
    return view;
  };
  const reserve = (bytes: number): Pointer => {
    const room = lib.malloc(bytes);
    if (room === 0) throw new Error(`mcl-wasm: no ${bytes} bytes left`);
    return room;
  };
  const scratch = reserve(256);
  const width = modulus.length;

  return {
    lib,
    width,
    reserve,
    withRoom(bytes, body) {
      const room = reserve(bytes);
      try {
        return body(room);
      } finally {
        lib.free(room);
      }
    },
    bytes(input, start, length) {
      heap().set(input.subarray(start, start + length), scratch);
      return scratch;
    },
    readFp(fp, input, start) {
      if (!isBelow(input, start, modulus)) return false;
      heap().set(input.subarray(start, start + width), scratch);
      lib.mclBnFp_setBigEndianMod(fp, scratch, width);
      return true;
    },
    writeFp(output, start, fp) {
      const length = lib.mclBnFp_getLittleEndian(scratch, 64, fp);
      const memoryBytes = heap();
      for (let i = 0; i < length; i++) output[start + width - 1 - i] = memoryBytes[scratch + i]!;
    },
    readFr(fr, input, start) {
      heap().set(input.subarray(start, start + 32), scratch);
      lib.mclBnFr_setBigEndianMod(fr, scratch, 32);
    },
    writeFr(output, start, fr) {
      const length = lib.mclBnFr_getLittleEndian(scratch, 64, fr);
      const memoryBytes = heap();
      for (let i = 0; i < length; i++) output[start + 31 - i] = memoryBytes[scratch + i]!;
    },
    clear(at, bytes) {
      heap().fill(0, at, at + bytes);
    },
    copy(to, from, bytes) {
      heap().copyWithin(to, from, from + bytes);
    },
  };
}

/** What reading a point can come to. */
export const PointKind = { Invalid: 0, Infinity: 1, Finite: 2 } as const;
export type PointKind = (typeof PointKind)[keyof typeof PointKind];

/**
 * Reads an affine point whose coordinates are fields of `stride` bytes, of which the last `curve.width` count and
 * the others must be zero. All zero is the point at infinity. The curve's equation is checked, the order is not.
 */
export function readG1(
  curve: Curve,
  g1: Pointer,
  input: Uint8Array,
  start: number,
  stride: number,
): PointKind {
  if (isAllZero(input, start, start + 2 * stride)) {
    curve.lib.mclBnG1_clear(g1);
    return PointKind.Infinity;
  }
  if (!readField(curve, g1, input, start, stride)) return PointKind.Invalid;
  if (!readField(curve, g1 + FP, input, start + stride, stride)) return PointKind.Invalid;
  curve.lib.mclBnFp_setInt32(g1 + 2 * FP, 1);
  return curve.lib.mclBnG1_isValid(g1) === 1 ? PointKind.Finite : PointKind.Invalid;
}

/** As readG1; `imaginaryFirst` is EIP-197's order of the two halves of a coordinate, EIP-2537 has the other. */
export function readG2(
  curve: Curve,
  g2: Pointer,
  input: Uint8Array,
  start: number,
  stride: number,
  imaginaryFirst: boolean,
): PointKind {
  if (isAllZero(input, start, start + 4 * stride)) {
    curve.lib.mclBnG2_clear(g2);
    return PointKind.Infinity;
  }
  for (let i = 0; i < 4; i++) {
    const half = imaginaryFirst ? i ^ 1 : i;
    if (!readField(curve, g2 + half * FP, input, start + i * stride, stride)) return PointKind.Invalid;
  }
  curve.lib.mclBnFp_setInt32(g2 + 2 * FP2, 1);
  curve.lib.mclBnFp_clear(g2 + 2 * FP2 + FP);
  return curve.lib.mclBnG2_isValid(g2) === 1 ? PointKind.Finite : PointKind.Invalid;
}

/** Reads one field element of `stride` bytes with leading zeros. */
export function readField(
  curve: Curve,
  fp: Pointer,
  input: Uint8Array,
  start: number,
  stride: number,
): boolean {
  const padding = stride - curve.width;
  return isAllZero(input, start, start + padding) && curve.readFp(fp, input, start + padding);
}

/** The affine coordinates of a point of G1, each in `stride` bytes; infinity is all zero. */
export function writeG1(curve: Curve, g1: Pointer, stride: number): Uint8Array {
  const output = new Uint8Array(2 * stride);
  if (curve.lib.mclBnG1_isZero(g1) === 1) return output;
  curve.lib.mclBnG1_normalize(g1, g1);
  const padding = stride - curve.width;
  for (let i = 0; i < 2; i++) curve.writeFp(output, i * stride + padding, g1 + i * FP);
  return output;
}

/** The affine coordinates of a point of G2 in EIP-2537's order. */
export function writeG2(curve: Curve, g2: Pointer, stride: number): Uint8Array {
  const output = new Uint8Array(4 * stride);
  if (curve.lib.mclBnG2_isZero(g2) === 1) return output;
  curve.lib.mclBnG2_normalize(g2, g2);
  const padding = stride - curve.width;
  for (let i = 0; i < 4; i++) curve.writeFp(output, i * stride + padding, g2 + i * FP);
  return output;
}
