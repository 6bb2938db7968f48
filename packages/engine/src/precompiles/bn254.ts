// The curve alt_bn128 / BN254: addition, multiplication (EIP-196) and pairing check (EIP-197).

import { Fork } from "../forks.ts";
import { bytesOf } from "./big-endian.ts";
import { Bn254Subgroup } from "./bn254-subgroup.ts";
import { type Curve, CurveId, FR, G1, G2, GT, openCurve, PointKind, readG1, readG2, writeG1 } from "./mcl.ts";
import { booleanWord, type Precompile, paddedSlice } from "./precompile.ts";

const MODULUS = bytesOf("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");
const COORDINATE = 32;
const PAIR = 6 * COORDINATE;

let opened: { curve: Curve; a: number; b: number; scalar: number; subgroup: Bn254Subgroup } | undefined;

function bn254(): NonNullable<typeof opened> {
  if (opened !== undefined) return opened;
  const curve = openCurve(CurveId.bn254, MODULUS);
  opened = {
    curve,
    a: curve.reserve(G1),
    b: curve.reserve(G1),
    scalar: curve.reserve(FR),
    subgroup: new Bn254Subgroup(curve),
  };
  return opened;
}

/** Prices of Byzantium and of EIP-1108 (Istanbul). */
const gasByFork =
  (byzantium: bigint, istanbul: bigint): Precompile["gas"] =>
  (_, fork) =>
    fork >= Fork.Istanbul ? istanbul : byzantium;

export const bn254Add: Precompile = {
  gas: gasByFork(500n, 150n),
  run(input) {
    const { curve, a, b } = bn254();
    const padded = paddedSlice(input, 0, 4 * COORDINATE);
    if (readG1(curve, a, padded, 0, COORDINATE) === PointKind.Invalid) return null;
    if (readG1(curve, b, padded, 2 * COORDINATE, COORDINATE) === PointKind.Invalid) return null;
    curve.lib.mclBnG1_add(a, a, b);
    return writeG1(curve, a, COORDINATE);
  },
};

export const bn254Multiply: Precompile = {
  gas: gasByFork(40_000n, 6_000n),
  run(input) {
    const { curve, a, scalar } = bn254();
    const padded = paddedSlice(input, 0, 3 * COORDINATE);
    if (readG1(curve, a, padded, 0, COORDINATE) === PointKind.Invalid) return null;
    curve.readFr(scalar, padded, 2 * COORDINATE);
    curve.lib.mclBnG1_mul(a, a, scalar);
    return writeG1(curve, a, COORDINATE);
  },
};

export const bn254Pairing: Precompile = {
  gas(input, fork) {
    const pairs = BigInt(Math.floor(input.length / PAIR));
    return fork >= Fork.Istanbul ? 45_000n + 34_000n * pairs : 100_000n + 80_000n * pairs;
  },
  run(input) {
    if (input.length % PAIR !== 0) return null;
    const { curve, subgroup } = bn254();
    const pairs = input.length / PAIR;
    return curve.withRoom(GT + pairs * (G1 + G2), (gt) => {
      const points1 = gt + GT;
      const points2 = points1 + pairs * G1;
      let finite = 0;
      for (let i = 0; i < pairs; i++) {
        const p = points1 + finite * G1;
        const q = points2 + finite * G2;
        const kind1 = readG1(curve, p, input, i * PAIR, COORDINATE);
        const kind2 = readG2(curve, q, input, i * PAIR + 2 * COORDINATE, COORDINATE, true);
        if (kind1 === PointKind.Invalid || kind2 === PointKind.Invalid) return null;
        if (kind2 === PointKind.Finite && !subgroup.contains(q)) return null;
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
