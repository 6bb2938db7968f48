// Points of secp256k1, y^2 = x^3 + 7, four at once: two pairs of field elements (field.ts), `apart` bytes from each other
// in all that they have. A product depends on the one before more often than not; between two of one pair there is
// always one of the other, which the processor works on meanwhile.
//
// A running sum is in Jacobian coordinates: (X / Z^2, Y / Z^3). The formulas are not complete: where the sum is the point
// to be added, or its negative, Z becomes zero modulo p in that lane and stays so through whatever follows. Whoever uses
// the sum looks at Z in the end, and takes a zero for "not known".

import { fieldMultiply, PAIR } from "./field";
import {
  fieldHalf,
  fieldNegateSumDouble,
  fieldNegateTwice,
  fieldSelect,
  fieldSubtract,
  fieldTriple,
} from "./field-linear";
import { fieldSquare, fieldSquareAdd } from "./field-square";

/** A sum: X (magnitude 1), Y (2), Z (1). */
export const POINT: usize = 3 * PAIR;

function multiplyBoth(r: usize, a: usize, b: usize, apart: usize): void {
  fieldMultiply(r, a, b);
  fieldMultiply(r + apart, a + apart, b + apart);
}

function squareBoth(r: usize, a: usize, apart: usize): void {
  fieldSquare(r, a);
  fieldSquare(r + apart, a + apart);
}

function squareAddBoth(r: usize, a: usize, c: usize, apart: usize): void {
  fieldSquareAdd(r, a, c);
  fieldSquareAdd(r + apart, a + apart, c + apart);
}

function subtractBoth(r: usize, a: usize, b: usize, apart: usize): void {
  fieldSubtract(r, a, b);
  fieldSubtract(r + apart, a + apart, b + apart);
}

/**
 * sum = 2 sum: 3 products and 4 squares. With l = 3 X^2 / 2, s = Y^2, t = X s: X' = l^2 - 2 t, Y' = l (t - X') - s^2,
 * Z' = Y Z. `scratch` is six numbers, of each pair.
 */
export function pointDouble(point: usize, scratch: usize, apart: usize): void {
  const x = point;
  const y = point + PAIR;
  const z = point + 2 * PAIR;
  const l = scratch;
  const s = scratch + PAIR;
  const t = scratch + 2 * PAIR;
  const u = scratch + 3 * PAIR;
  squareBoth(s, y, apart);
  squareBoth(l, x, apart);
  multiplyBoth(t, x, s, apart);
  fieldTriple(l, l);
  fieldHalf(l, l);
  fieldTriple(l + apart, l + apart);
  fieldHalf(l + apart, l + apart);
  fieldNegateTwice(u, t);
  fieldNegateTwice(u + apart, t + apart);
  squareAddBoth(x, l, u, apart);
  multiplyBoth(z, y, z, apart);
  subtractBoth(t, t, x, apart);
  squareBoth(s, s, apart);
  multiplyBoth(y, l, t, apart);
  subtractBoth(y, y, s, apart);
}

/** Takes the new sum in the lanes of the mask. */
function choose(point: usize, x: usize, yTerm: usize, ySubtracted: usize, z: usize, mask: v128): void {
  fieldSubtract(yTerm, yTerm, ySubtracted);
  fieldSelect(point, x, point, mask);
  fieldSelect(point + PAIR, yTerm, point + PAIR, mask);
  fieldSelect(point + 2 * PAIR, z, point + 2 * PAIR, mask);
}

/**
 * Adds the affine points (x2, y2), of magnitudes 1 and 2 at most, in the lanes of the masks: 8 products and 3 squares.
 * With h = x2 Z^2 - X, r = y2 Z^3 - Y, v = X h^2: X' = r^2 - h^3 - 2 v, Y' = r (v - X') - Y h^3, Z' = Z h.
 */
export function pointAdd(
  point: usize,
  x2: usize,
  y2: usize,
  mask: v128,
  secondMask: v128,
  scratch: usize,
  apart: usize,
): void {
  const x = point;
  const y = point + PAIR;
  const z = point + 2 * PAIR;
  const h = scratch;
  const r = scratch + PAIR;
  const v = scratch + 2 * PAIR;
  const h2 = scratch + 3 * PAIR;
  const h3 = scratch + 4 * PAIR;
  const newX = scratch + 5 * PAIR;
  squareBoth(h2, z, apart);
  multiplyBoth(r, y2, z, apart);
  multiplyBoth(h, x2, h2, apart);
  multiplyBoth(r, r, h2, apart);
  subtractBoth(h, h, x, apart);
  subtractBoth(r, r, y, apart);
  squareBoth(h2, h, apart);
  multiplyBoth(v, x, h2, apart);
  multiplyBoth(h3, h, h2, apart);
  fieldNegateSumDouble(h2, h3, v);
  fieldNegateSumDouble(h2 + apart, h3 + apart, v + apart);
  squareAddBoth(newX, r, h2, apart);
  multiplyBoth(h3, y, h3, apart);
  subtractBoth(v, v, newX, apart);
  multiplyBoth(v, r, v, apart);
  multiplyBoth(h, z, h, apart);
  choose(point, newX, v, h3, h, mask);
  choose(point + apart, newX + apart, v + apart, h3 + apart, h + apart, secondMask);
}
