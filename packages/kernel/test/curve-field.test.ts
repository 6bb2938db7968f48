import assert from "node:assert/strict";
import { test } from "node:test";
import { Curve, G, inverse, modulo, multiple, N, numbers, P } from "./support/curve.ts";

const curve = new Curve();
const { x } = curve;
const [A, B, C, D, R, SCRATCH] = [0x51000, 0x51100, 0x51200, 0x51300, 0x51400, 0x52000];
const next = numbers(5n);

const edges = [
  0n,
  1n,
  2n,
  977n,
  2n ** 29n,
  2n ** 232n,
  P - 1n,
  P - 2n,
  P,
  P + 1n,
  2n ** 256n - 1n,
  2n ** 255n,
];
const values = [...edges, ...Array.from({ length: 40 }, next)];

test("products, squares, sums and halves of pairs are those of numbers modulo p", () => {
  for (const [i, a] of values.entries()) {
    for (const b of [values[(i * 7 + 3) % values.length]!, values[(i * 5 + 1) % values.length]!, a]) {
      curve.setPair(A, a, b);
      curve.setPair(B, b, P - 1n);
      x.fieldMultiply(R, A, B);
      assert.deepEqual(curve.getPair(R), [modulo(a * b, P), modulo(-b, P)]);
      x.fieldSquare(R, A);
      assert.deepEqual(curve.getPair(R), [modulo(a * a, P), modulo(b * b, P)]);
      x.fieldSquareAdd(R, A, B);
      assert.deepEqual(curve.getPair(R), [modulo(a * a + b, P), modulo(b * b - 1n, P)]);
      x.fieldAdd(R, A, B);
      assert.deepEqual(curve.getPair(R), [modulo(a + b, P), modulo(b - 1n, P)]);
      x.fieldSubtract(R, A, B);
      assert.deepEqual(curve.getPair(R), [modulo(a - b, P), modulo(b + 1n, P)]);
      x.fieldCarry(R, R);
      assert.deepEqual(curve.getPair(R), [modulo(a - b, P), modulo(b + 1n, P)]);
      x.fieldHalf(R, A);
      x.fieldAdd(R, R, R);
      assert.deepEqual(curve.getPair(R), [modulo(a, P), modulo(b, P)]);
    }
  }
});

/** The bound that field.ts states for a limb of magnitude 1. */
const bound = (index: number): number => (index >= 16 ? 2 ** 24 : Math.floor(1.03 * 2 ** 28));
const patterns: ((magnitude: number) => (index: number) => number)[] = [
  (m) => (i) => m * bound(i),
  (m) => (i) => -m * bound(i),
  (m) => (i) => (i & 2 ? m : -m) * bound(i),
  (m) => (i) => ((i >> 1) % 3 === 0 ? m : -m) * bound(i),
  (m) => (i) => (next() & 1n ? m : -m) * (bound(i) - i),
];

test("factors of magnitude 3 and terms of magnitude 7 are exact, and results have magnitude 1", () => {
  for (const first of patterns) {
    for (const second of patterns) {
      const a = curve.setLimbs(A, first(3));
      const b = curve.setLimbs(B, second(3));
      const c = curve.setLimbs(C, second(7));
      const carried = curve.setLimbs(D, first(6));
      for (const [run, want] of [
        [() => x.fieldMultiply(R, A, B), a.map((v, i) => modulo(v * b[i]!, P))],
        [() => x.fieldSquare(R, A), a.map((v) => modulo(v * v, P))],
        [() => x.fieldSquareAdd(R, A, C), a.map((v, i) => modulo(v * v + c[i]!, P))],
        [() => x.fieldCarry(R, D), carried],
      ] as const) {
        run();
        assert.deepEqual(curve.getPair(R), want);
        curve.limbs(R).forEach((limb, i) => {
          assert.ok(Math.abs(limb) <= bound(i), `limb ${i} is ${limb}`);
        });
      }
      x.fieldHalf(R, A);
      curve.limbs(R).forEach((limb, i) => {
        assert.ok(Math.abs(limb) <= 2.5 * bound(i));
      });
      x.fieldAdd(R, R, R);
      assert.deepEqual(curve.getPair(R), a);
    }
  }
});

test("one inversion gives the inverses of both lanes", () => {
  for (const a of [1n, 2n, P - 1n, next() % P, next() % P]) {
    const b = (next() % (P - 1n)) + 1n;
    curve.setPair(A, a, b);
    x.fieldInvert(R, A, SCRATCH);
    assert.deepEqual(curve.getPair(R), [inverse(a, P), inverse(b, P)]);
  }
});

test("a word's inverse modulo the order is that of Fermat", () => {
  curve.setWord(B, N);
  for (const a of [
    1n,
    2n,
    3n,
    N - 1n,
    N >> 1n,
    2n ** 255n,
    ...Array.from({ length: 20 }, () => next() % N),
  ]) {
    curve.setWord(A, a);
    x.wordInvertModulo(R, A, B, SCRATCH);
    assert.equal(curve.getWord(R), inverse(a, N));
  }
});

test("roots of squares are roots, and of others those of their negatives", () => {
  for (let i = 0; i < 10; i++) {
    const [a, b] = [next() % P, next() % P];
    curve.setPair(A, modulo(a * a, P), modulo(-b * b, P));
    curve.setPair(A + 0x400, modulo(-a * a, P), modulo(b * b, P));
    x.fieldRoot(R, A, SCRATCH, 0x400);
    for (const at of [R, R + 0x400]) {
      x.fieldSquare(at, at);
      assert.deepEqual(curve.getPair(at), [modulo(a * a, P), modulo(b * b, P)]);
    }
  }
});

const EIGENVALUE = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n;

test("both parts of a split scalar are below 2^128, and make it up", () => {
  const special = [
    0n,
    1n,
    N - 1n,
    N >> 1n,
    EIGENVALUE,
    N - EIGENVALUE,
    2n ** 128n,
    2n ** 128n - 1n,
    2n ** 255n,
  ];
  for (const k of [...special, ...Array.from({ length: 300 }, () => next() % N)]) {
    curve.setWord(A, k);
    x.scalarSplit(B, C, A, SCRATCH);
    const [first, second] = [curve.getWord(B), curve.getWord(C)];
    assert.ok(first < 2n ** 128n && second < 2n ** 128n);
    const signedFirst = x.scalarFirstIsNegative.value ? -first : first;
    const signedSecond = x.scalarSecondIsNegative.value ? -second : second;
    assert.equal(modulo(signedFirst + signedSecond * EIGENVALUE, N), k);
  }
});

test("the constant points are what their comments say", () => {
  const entry = (at: number) => {
    const [[xa, xb], [ya, yb]] = [curve.getPair(at), curve.getPair(at + Number(x.PAIR.value))];
    return [
      { x: xa, y: ya },
      { x: xb, y: yb },
    ];
  };
  const upper = multiple(2n ** 128n, G)!;
  for (const k of [1, 2, 3, 100, 255, 256]) {
    const at = Number(x.GENERATOR_MULTIPLES.value) + (k - 1) * Number(x.ENTRY.value);
    assert.deepEqual(entry(at), [multiple(BigInt(k), G), multiple(BigInt(k), upper)]);
  }
  const start = entry(Number(x.START.value))[0]!;
  assert.equal(modulo(start.x ** 3n + 7n, P), modulo(start.y ** 2n, P));
  const end = multiple(-(2n ** BigInt(x.HIGHEST_BIT.value)), start);
  assert.deepEqual(entry(Number(x.END.value)), [end, end]);
});
