// The curve BLS12-381 (EIP-2537, Prague): addition, multi-scalar multiplication, pairing check, field to curve.

import { bytesOf } from "./big-endian.ts";
import { G1_MSM_DISCOUNTS, G2_MSM_DISCOUNTS } from "./bls12-381-discounts.ts";
import {
  type Curve,
  CurveId,
  FP,
  FR,
  G1,
  G2,
  GT,
  openCurve,
  type Pointer,
  PointKind,
  readField,
  readG1,
  readG2,
  writeG1,
  writeG2,
} from "./mcl.ts";
import { booleanWord, type Precompile } from "./precompile.ts";

/** The field's modulus. */
export const MODULUS = bytesOf(
  "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
);
/** A field element is 48 bytes behind 16 zeros. */
const FIELD = 64;
const SCALAR = 32;

// RFC 9380, simplified SWU with isogeny, and the cofactor cleared: what EIP-2537 maps with.
const MAP_RFC_9380 = 5;

let opened: { curve: Curve; a: Pointer; b: Pointer } | undefined;

/** The curve's instance and room for two points of either group. */
export function bls12381(): NonNullable<typeof opened> {
  if (opened !== undefined) return opened;
  const curve = openCurve(CurveId.bls12381, MODULUS);
  curve.lib.mclBn_setMapToMode(MAP_RFC_9380);
  curve.lib.mclBn_setETHserialization(1);
  opened = { curve, a: curve.reserve(G2), b: curve.reserve(G2) };
  return opened;
}

/** What differs between the two groups. */
interface Group {
  size: number;
  /** Bytes of a point in the input. */
  encoded: number;
  read(curve: Curve, point: Pointer, input: Uint8Array, start: number): PointKind;
  write(curve: Curve, point: Pointer): Uint8Array;
  add(curve: Curve, result: Pointer, a: Pointer, b: Pointer): void;
  hasOrder(curve: Curve, point: Pointer): boolean;
  msm(curve: Curve, result: Pointer, points: Pointer, scalars: Pointer, count: number): void;
  clear(curve: Curve, point: Pointer): void;
}

const group1: Group = {
  size: G1,
  encoded: 2 * FIELD,
  read: (curve, point, input, start) => readG1(curve, point, input, start, FIELD),
  write: (curve, point) => writeG1(curve, point, FIELD),
  add: (curve, result, a, b) => curve.lib.mclBnG1_add(result, a, b),
  hasOrder: (curve, point) => curve.lib.mclBnG1_isValidOrder(point) === 1,
  msm: (curve, result, points, scalars, count) => curve.lib.mclBnG1_mulVec(result, points, scalars, count),
  clear: (curve, point) => curve.lib.mclBnG1_clear(point),
};

const group2: Group = {
  size: G2,
  encoded: 4 * FIELD,
  read: (curve, point, input, start) => readG2(curve, point, input, start, FIELD, false),
  write: (curve, point) => writeG2(curve, point, FIELD),
  add: (curve, result, a, b) => curve.lib.mclBnG2_add(result, a, b),
  hasOrder: (curve, point) => curve.lib.mclBnG2_isValidOrder(point) === 1,
  msm: (curve, result, points, scalars, count) => curve.lib.mclBnG2_mulVec(result, points, scalars, count),
  clear: (curve, point) => curve.lib.mclBnG2_clear(point),
};

/** Addition: the points must be on the curve, of any order. */
function addition(group: Group, gas: bigint): Precompile {
  return {
    gas: () => gas,
    run(input) {
      if (input.length !== 2 * group.encoded) return null;
      const { curve, a, b } = bls12381();
      if (group.read(curve, a, input, 0) === PointKind.Invalid) return null;
      if (group.read(curve, b, input, group.encoded) === PointKind.Invalid) return null;
      group.add(curve, a, a, b);
      return group.write(curve, a);
    },
  };
}

