// Commitment and proofs of the blob are c-kzg's.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { verifyBlobProof, verifyCellProofs } from "../src/index.ts";

const fixture: { commitment: string; blobProof: string; cellProofs: string[] } = JSON.parse(
  readFileSync(new URL("./support/blob-proofs.json", import.meta.url), "utf8"),
);
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), "hex"));
const commitment = bytes(fixture.commitment);
const blobProof = bytes(fixture.blobProof);
const cellProofs = fixture.cellProofs.map(bytes);

/** 4096 elements that look random, each below the field's modulus. */
const blob = Buffer.concat(
  Array.from({ length: 4096 }, (_, i) => {
    const element = createHash("sha256").update(`element ${i}`).digest();
    element[0] = 0;
    return element;
  }),
);

const changed = (from: Uint8Array, at: number, to: number) => {
  const copy = Uint8Array.from(from);
  copy[at] = to;
  return copy;
};
const GENERATOR = bytes(
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
);
const INFINITY = changed(new Uint8Array(48), 0, 0xc0);

test("a blob's proof holds for it and for nothing else (EIP-4844)", () => {
  assert.equal(verifyBlobProof(blob, commitment, blobProof), true);
  assert.equal(verifyBlobProof(changed(blob, 77, blob[77]! ^ 1), commitment, blobProof), false);
  assert.equal(verifyBlobProof(blob, GENERATOR, blobProof), false);
  assert.equal(verifyBlobProof(blob, commitment, GENERATOR), false);
});

test("proofs of all cells hold for their blob and for nothing else (EIP-7594)", () => {
  assert.equal(verifyCellProofs(blob, commitment, cellProofs), true);
  assert.equal(verifyCellProofs(changed(blob, 131_071, blob[131_071]! ^ 1), commitment, cellProofs), false);
  assert.equal(verifyCellProofs(blob, GENERATOR, cellProofs), false);
  for (const wrong of [0, 63, 127]) {
    assert.equal(verifyCellProofs(blob, commitment, cellProofs.with(wrong, GENERATOR)), false);
  }
  const [first, second] = cellProofs as [(typeof cellProofs)[0], (typeof cellProofs)[0]];
  assert.equal(verifyCellProofs(blob, commitment, cellProofs.with(0, second).with(1, first)), false);
});

test("the blob of zeros has the point at infinity everywhere", () => {
  const zeros = new Uint8Array(131_072);
  assert.equal(verifyBlobProof(zeros, INFINITY, INFINITY), true);
  assert.equal(verifyCellProofs(zeros, INFINITY, Array(128).fill(INFINITY)), true);
  assert.equal(verifyBlobProof(zeros, INFINITY, GENERATOR), false);
});

test("what is no blob, no point or not as many is no proof", () => {
  // An element that is not below the field's modulus; a point that is none.
  const large = changed(blob, 0, 0xff);
  const noPoint = changed(GENERATOR, 47, 0);
  for (const [a, b, c] of [
    [large, commitment, blobProof],
    [blob.subarray(1), commitment, blobProof],
    [blob, noPoint, blobProof],
    [blob, commitment, noPoint],
    [blob, commitment.subarray(1), blobProof],
  ] as const) {
    assert.equal(verifyBlobProof(a, b, c), false);
  }
  assert.equal(verifyCellProofs(large, commitment, cellProofs), false);
  assert.equal(verifyCellProofs(blob, commitment, cellProofs.slice(1)), false);
  assert.equal(verifyCellProofs(blob, noPoint, cellProofs), false);
  assert.equal(verifyCellProofs(blob, commitment, cellProofs.with(5, noPoint)), false);
});
