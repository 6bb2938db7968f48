import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { bn254 } from "@noble/curves/bn254.js";
import { Fork } from "../src/forks.ts";
import { Bn254Subgroup } from "../src/precompiles/bn254-subgroup.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";
import { CurveId, G2, openCurve, PointKind, readG2 } from "../src/precompiles/mcl.ts";

const P = bn254.fields.Fp.ORDER;
const R = bn254.fields.Fr.ORDER;
const AMPLE = 1n << 62n;
const INFINITY = "00".repeat(64);
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const random = (): bigint => BigInt(`0x${randomBytes(32).toString("hex")}`);

type Point1 = typeof bn254.G1.Point.BASE;
type Point2 = typeof bn254.G2.Point.BASE;

function g1(point: Point1): string {
  if (point.is0()) return INFINITY;
  const { x, y } = point.toAffine();
  return word(x) + word(y);
}

function g2(point: Point2): string {
  if (point.is0()) return INFINITY + INFINITY;
  const { x, y } = point.toAffine();
  return word(x.c1) + word(x.c0) + word(y.c1) + word(y.c0);
}

/** A point of the twist of any order: y² = x³ + 3/(9 + i). */
function onTwist(start: bigint): { x: { c0: bigint; c1: bigint }; y: { c0: bigint; c1: bigint } } {
  const { Fp2 } = bn254.fields;
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
  for (let c0 = start; ; c0++) {
    const x = Fp2.fromBigTuple([c0, 1n]);
    try {
      return { x, y: Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)) };
    } catch {
      // No square: no such point.
    }
  }
}

const run = (address: number, hex: string, fork: number = Fork.Istanbul, gas = AMPLE): string | null =>
  runPrecompile(address, fork, Uint8Array.fromHex(hex), gas)?.output.toHex() ?? null;
const add = (a: string, b: string) => run(6, a + b);
const multiply = (a: string, k: bigint) => run(7, a + word(k));
const pairing = (...pairs: string[]) => run(8, pairs.join(""));
const YES = word(1n);
const NO = word(0n);

const G = bn254.G1.Point.BASE;
const H = bn254.G2.Point.BASE;
const somePoint = (): Point1 => G.multiply((random() % (R - 1n)) + 1n);

describe("BN254", () => {
  before(preparePrecompiles);

  it("addition is the group's: commutative, with infinity neutral and the negative inverse", () => {
    for (let i = 0; i < 10; i++) {
      const [a, b] = [somePoint(), somePoint()];
      assert.equal(add(g1(a), g1(b)), g1(a.add(b)));
      assert.equal(add(g1(b), g1(a)), g1(a.add(b)));
      assert.equal(add(g1(a), g1(a)), g1(a.double()));
      assert.equal(add(g1(a), INFINITY), g1(a));
      assert.equal(add(INFINITY, g1(a)), g1(a));
      assert.equal(add(g1(a), g1(a.negate())), INFINITY);
    }
    assert.equal(add("", ""), INFINITY);
  });

  it("multiplication distributes over sums of scalars, which count modulo the order", () => {
    for (let i = 0; i < 10; i++) {
      const a = g1(somePoint());
      const [k, l] = [random(), random()];
      const sum = (k + l) % 2n ** 256n;
      const folded = k + l < 2n ** 256n ? sum : (k + l) % R;
      assert.equal(multiply(a, folded), add(multiply(a, k)!, multiply(a, l)!));
      assert.equal(multiply(a, R), INFINITY);
      assert.equal(multiply(a, 0n), INFINITY);
      assert.equal(multiply(a, R + 1n), a);
    }
    assert.equal(multiply(INFINITY, 5n), INFINITY);
    assert.equal(
      run(7, `${word(1n)}${word(2n)}02`),
      multiply(g1(G), 2n << 248n),
      "a short scalar is padded behind",
    );
  });

  it("refuses coordinates that are not below the modulus and points off the curve", () => {
    for (const bad of [
      word(1n) + word(1n),
      word(P) + word(0n),
      word(0n) + word(P),
      word(P + 1n) + word(2n),
      word(1n) + word(P + 2n),
      word(0n) + word(1n),
    ]) {
      assert.equal(add(bad, ""), null);
      assert.equal(add(g1(G), bad), null);
      assert.equal(multiply(bad, 0n), null);
      assert.equal(pairing(bad + g2(H)), null);
      assert.equal(pairing(bad + INFINITY + INFINITY), null);
    }
  });

  it("pairing is bilinear", () => {
    const [a, b] = [random() % R, random() % R];
    const left = g1(G.multiply(a)) + g2(H.multiply(b));
    assert.equal(pairing(left, g1(G.multiply((a * b) % R).negate()) + g2(H)), YES);
    assert.equal(pairing(left, g1(G.multiply((a * b + 1n) % R).negate()) + g2(H)), NO);
    assert.equal(pairing(), YES);
    assert.equal(pairing(g1(G) + g2(H)), NO);
    assert.equal(pairing(INFINITY + g2(H), g1(G) + INFINITY + INFINITY), YES);
    assert.equal(pairing(INFINITY + g2(H), left, g1(G.multiply((a * b) % R).negate()) + g2(H)), YES);
  });

  it("pairing refuses lengths that are no pairs and second points outside the subgroup", () => {
    assert.equal(run(8, "00"), null);
    assert.equal(run(8, `${g1(G)}${g2(H)}00`), null);
    const { x, y } = onTwist(2n);
    const outside = word(x.c1) + word(x.c0) + word(y.c1) + word(y.c0);
    assert.equal(pairing(g1(G) + outside), null);
    assert.equal(pairing(INFINITY + outside), null, "even where the pair contributes nothing");
    const offCurve = word(x.c1) + word(x.c0) + word(y.c1) + word((y.c0 + 1n) % P);
    assert.equal(pairing(g1(G) + offCurve), null);
  });

  it("the short test of the subgroup agrees with multiplication by the order", () => {
    const modulus = Uint8Array.fromHex(word(P));
    const curve = openCurve(CurveId.bn254, modulus);
    const subgroup = new Bn254Subgroup(curve);
    const point = curve.reserve(G2);
    let inside = 0;
    for (let i = 1n; i <= 20n; i++) {
      const { x, y } = onTwist(i * 1000n);
      for (const encoded of [
        word(x.c1) + word(x.c0) + word(y.c1) + word(y.c0),
        g2(H.multiply(random() % R)),
      ]) {
        assert.equal(readG2(curve, point, Uint8Array.fromHex(encoded), 0, 32, true), PointKind.Finite);
        const expected = curve.lib.mclBnG2_isValidOrder(point) === 1;
        assert.equal(subgroup.contains(point), expected);
        if (expected) inside++;
      }
    }
    assert.equal(inside, 20);
  });

  it("costs what Byzantium and EIP-1108 say", () => {
    const pair = INFINITY + INFINITY + INFINITY;
    for (const [address, input, byzantium, istanbul] of [
      [6, "", 500n, 150n],
      [7, "", 40_000n, 6_000n],
      [8, "", 100_000n, 45_000n],
      [8, pair + pair, 260_000n, 113_000n],
    ] as const) {
      for (const [fork, gas] of [
        [Fork.Byzantium, byzantium],
        [Fork.Petersburg, byzantium],
        [Fork.Istanbul, istanbul],
        [Fork.Osaka, istanbul],
      ] as const) {
        assert.equal(runPrecompile(address, fork, Uint8Array.fromHex(input), gas)?.gasUsed, gas);
        assert.equal(runPrecompile(address, fork, Uint8Array.fromHex(input), gas - 1n), null);
      }
    }
  });
});
