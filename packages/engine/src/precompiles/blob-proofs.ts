// Proofs that come with blobs: one of each blob (EIP-4844), or one of each cell of the extended blob (EIP-7594). Whoever takes
// a blob transaction verifies them; blocks do not hold them.
//
// A blob is the polynomial p of degree below 4096 that has its 32-byte elements as values at the 4096th roots of unity, these in
// bit-reversed order (consensus-specs, polynomial-commitments).

import { createHash } from "node:crypto";
import { bytesOf } from "./big-endian.ts";
import { bls12381 } from "./bls12-381.ts";
import { ORDER, precomputeLines, prepared, readCompressed, verifyProof } from "./kzg.ts";
import { POWERS_G1, TAU_64_G2 } from "./kzg-setup.ts";
import { type Curve, FR, G1, GT, type Pointer } from "./mcl.ts";
import { isBelow } from "./precompile.ts";

const ELEMENTS = 4096;
const ELEMENT = 32;
const BLOB_BYTES = ELEMENTS * ELEMENT;
const COMPRESSED_G1 = 48;
/** EIP-7594: cells of an extended blob, and elements of a cell. */
const CELLS = 128;
const CELL_ELEMENTS = 64;
const MODULUS = BigInt(`0x${Buffer.from(ORDER).toString("hex")}`);
/** PRIMITIVE_ROOT_OF_UNITY. */
const PRIMITIVE_ROOT = 7n;
/** FIAT_SHAMIR_PROTOCOL_DOMAIN, and the degree in 16 bytes. */
const BLOB_DOMAIN = Buffer.concat([Buffer.from("FSBLOBVERIFY_V1_"), degree()]);

function degree(): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, ELEMENTS);
  return bytes;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % MODULUS;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % MODULUS;
    square = (square * square) % MODULUS;
  }
  return result;
}

const rootOfUnity = (order: number): bigint => power(PRIMITIVE_ROOT, (MODULUS - 1n) / BigInt(order));

function scalarBytes(value: bigint): Uint8Array {
  return bytesOf(value.toString(16).padStart(64, "0"));
}

function reversedBits(value: number, bits: number): number {
  let reversed = 0;
  for (let i = 0; i < bits; i++) reversed |= ((value >>> i) & 1) << (bits - 1 - i);
  return reversed;
}

/** Scalars and points that are worked with, in the curve's memory. */
interface Room {
  curve: Curve;
  /** p, first its values, then its coefficients. */
  polynomial: Pointer;
  /** Inverses of the first half of the 4096th roots of unity, by exponent. */
  inverseRoots: Pointer;
  inverseCount: Pointer;
  /** By cell: the 64th power of every point at which it holds values. */
  cosets: Pointer;
  /** The powers of the setup; commitment and proofs behind them. */
  points: Pointer;
  scalars: Pointer;
  linesTau64: Pointer;
  sums: Pointer;
  a: Pointer;
  b: Pointer;
  gt: Pointer;
}

let made: Room | undefined;

function room(): Room {
  if (made !== undefined) return made;
  const { curve } = bls12381();
  const points = 1 + CELLS;
  made = {
    curve,
    polynomial: curve.reserve(ELEMENTS * FR),
    inverseRoots: curve.reserve((ELEMENTS / 2) * FR),
    inverseCount: curve.reserve(FR),
    cosets: curve.reserve(CELLS * FR),
    points: curve.reserve((CELL_ELEMENTS + points) * G1),
    scalars: curve.reserve((CELL_ELEMENTS + points) * FR),
    linesTau64: precomputeLines(curve, bytesOf(TAU_64_G2)),
    sums: curve.reserve(CELL_ELEMENTS * FR),
    a: curve.reserve(G1),
    b: curve.reserve(G1),
    gt: curve.reserve(GT),
  };
  const root = power(rootOfUnity(ELEMENTS), MODULUS - 2n);
  for (let i = 0, value = 1n; i < ELEMENTS / 2; i++, value = (value * root) % MODULUS) {
    curve.readFr(made.inverseRoots + i * FR, scalarBytes(value), 0);
  }
  curve.readFr(made.inverseCount, scalarBytes(power(BigInt(ELEMENTS), MODULUS - 2n)), 0);
  const coset = rootOfUnity(CELLS);
  for (let cell = 0; cell < CELLS; cell++) {
    const value = power(coset, BigInt(reversedBits(cell, Math.log2(CELLS))));
    curve.readFr(made.cosets + cell * FR, scalarBytes(value), 0);
  }
  POWERS_G1.forEach((point, i) => {
    readCompressed(curve, made!.points + i * G1, bytesOf(point), 0);
  });
  return made;
}

/** Puts the coefficients of a blob's polynomial into the room; false where an element is none of the field. */
function interpolate({ curve, polynomial, inverseRoots, inverseCount }: Room, blob: Uint8Array): boolean {
  const { lib } = curve;
  for (let i = 0; i < ELEMENTS; i++) {
    if (!isBelow(blob, i * ELEMENT, ORDER)) return false;
    curve.readFr(polynomial + i * FR, blob, i * ELEMENT);
  }
  // Cooley and Tukey's transform takes what is in bit-reversed order and gives what is in order.
  curve.withRoom(FR, (product) => {
    for (let half = 1; half < ELEMENTS; half *= 2) {
      const step = (ELEMENTS / 2 / half) * FR;
      for (let start = 0; start < ELEMENTS; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const low = polynomial + (start + k) * FR;
          const high = low + half * FR;
          lib.mclBnFr_mul(product, high, inverseRoots + k * step);
          lib.mclBnFr_sub(high, low, product);
          lib.mclBnFr_add(low, low, product);
        }
      }
    }
  });
  for (let i = 0; i < ELEMENTS; i++) lib.mclBnFr_mul(polynomial + i * FR, polynomial + i * FR, inverseCount);
  return true;
}

