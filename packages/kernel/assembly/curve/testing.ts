// What test/curve-*.test.ts and bench/src/kernel/recovery.ts call.

import { fieldMultiply } from "./field";
import { laneMask } from "./field-linear";
import { fieldRoot } from "./field-root";
import { fieldSquare } from "./field-square";
import { START } from "./generator";
import { pointAdd, pointDouble } from "./point";

export { initialiseKeccak } from "../hash/keccak";
export { fieldMultiply, PAIR } from "./field";
export { fieldInvert } from "./field-inverse";
export {
  fieldAdd,
  fieldCarry,
  fieldHalf,
  fieldSetWord,
  fieldSubtract,
  fieldToWord,
  fieldTriple,
} from "./field-linear";
export { fieldRoot } from "./field-root";
export { fieldSquare, fieldSquareAdd } from "./field-square";
export { END, GENERATOR_MULTIPLES, HIGHEST_BIT, START } from "./generator";
export { initialiseCurve } from "./initialise";
export { wordInvertModulo } from "./inverse";
export { ENTRY } from "./multiples";
export { RECOVER_MEMORY, RECOVER_MOST, recoverSigners } from "./recover";
export { scalarFirstIsNegative, scalarSecondIsNegative, scalarSplit } from "./scalar";

/** Runs one operation `count` times, for benchmarks: calls from JavaScript would cost as much. Pairs are 1024 bytes apart. */
export function repeatCurve(operation: u32, count: u32, r: usize, a: usize, b: usize): void {
  const all = laneMask(true, true);
  for (let i: u32 = 0; i < count; i++) {
    switch (operation) {
      case 0:
        fieldMultiply(r, a, b);
        break;
      case 1:
        fieldMultiply(r, r, b);
        break;
      case 2:
        fieldSquare(r, a);
        break;
      case 3:
        fieldSquare(r, r);
        break;
      case 4:
        fieldRoot(r, a, b, 1024);
        break;
      case 5:
        pointDouble(r, b, 1024);
        break;
      default:
        pointAdd(r, START, START + 80, all, all, b, 1024);
    }
  }
}
