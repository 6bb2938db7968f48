// Is a point of BN254's twist in the subgroup of order r? Multiplying by r takes 254 doublings; the curve's
// endomorphism does with 63.

import { bytesOf } from "./big-endian.ts";
import { type Curve, FP, FP2, G2, type Pointer } from "./mcl.ts";

/** The curve's parameter x. */
const X = 4965661367192848881n;

// ψ(x, y) = (conj(x)·γ², conj(y)·γ³) with γ² = ξ^((p-1)/3), γ³ = ξ^((p-1)/2), ξ = 9 + i: Frobenius, carried over to the
// twist. Real half first, big-endian.
const PSI_X = [
  "2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553d",
  "16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2",
];
const PSI_Y = [
  "063cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135a",
  "07c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3",
];

export class Bn254Subgroup {
  readonly #curve: Curve;
  readonly #psiX: Pointer;
  readonly #psiY: Pointer;
  readonly #room: Pointer;

  constructor(curve: Curve) {
    this.#curve = curve;
    this.#psiX = this.#constant(PSI_X);
    this.#psiY = this.#constant(PSI_Y);
    this.#room = curve.reserve(4 * G2);
  }

  #constant(halves: readonly string[]): Pointer {
    const fp2 = this.#curve.reserve(FP2);
    halves.forEach((half, i) => {
      this.#curve.readFp(fp2 + i * FP, bytesOf(half), 0);
    });
    return fp2;
  }

  /**
   * True where the affine point `q` has order r (not infinity): [x+1]Q + ψ([x]Q) + ψ²([x]Q) = ψ³([2x]Q), which holds
   * in the subgroup only. (Dai, Lin, Zhao, Zhou: "Fast subgroup membership testings for G1, G2 and GT on
   * pairing-friendly curves", 2022.)
   */
  contains(q: Pointer): boolean {
    const { lib } = this.#curve;
    const xq = this.#room;
    const left = xq + G2;
    const image = left + G2;
    const right = image + G2;
    this.#curve.copy(xq, q, G2);
    for (let bit = BIT_LENGTH - 2n; bit >= 0n; bit--) {
      lib.mclBnG2_dbl(xq, xq);
      if ((X >> bit) & 1n) lib.mclBnG2_add(xq, xq, q);
    }
    lib.mclBnG2_add(left, xq, q);
    this.#psi(image, xq);
    lib.mclBnG2_add(left, left, image);
    this.#psi(image, image);
    lib.mclBnG2_add(left, left, image);
    this.#psi(image, image);
    lib.mclBnG2_dbl(right, image);
    return lib.mclBnG2_isEqual(left, right) === 1;
  }

  /** Frobenius acts on each Jacobian coordinate by itself: on z it is conjugation alone. */
  #psi(result: Pointer, q: Pointer): void {
    const { lib } = this.#curve;
    if (result !== q) this.#curve.copy(result, q, G2);
    for (let i = 0; i < 3; i++) lib.mclBnFp_neg(result + i * FP2 + FP, result + i * FP2 + FP);
    lib.mclBnFp2_mul(result, result, this.#psiX);
    lib.mclBnFp2_mul(result + FP2, result + FP2, this.#psiY);
  }
}

const BIT_LENGTH = BigInt(X.toString(2).length);
