import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const { Fp, Fp2, Fr } = bls12_381.fields;
const R = Fr.ORDER;
const AMPLE = 1n << 62n;
const field = (value: bigint): string => value.toString(16).padStart(128, "0");
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const random = (): bigint => BigInt(`0x${randomBytes(32).toString("hex")}`);
const INFINITY1 = "00".repeat(128);
const INFINITY2 = "00".repeat(256);

type Point1 = typeof bls12_381.G1.Point.BASE;
type Point2 = typeof bls12_381.G2.Point.BASE;
const G = bls12_381.G1.Point.BASE;
const H = bls12_381.G2.Point.BASE;

function g1(point: Point1): string {
  if (point.is0()) return INFINITY1;
  const { x, y } = point.toAffine();
  return field(x) + field(y);
}

function g2(point: Point2): string {
  if (point.is0()) return INFINITY2;
  const { x, y } = point.toAffine();
  return field(x.c0) + field(x.c1) + field(y.c0) + field(y.c1);
}

/** A point of y² = x³ + 4 of any order. */
function onCurve1(): string {
  for (let x = 4n; ; x++) {
    try {
      return field(x) + field(Fp.sqrt(Fp.add(Fp.pow(x, 3n), 4n)));
    } catch {
      // No square: no such point.
    }
  }
}

/** A point of y² = x³ + 4(1 + i) of any order. */
function onCurve2(): string {
  for (let c0 = 2n; ; c0++) {
    const x = Fp2.fromBigTuple([c0, 1n]);
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.fromBigTuple([4n, 4n])));
      return field(x.c0) + field(x.c1) + field(y.c0) + field(y.c1);
    } catch {
      // No square: no such point.
    }
  }
}

const run = (address: number, hex: string, gas = AMPLE): string | null =>
  runPrecompile(address, Fork.Prague, Uint8Array.fromHex(hex), gas)?.output.toHex() ?? null;
const YES = word(1n);
const NO = word(0n);

