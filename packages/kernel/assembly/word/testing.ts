// What test/word.test.ts and bench/src/kernel/hash.ts call.
export * from "./word";

import {
  wordAdd,
  wordAddModulo,
  wordByte,
  wordDivide,
  wordEquals,
  wordFromBytes,
  wordLess,
  wordModulo,
  wordMultiply,
  wordMultiplyModulo,
  wordPower,
  wordShiftLeft,
  wordShiftRight,
  wordSignExtend,
  wordSubtract,
  wordToBytes,
} from "./word";

/**
 * Runs one operation `count` times, for benchmarks: calls from JavaScript would cost more than what is
 * measured. The operands are read anew each time, the result lies elsewhere.
 */
export function repeatWord(operation: u32, count: u32, result: usize, a: usize, b: usize, m: usize): void {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    switch (operation) {
      case 0:
        break;
      case 1:
        wordAdd(result, a, b);
        break;
      case 2:
        wordSubtract(result, a, b);
        break;
      case 3:
        wordMultiply(result, a, b);
        break;
      case 4:
        wordDivide(result, a, b);
        break;
      case 5:
        wordModulo(result, a, b);
        break;
      case 6:
        wordAddModulo(result, a, b, m);
        break;
      case 7:
        wordMultiplyModulo(result, a, b, m);
        break;
      case 8:
        wordPower(result, a, b);
        break;
      case 9:
        found += u32(wordLess(a, b));
        break;
      case 10:
        found += u32(wordEquals(a, b));
        break;
      case 11:
        wordShiftLeft(result, b, a);
        break;
      case 12:
        wordShiftRight(result, b, a);
        break;
      case 13:
        wordSignExtend(result, b, a);
        break;
      case 14:
        wordByte(result, b, a);
        break;
      case 15:
        wordFromBytes(result, a, 32);
        break;
      case 16:
        wordToBytes(result, a);
        break;
    }
  }
  store<u32>(result + 32, found);
}
