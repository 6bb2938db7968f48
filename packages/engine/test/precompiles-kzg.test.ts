import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const ORDER = bls12_381.fields.Fr.ORDER;
const G = bls12_381.G1.Point.BASE;
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const INFINITY = `c0${"00".repeat(47)}`;
const SUCCESS = word(4096n) + word(ORDER);

function call(z: bigint, y: bigint, commitment: string, proof: string): string {
  const digest = createHash("sha256").update(Buffer.from(commitment, "hex")).digest("hex");
  return `01${digest.slice(2)}${word(z)}${word(y)}${commitment}${proof}`;
}

const run = (hex: string, gas = 50_000n): string | null =>
  runPrecompile(0x0a, Fork.Cancun, Uint8Array.fromHex(hex), gas)?.output.toHex() ?? null;

// The polynomial that is c everywhere: its commitment is [c]G, the proof at any z the point at infinity.
const constant = (c: bigint): string => G.multiply(c).toHex(true);

describe("KZG point evaluation", () => {
  before(preparePrecompiles);

  it("accepts the value of a constant polynomial at any point, for 50000 gas", () => {
    for (const z of [0n, 1n, ORDER - 1n]) {
      assert.equal(run(call(z, 7n, constant(7n), INFINITY)), SUCCESS);
      assert.equal(run(call(z, 8n, constant(7n), INFINITY)), null);
    }
    assert.equal(run(call(3n, 0n, INFINITY, INFINITY)), SUCCESS);
    assert.equal(run(call(3n, 7n, constant(7n), INFINITY), 49_999n), null);
  });

  it("uses the ceremony's point: the polynomial x has the value z at z, with proof G", () => {
    // [τ]G1, g1_monomial[1] of the ceremony.
    const tau =
      "ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";
    for (const z of [0n, 1n, 123_456_789n, ORDER - 1n]) {
      assert.equal(run(call(z, z, tau, constant(1n))), SUCCESS);
      assert.equal(run(call(z, (z + 1n) % ORDER, tau, constant(1n))), null);
    }
  });

  it("refuses another length, another hash, another version", () => {
    const good = call(0n, 7n, constant(7n), INFINITY);
    assert.equal(run(""), null);
    assert.equal(run(`${good}00`), null);
    assert.equal(run(good.slice(0, -2)), null);
    assert.equal(run(`02${good.slice(2)}`), null);
    assert.equal(run(`01ff${good.slice(4)}`), null);
  });

  it("refuses field elements that are not below the modulus", () => {
    assert.equal(run(call(ORDER, 7n, constant(7n), INFINITY)), null);
    assert.equal(run(call(0n, ORDER + 7n, constant(7n), INFINITY)), null);
  });

  it("refuses points in any encoding but the canonical one, off the curve or outside the subgroup", () => {
    const good = constant(7n);
    const modulus = bls12_381.fields.Fp.ORDER;
    const compressed = (x: bigint): string => (x | (1n << 383n)).toString(16).padStart(96, "0");
    const { Fp } = bls12_381.fields;
    let [off, outside] = ["", ""];
    for (let x = 4n; off === "" || outside === ""; x++) {
      try {
        Fp.sqrt(Fp.add(Fp.pow(x, 3n), 4n));
        outside = compressed(x);
      } catch {
        off = compressed(x);
      }
    }
    for (const bad of [
      `e0${"00".repeat(47)}`,
      `c0${"00".repeat(46)}01`,
      `40${"00".repeat(47)}`,
      `80${"00".repeat(47)}`,
      "00".repeat(48),
      compressed(modulus),
      compressed(modulus + 4n),
      (BigInt(`0x${good}`) ^ (1n << 383n)).toString(16).padStart(96, "0"),
      (BigInt(`0x${good}`) | (1n << 382n)).toString(16).padStart(96, "0"),
      off,
      outside,
    ]) {
      assert.equal(run(call(0n, 7n, bad, INFINITY)), null, bad);
      assert.equal(run(call(0n, 7n, good, bad)), null, bad);
    }
  });
});