describe("BLS12-381", () => {
  before(preparePrecompiles);

  it("adds in both groups, infinity and inverses included", () => {
    for (let i = 0; i < 5; i++) {
      const [k, l] = [(random() % (R - 1n)) + 1n, (random() % (R - 1n)) + 1n];
      const [a, b, c, d] = [G.multiply(k), G.multiply(l), H.multiply(k), H.multiply(l)];
      assert.equal(run(0x0b, g1(a) + g1(b)), g1(a.add(b)));
      assert.equal(run(0x0b, g1(a) + g1(a)), g1(a.double()));
      assert.equal(run(0x0b, g1(a) + INFINITY1), g1(a));
      assert.equal(run(0x0b, g1(a) + g1(a.negate())), INFINITY1);
      assert.equal(run(0x0d, g2(c) + g2(d)), g2(c.add(d)));
      assert.equal(run(0x0d, g2(c) + g2(c)), g2(c.double()));
      assert.equal(run(0x0d, INFINITY2 + g2(c)), g2(c));
      assert.equal(run(0x0d, g2(c) + g2(c.negate())), INFINITY2);
    }
  });

  it("addition takes points outside the subgroup; multiplication and pairing do not", () => {
    const [p, q] = [onCurve1(), onCurve2()];
    assert.equal(run(0x0b, p + INFINITY1), p);
    assert.equal(run(0x0d, q + INFINITY2), q);
    assert.equal(run(0x0c, p + word(1n)), null);
    assert.equal(run(0x0c, p + word(0n)), null);
    assert.equal(run(0x0e, q + word(1n)), null);
    assert.equal(run(0x0f, p + g2(H)), null);
    assert.equal(run(0x0f, g1(G) + q), null);
    assert.equal(run(0x0f, INFINITY1 + q), null);
    assert.equal(run(0x0f, p + INFINITY2), null);
  });

  it("multiplies many points and scalars of any 256 bits, infinities among them", () => {
    for (const count of [1, 2, 7, 40]) {
      let [sum1, sum2, input1, input2] = [0n, 0n, "", ""];
      for (let i = 0; i < count; i++) {
        const [k, scalar] = [BigInt(i % 5) * 7n, i === 3 ? 0n : random()];
        sum1 += k * scalar;
        sum2 += k * scalar;
        const [p, q] = k === 0n ? [INFINITY1, INFINITY2] : [g1(G.multiply(k)), g2(H.multiply(k))];
        input1 += p + word(scalar);
        input2 += q + word(scalar);
      }
      assert.equal(run(0x0c, input1), sum1 % R === 0n ? INFINITY1 : g1(G.multiply(sum1 % R)));
      assert.equal(run(0x0e, input2), sum2 % R === 0n ? INFINITY2 : g2(H.multiply(sum2 % R)));
    }
  });

  it("multiplies as many points as a block's gas can pay for", () => {
    const count = 5000;
    const item = Uint8Array.fromHex(g1(G) + word(R - 2n));
    const input = new Uint8Array(count * item.length);
    for (let i = 0; i < count; i++) input.set(item, i * item.length);
    const result = runPrecompile(0x0c, Fork.Prague, input, AMPLE);
    assert.equal(result?.gasUsed, (5000n * 12_000n * 519n) / 1000n);
    assert.equal(result.output.toHex(), g1(G.multiply(R - 10_000n)));
  });

  it("pairing is bilinear", () => {
    const [a, b] = [random() % R, random() % R];
    const left = g1(G.multiply(a)) + g2(H.multiply(b));
    const right = (k: bigint): string => g1(G.multiply(k % R).negate()) + g2(H);
    assert.equal(run(0x0f, left + right(a * b)), YES);
    assert.equal(run(0x0f, left + right(a * b + 1n)), NO);
    assert.equal(run(0x0f, INFINITY1 + g2(H)), YES);
    assert.equal(run(0x0f, g1(G) + INFINITY2 + left + right(a * b)), YES);
  });

  it("maps field elements to points of the subgroups, and refuses what is no element", () => {
    for (const value of [0n, 1n, Fp.ORDER - 1n]) {
      const p = run(0x10, field(value))!;
      assert.equal(run(0x0c, p + word(R)), INFINITY1);
      const q = run(0x11, field(value) + field(1n))!;
      assert.equal(run(0x0e, q + word(R)), INFINITY2);
    }
    assert.equal(run(0x10, field(Fp.ORDER)), null);
    assert.equal(run(0x11, field(Fp.ORDER) + field(0n)), null);
    assert.equal(run(0x11, field(0n) + field(Fp.ORDER)), null);
    const high = `01${field(1n).slice(2)}`;
    assert.equal(run(0x10, high), null);
    assert.equal(run(0x0b, high + field(0n) + INFINITY1), null);
  });

  it("refuses every length but the right ones", () => {
    for (const address of [0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11]) {
      assert.equal(run(address, ""), null);
      assert.equal(run(address, "00".repeat(63)), null);
      assert.equal(run(address, "00".repeat(10_007)), null);
    }
  });

  it("costs what EIP-2537 says", () => {
    for (const [address, input, gas] of [
      [0x0b, INFINITY1 + INFINITY1, 375n],
      [0x0c, (INFINITY1 + word(1n)).repeat(1), 12_000n],
      [0x0c, (INFINITY1 + word(1n)).repeat(2), 22_776n],
      [0x0c, (INFINITY1 + word(1n)).repeat(128), 797_184n],
      [0x0c, (INFINITY1 + word(1n)).repeat(129), 803_412n],
      [0x0d, INFINITY2 + INFINITY2, 600n],
      [0x0e, (INFINITY2 + word(1n)).repeat(2), 45_000n],
      [0x0e, (INFINITY2 + word(1n)).repeat(200), 2_358_000n],
      [0x0f, INFINITY1 + INFINITY2, 70_300n],
      [0x10, field(1n), 5_500n],
      [0x11, field(1n) + field(1n), 23_800n],
    ] as const) {
      const bytes = Uint8Array.fromHex(input);
      assert.equal(runPrecompile(address, Fork.Prague, bytes, gas)?.gasUsed, gas);
      assert.equal(runPrecompile(address, Fork.Prague, bytes, gas - 1n), null);
    }
  });
});
