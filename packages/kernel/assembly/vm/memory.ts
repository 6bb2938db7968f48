// EVM memory: ranges named by words of the stack, the gas of its growth, copies into it.

import { wordFitsU64, wordLow } from "../word/word";
import { addShortage, chargeGas } from "./context";
import { Frame, frameGrowMemory } from "./frame";

/** What the last `memoryRange` found: offset into the frame's memory and length in bytes. */
export let rangeOffset: u32 = 0;
export let rangeLength: u32 = 0;

function expansionCost(words: u64): u64 {
  return words * 3 + ((words * words) >> 9);
}

/** Makes the memory at least `end` bytes long and charges for it; false = out of gas. */
export function memoryReach(frame: Frame, end: u64): bool {
  if (end <= <u64>frame.memorySize) return true;
  const words = (end + 31) >> 5;
  if (!chargeGas(expansionCost(words) - expansionCost(<u64>frame.memorySize >> 5))) return false;
  // More than the address space holds costs 35 million million gas; growing reports it as memory exhausted.
  frameGrowMemory(frame, words << 5 > 0xffffffe0 ? 0xffffffe0 : <u32>(words << 5));
  return true;
}

/**
 * The range of `frame`'s memory that the words at `offset` and `length` name, grown into and paid for; false = out
 * of gas. A range without length is nowhere and costs nothing.
 */
export function memoryRange(frame: Frame, offset: usize, length: usize): bool {
  if (!wordFitsU64(length)) return false;
  const size = wordLow(length);
  if (size == 0) {
    rangeOffset = 0;
    rangeLength = 0;
    return true;
  }
  if (size > 0xffffffff || !wordFitsU64(offset)) return false;
  const from = wordLow(offset);
  if (from > 0xffffffff) return false;
  rangeOffset = <u32>from;
  rangeLength = <u32>size;
  return memoryReach(frame, from + size);
}

/** `memoryRange` for an operation that pays `perWord` gas for each word of its length. */
export function memoryRangePerWord(frame: Frame, offset: usize, length: usize, perWord: u64): bool {
  const isReached = memoryRange(frame, offset, length);
  const gas = ((<u64>rangeLength + 31) >> 5) * perWord;
  if (isReached) return chargeGas(gas);
  addShortage(gas);
  return false;
}

/**
 * Copies `length` bytes of `source` from the place that the word at `offset` names; what lies behind the
 * source's end reads as zero.
 */
export function copyPadded(
  destination: usize,
  source: usize,
  sourceLength: u32,
  offset: usize,
  length: u32,
): void {
  if (length == 0) return;
  let there: u32 = 0;
  if (wordFitsU64(offset)) {
    const from = wordLow(offset);
    if (from < <u64>sourceLength) {
      there = min<u32>(length, sourceLength - <u32>from);
      memory.copy(destination, source + <usize>from, there);
    }
  }
  memory.fill(destination + there, 0, length - there);
}
