// P256VERIFY (0x100, EIP-7951, Osaka): an ECDSA signature over secp256r1 of a hash that is given as it is. Node's
// own crypto does not take a hash, only a message.

import { bytesOf } from "./big-endian.ts";
import { type Curve, CurveId, FR, G1, openCurve, type Pointer, PointKind, readG1 } from "./mcl.ts";
import { booleanWord, isAllZero, isBelow, NO_OUTPUT, type Precompile } from "./precompile.ts";

const MODULUS = bytesOf("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
const ORDER = bytesOf("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

let opened: { curve: Curve; points: Pointer; sum: Pointer; scalars: Pointer } | undefined;

function p256(): NonNullable<typeof opened> {
  if (opened !== undefined) return opened;
  const curve = openCurve(CurveId.p256, MODULUS);
  opened = {
    curve,
    points: curve.reserve(2 * G1),
    sum: curve.reserve(G1),
    scalars: curve.reserve(4 * FR),
  };
  curve.lib.mclBnG1_getBasePoint(opened.points);
  curve.lib.mclBnG1_normalize(opened.points, opened.points);
  return opened;
}

/** Input: hash, r, s, x, y. The x-coordinate of [hash/s]G + [r/s]Q must be r modulo the order. */
function verify(input: Uint8Array): boolean {
  if (isAllZero(input, 32, 64) || isAllZero(input, 64, 96)) return false;
  if (!isBelow(input, 32, ORDER) || !isBelow(input, 64, ORDER)) return false;
  const { curve, points, sum, scalars } = p256();
  const { lib } = curve;
  if (readG1(curve, points + G1, input, 96, 32) !== PointKind.Finite) return false;
  const r = scalars + 2 * FR;
  const inverse = r + FR;
  curve.readFr(scalars, input, 0);
  curve.readFr(r, input, 32);
  curve.readFr(inverse, input, 64);
  lib.mclBnFr_inv(inverse, inverse);
  lib.mclBnFr_mul(scalars, scalars, inverse);
  lib.mclBnFr_mul(scalars + FR, r, inverse);
  lib.mclBnG1_mulVec(sum, points, scalars, 2);
  if (lib.mclBnG1_isZero(sum) === 1) return false;
  lib.mclBnG1_normalize(sum, sum);
  const x = new Uint8Array(32);
  curve.writeFp(x, 0, sum);
  curve.readFr(inverse, x, 0);
  return lib.mclBnFr_isEqual(inverse, r) === 1;
}

export const p256Verify: Precompile = {
  gas: () => 6_900n,
  run: (input) => (input.length === 160 && verify(input) ? booleanWord(true) : NO_OUTPUT),
};
