// KZG point evaluation (0x0a, EIP-4844, Cancun). Of the ceremony's output one point is needed: [τ]G2.

import { hash } from "node:crypto";
import { bytesOf } from "./big-endian.ts";
import { bls12381, MODULUS } from "./bls12-381.ts";
import { type Curve, FR, G1, G2, GT, type Pointer } from "./mcl.ts";
import { isAllZero, isBelow, type Precompile } from "./precompile.ts";

/** [τ]G2 of the ceremony, compressed (consensus-specs, trusted_setup_4096.json, g2_monomial[1]). */
const TAU_G2 = bytesOf(
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
    "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);
const GENERATOR_G1 = bytesOf(
  "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
);
const GENERATOR_G2 = bytesOf(
  "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
);
/** BLS_MODULUS: the order of the groups, the modulus of blob elements. */
export const ORDER = bytesOf("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001");
const FIELD_ELEMENTS_PER_BLOB = 4096;
const VERSIONED_HASH_VERSION_KZG = 0x01;
const COMPRESSED_G1 = 48;

interface Setup {
  curve: Curve;
  /** Lines of the Miller loop for -G2 and for [τ]G2: both second arguments of the pairings are constants. */
  linesGenerator: Pointer;
  linesTau: Pointer;
  /** Room: generator, proof, commitment; -y, z. */
  points: Pointer;
  scalars: Pointer;
  left: Pointer;
  gt: Pointer;
}

let setup: Setup | undefined;

/** What proofs are verified with, made at the first one. */
export function prepared(): Setup {
  if (setup !== undefined) return setup;
  const { curve } = bls12381();
  const { lib } = curve;
  setup = {
    curve,
    linesGenerator: precomputeLines(curve, GENERATOR_G2, true),
    linesTau: precomputeLines(curve, TAU_G2),
    points: curve.reserve(3 * G1),
    scalars: curve.reserve(2 * FR),
    left: curve.reserve(G1),
    gt: curve.reserve(GT),
  };
  lib.mclBnG1_deserialize(setup.points, curve.bytes(GENERATOR_G1, 0, COMPRESSED_G1), COMPRESSED_G1);
  return setup;
}

/** Lines of the Miller loop for a compressed point of G2, or for its negative. */
export function precomputeLines(curve: Curve, compressed: Uint8Array, isNegated = false): Pointer {
  const { lib } = curve;
  const lines = curve.reserve(8 * lib.mclBn_getUint64NumToPrecompute());
  curve.withRoom(G2, (point) => {
    lib.mclBnG2_deserialize(point, curve.bytes(compressed, 0, compressed.length), compressed.length);
    if (isNegated) lib.mclBnG2_neg(point, point);
    lib.mclBn_precomputeG2(lines, point);
  });
  return lines;
}

const INFINITY_BYTE = 0xc0;

/** A compressed point of the subgroup (validate_kzg_g1); infinity has one encoding only. */
export function readCompressed(curve: Curve, point: Pointer, input: Uint8Array, start: number): boolean {
  const first = input[start]!;
  if (first === INFINITY_BYTE && isAllZero(input, start + 1, start + COMPRESSED_G1)) {
    curve.lib.mclBnG1_clear(point);
    return true;
  }
  // Bit 7 says compressed, bit 6 infinity, bit 5 which y; the rest is x.
  if ((first & 0xc0) !== 0x80) return false;
  const x = input.slice(start, start + COMPRESSED_G1);
  x[0]! &= 0x1f;
  if (!isBelow(x, 0, MODULUS)) return false;
  const bytes = curve.bytes(input, start, COMPRESSED_G1);
  if (curve.lib.mclBnG1_deserialize(point, bytes, COMPRESSED_G1) !== COMPRESSED_G1) return false;
  return curve.lib.mclBnG1_isValidOrder(point) === 1;
}

/** e(C - [y]G1 + [z]π, -G2) · e(π, [τ]G2) = 1: the polynomial committed to in C has the value y at z. */
export function verifyProof(input: Uint8Array): boolean {
  const { curve, linesGenerator, linesTau, points, scalars, left, gt } = prepared();
  const { lib } = curve;
  const proof = points + G1;
  const commitment = proof + G1;
  if (!readCompressed(curve, commitment, input, 96)) return false;
  if (!readCompressed(curve, proof, input, 144)) return false;
  curve.readFr(scalars, input, 64);
  lib.mclBnFr_neg(scalars, scalars);
  curve.readFr(scalars + FR, input, 32);
  lib.mclBnG1_mulVec(left, points, scalars, 2);
  lib.mclBnG1_add(left, left, commitment);
  lib.mclBnG1_normalize(left, left);
  lib.mclBn_precomputedMillerLoop2(gt, left, linesGenerator, proof, linesTau);
  lib.mclBn_finalExp(gt, gt);
  return lib.mclBnGT_isOne(gt) === 1;
}

const OUTPUT = new Uint8Array(64);
new DataView(OUTPUT.buffer).setUint32(28, FIELD_ELEMENTS_PER_BLOB);
OUTPUT.set(ORDER, 32);

/** Input: versioned hash, z, y, commitment, proof. */
export const kzgPointEvaluation: Precompile = {
  gas: () => 50_000n,
  run(input) {
    if (input.length !== 192) return null;
    const versionedHash = hash("sha256", input.subarray(96, 144), "buffer");
    versionedHash[0] = VERSIONED_HASH_VERSION_KZG;
    if (!versionedHash.equals(input.subarray(0, 32))) return null;
    if (!isBelow(input, 32, ORDER) || !isBelow(input, 64, ORDER)) return null;
    return verifyProof(input) ? OUTPUT.slice() : null;
  },
};