/** Multi-scalar multiplication: the points must be in the subgroup; scalars are any 256-bit numbers. */
function multiplication(group: Group, gasPerPoint: bigint, discounts: readonly number[]): Precompile {
  const item = group.encoded + SCALAR;
  return {
    gas(input) {
      const count = Math.floor(input.length / item);
      if (count === 0) return 0n;
      const discount = discounts[Math.min(count, discounts.length) - 1]!;
      return (BigInt(count) * gasPerPoint * BigInt(discount)) / 1000n;
    },
    run(input) {
      if (input.length === 0 || input.length % item !== 0) return null;
      const { curve, a } = bls12381();
      const count = input.length / item;
      return curve.withRoom(count * (group.size + FR), (points) => {
        const scalars = points + count * group.size;
        let finite = 0;
        for (let i = 0; i < count; i++) {
          const point = points + finite * group.size;
          const kind = group.read(curve, point, input, i * item);
          if (kind === PointKind.Invalid) return null;
          if (kind === PointKind.Infinity) continue;
          if (!group.hasOrder(curve, point)) return null;
          curve.readFr(scalars + finite * FR, input, i * item + group.encoded);
          finite++;
        }
        group.clear(curve, a);
        if (finite > 0) group.msm(curve, a, points, scalars, finite);
        return group.write(curve, a);
      });
    },
  };
}

export const bls12381G1Add = addition(group1, 375n);
export const bls12381G1Msm = multiplication(group1, 12_000n, G1_MSM_DISCOUNTS);
export const bls12381G2Add = addition(group2, 600n);
export const bls12381G2Msm = multiplication(group2, 22_500n, G2_MSM_DISCOUNTS);

const PAIR = group1.encoded + group2.encoded;

export const bls12381Pairing: Precompile = {
  gas: (input) => 37_700n + 32_600n * BigInt(Math.floor(input.length / PAIR)),
  run(input) {
    if (input.length === 0 || input.length % PAIR !== 0) return null;
    const { curve } = bls12381();
    const pairs = input.length / PAIR;
    return curve.withRoom(GT + pairs * (G1 + G2), (gt) => {
      const points1 = gt + GT;
      const points2 = points1 + pairs * G1;
      let finite = 0;
      for (let i = 0; i < pairs; i++) {
        const p = points1 + finite * G1;
        const q = points2 + finite * G2;
        const kind1 = group1.read(curve, p, input, i * PAIR);
        const kind2 = group2.read(curve, q, input, i * PAIR + group1.encoded);
        if (kind1 === PointKind.Invalid || kind2 === PointKind.Invalid) return null;
        if (kind1 === PointKind.Finite && !group1.hasOrder(curve, p)) return null;
        if (kind2 === PointKind.Finite && !group2.hasOrder(curve, q)) return null;
        // A pair with a point at infinity contributes 1 to the product.
        if (kind1 === PointKind.Finite && kind2 === PointKind.Finite) finite++;
      }
      if (finite === 0) return booleanWord(true);
      curve.lib.mclBn_millerLoopVec(gt, points1, points2, finite);
      curve.lib.mclBn_finalExp(gt, gt);
      return booleanWord(curve.lib.mclBnGT_isOne(gt) === 1);
    });
  },
};

export const bls12381MapFpToG1: Precompile = {
  gas: () => 5_500n,
  run(input) {
    if (input.length !== FIELD) return null;
    const { curve, a, b } = bls12381();
    if (!readField(curve, b, input, 0, FIELD)) return null;
    return curve.lib.mclBnFp_mapToG1(a, b) === 0 ? writeG1(curve, a, FIELD) : null;
  },
};

export const bls12381MapFp2ToG2: Precompile = {
  gas: () => 23_800n,
  run(input) {
    if (input.length !== 2 * FIELD) return null;
    const { curve, a, b } = bls12381();
    if (!readField(curve, b, input, 0, FIELD)) return null;
    if (!readField(curve, b + FP, input, FIELD, FIELD)) return null;
    return curve.lib.mclBnFp2_mapToG2(a, b) === 0 ? writeG2(curve, a, FIELD) : null;
  },
};
