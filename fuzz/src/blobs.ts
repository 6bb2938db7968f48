// Blobs whose commitments and proofs need no calculation: polynomials that are the same number everywhere. The commitment
// of the number c is c times the generator, and the proof of any of its values is the point at infinity.

import { createHash } from "node:crypto";
import { bytesToHex, hexToBytes } from "@heddle/cli";
import type { Hex } from "@heddle/engine";

const BLOB_BYTES = 131_072;
const INFINITY = `c0${"00".repeat(47)}`;

/** 0 to 3 times the generator of BLS12-381's G1, compressed. */
export const COMMITMENTS = [
  INFINITY,
  "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
  "a572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e",
  "89ece308f9d1f0131765212deca99697b112d61f9be9a5f1f3780a51335b3ff981747a0b2ca2179b96d2c0c9024e5224",
] as const;

const hashes = COMMITMENTS.map((commitment) => {
  const digest = createHash("sha256")
    .update(hexToBytes(`0x${commitment}`))
    .digest();
  digest[0] = 1;
  return bytesToHex(digest);
});

/** The versioned hash (EIP-4844) of blob number `blob`. */
export function versionedHash(blob: number): Hex {
  return hashes[blob]!;
}

function blobBytes(blob: number): Uint8Array {
  const bytes = new Uint8Array(BLOB_BYTES);
  for (let at = 31; at < BLOB_BYTES; at += 32) bytes[at] = blob;
  return bytes;
}

type RlpValue = Uint8Array | RlpValue[];

/** The list that travels: the transaction's items and its blobs, their commitments and proofs (EIP-4844). */
export function withSidecar(items: RlpValue[], blobs: readonly number[]): RlpValue[] {
  const proof = hexToBytes(`0x${INFINITY}`);
  const commitments = blobs.map((blob) => hexToBytes(`0x${COMMITMENTS[blob]!}`));
  return [items, blobs.map(blobBytes), commitments, blobs.map(() => proof)];
}
