// Valid inputs of the precompiles that need some arithmetic to be made. The same in every run.

import { createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

let drawn = 0;

/** Bytes that look random. */
function randomBytes(length: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < length; at += 32) pieces.push(createHash("sha256").update(String(drawn++)).digest());
  return Buffer.concat(pieces).subarray(0, length);
}

export const word = (value: bigint): string => value.toString(16).padStart(64, "0");
export const field = (value: bigint): string => value.toString(16).padStart(128, "0");
export const bytes = (hex: string): Uint8Array => Uint8Array.fromHex(hex);
export const random = (): bigint => BigInt(`0x${randomBytes(31).toString("hex")}`);

export function bnPoint1(k: bigint): string {
  const { x, y } = bn254.G1.Point.BASE.multiply(k).toAffine();
  return word(x) + word(y);
}

export function bnPair(k: bigint): string {
  const { x, y } = bn254.G2.Point.BASE.multiply(k).toAffine();
  return bnPoint1(k) + word(x.c1) + word(x.c0) + word(y.c1) + word(y.c0);
}

export function blsPoint1(k: bigint): string {
  const { x, y } = bls12_381.G1.Point.BASE.multiply(k).toAffine();
  return field(x) + field(y);
}

export function blsPoint2(k: bigint): string {
  const { x, y } = bls12_381.G2.Point.BASE.multiply(k).toAffine();
  return field(x.c0) + field(x.c1) + field(y.c0) + field(y.c1);
}

export function modexpInput(baseLength: number, exponent: string, modulusLength: number): Uint8Array {
  const operand = (length: number): string => `ff${randomBytes(length - 2).toString("hex")}fd`;
  const lengths = [baseLength, exponent.length / 2, modulusLength].map((n) => word(BigInt(n))).join("");
  return bytes(lengths + operand(baseLength) + exponent + operand(modulusLength));
}

export function signature() {
  const key = new Uint8Array(randomBytes(32));
  const hash = new Uint8Array(randomBytes(32));
  const recovered = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
  return { hash, recovered, yParity: recovered[0]!, r: recovered.subarray(1, 33), s: recovered.subarray(33) };
}

export function p256Input() {
  const key = new Uint8Array(randomBytes(32));
  const message = new Uint8Array(randomBytes(32));
  const digest = new Uint8Array(createHash("sha256").update(message).digest());
  const signed = p256.sign(digest, key, { prehash: false, lowS: false });
  const publicKey = p256.getPublicKey(key, false);
  const input = new Uint8Array(Buffer.concat([digest, signed, publicKey.subarray(1)]));
  return { message, digest, signed, publicKey, input };
}

export function kzgInput() {
  const commitment = bls12_381.G1.Point.BASE.multiply(7n).toHex(true);
  const digest = createHash("sha256").update(bytes(commitment)).digest("hex");
  const proof = `c0${"00".repeat(47)}`;
  const [z, y] = [word(random()), word(7n)];
  return { commitment, z, y, proof, input: bytes(`01${digest.slice(2)}${z}${y}${commitment}${proof}`) };
}