function digest(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * Whether a blob is the one that its commitment is of, by the proof that comes with it (EIP-4844: verify_blob_kzg_proof).
 *
 * @param blob 131,072 bytes
 * @param commitment 48 bytes
 * @param proof 48 bytes
 */
export function verifyBlobProof(blob: Uint8Array, commitment: Uint8Array, proof: Uint8Array): boolean {
  if (blob.length !== BLOB_BYTES || commitment.length !== COMPRESSED_G1 || proof.length !== COMPRESSED_G1) {
    return false;
  }
  const place = room();
  const { curve, polynomial } = place;
  const { lib } = curve;
  if (!interpolate(place, blob)) return false;
  // The precompile's input, the hash left out: z, y, commitment, proof.
  const input = new Uint8Array(192);
  input.set(commitment, 96);
  input.set(proof, 144);
  return curve.withRoom(2 * FR, (z) => {
    const y = z + FR;
    curve.readFr(z, digest(BLOB_DOMAIN, blob, commitment), 0);
    curve.copy(y, polynomial + (ELEMENTS - 1) * FR, FR);
    for (let i = ELEMENTS - 2; i >= 0; i--) {
      lib.mclBnFr_mul(y, y, z);
      lib.mclBnFr_add(y, y, polynomial + i * FR);
    }
    curve.writeFr(input, 32, z);
    curve.writeFr(input, 64, y);
    return verifyProof(input);
  });
}

/**
 * Whether a blob is the one that its commitment is of, by the proofs of its 128 cells (EIP-7594). All are verified at once:
 * the equations, each multiplied with another power of a number that depends on all that is claimed, are added.
 *
 * @param blob 131,072 bytes
 * @param commitment 48 bytes
 * @param proofs 48 bytes each, by the cell's number
 */
export function verifyCellProofs(
  blob: Uint8Array,
  commitment: Uint8Array,
  proofs: readonly Uint8Array[],
): boolean {
  if (blob.length !== BLOB_BYTES || commitment.length !== COMPRESSED_G1 || proofs.length !== CELLS)
    return false;
  if (proofs.some(({ length }) => length !== COMPRESSED_G1)) return false;
  const place = room();
  const { curve, points } = place;
  const commitmentAt = points + CELL_ELEMENTS * G1;
  if (!readCompressed(curve, commitmentAt, commitment, 0)) return false;
  for (const [cell, proof] of proofs.entries()) {
    if (!readCompressed(curve, commitmentAt + (1 + cell) * G1, proof, 0)) return false;
  }
  if (!interpolate(place, blob)) return false;
  return cellEquationHolds(place, digest(blob, commitment, ...proofs));
}

/**
 * With the remainders I_k of p by X^64 - a_k, which have the values of cell k, and weights w_k:
 * e(Σ w_k (C - [I_k(τ)]G1 + a_k π_k), G2) = e(Σ w_k π_k, [τ^64]G2).
 */
function cellEquationHolds(place: Room, challenge: Uint8Array): boolean {
  const { curve, polynomial, cosets, points, scalars, sums, a, b, gt } = place;
  const { lib } = curve;
  const commitment = scalars + CELL_ELEMENTS * FR;
  const first = commitment + FR;
  return curve.withRoom((CELLS + 3) * FR, (weights) => {
    const base = weights + CELLS * FR;
    const term = base + FR;
    curve.clear(scalars, (CELL_ELEMENTS + 1) * FR);
    curve.clear(sums, CELL_ELEMENTS * FR);
    curve.readFr(weights, scalarBytes(1n), 0);
    curve.readFr(base, challenge, 0);
    for (let cell = 0; cell < CELLS; cell++) {
      const weight = weights + cell * FR;
      const coset = cosets + cell * FR;
      if (cell > 0) lib.mclBnFr_mul(weight, weight - FR, base);
      lib.mclBnFr_add(commitment, commitment, weight);
      lib.mclBnFr_mul(first + cell * FR, weight, coset);
      // X^(64 m + i) leaves a_k^m X^i.
      curve.copy(term, weight, FR);
      for (let m = 0; m < CELL_ELEMENTS; m++) {
        lib.mclBnFr_add(sums + m * FR, sums + m * FR, term);
        lib.mclBnFr_mul(term, term, coset);
      }
    }
    for (let m = 0; m < CELL_ELEMENTS; m++) {
      for (let i = 0; i < CELL_ELEMENTS; i++) {
        lib.mclBnFr_mul(term, polynomial + (m * CELL_ELEMENTS + i) * FR, sums + m * FR);
        lib.mclBnFr_sub(scalars + i * FR, scalars + i * FR, term);
      }
    }
    lib.mclBnG1_mulVec(a, points, scalars, CELL_ELEMENTS + 1 + CELLS);
    lib.mclBnG1_mulVec(b, points + (CELL_ELEMENTS + 1) * G1, weights, CELLS);
    lib.mclBnG1_normalize(a, a);
    lib.mclBnG1_normalize(b, b);
    lib.mclBn_precomputedMillerLoop2(gt, a, prepared().linesGenerator, b, place.linesTau64);
    lib.mclBn_finalExp(gt, gt);
    return lib.mclBnGT_isOne(gt) === 1;
  });
}
