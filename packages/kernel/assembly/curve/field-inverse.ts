// Inverses of pairs of field elements.

import { wordMultiplyModulo } from "../word/word";
import { PRIME } from "./field";
import { fieldSetWord, fieldToWord } from "./field-linear";
import { INVERSE_SCRATCH, wordInvertModulo } from "./inverse";

/** Bytes of scratch memory that `fieldInvert` needs. */
export const FIELD_INVERSE_SCRATCH: usize = 128 + INVERSE_SCRATCH;

/** r = 1 / a, of magnitude 1; neither lane of a is zero. One inversion for both: 1 / A = B / (A B). r may be a. */
export function fieldInvert(r: usize, a: usize, scratch: usize): void {
  const first = scratch;
  const second = scratch + 32;
  const product = scratch + 64;
  fieldToWord(first, a, 0);
  fieldToWord(second, a, 1);
  wordMultiplyModulo(product, first, second, PRIME);
  const inverse = scratch + 96;
  wordInvertModulo(inverse, product, PRIME, scratch + 128);
  wordMultiplyModulo(second, second, inverse, PRIME);
  wordMultiplyModulo(first, first, inverse, PRIME);
  fieldSetWord(r, 0, second);
  fieldSetWord(r, 1, first);
}
