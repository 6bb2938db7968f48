// Which words on the stack are v + c, where v is the value of a slot that is a delta (docs/deltas.md).
//
// All words have concrete values, those too, so that the c of one is its difference to the v of this run. What is kept
// here is only at which addresses they stand. The tracking loop (interpreter.ts) shows each instruction before it is
// executed: what keeps a sum a sum moves the mark, what compares it enters a predicate, and whatever else takes it as
// an operand gives the delta up, after which the slot was read in the ordinary way all along.

import {
  EQUAL,
  GREATER,
  LESS,
  observeOffsets,
  observeWord,
  SIGNED_GREATER,
  SIGNED_LESS,
} from "../state/predicates";
import { slotGiveUpDelta, slotIsDelta, slotObserved, slotSumBase } from "../state/view";
import { wordEquals, wordIsZero, wordLess, wordLessSigned, wordSubtract } from "../word/word";
import { fork, tracked, wordA, wordB, zeroWord } from "./context";
import { Frame, STACK_BYTES } from "./frame";
import { Op, opcodeRow, rowInputs } from "./opcode";

/** One stack word that is a sum. */
@unmanaged
class TrackedWord {
  /** Where it stands. */
  address: u32;
  /** The LocalSlot. */
  slot: u32;
}

/** Words that can be tracked at once; a slot of which one more is made is given up. */
const MAX_TRACKED: u32 = 16;

/** How many there are in all frames; they stand in `tracked`. */
export let trackedCount: u32 = 0;

/** What the last SSTORE that was shown stores, if that is a sum: the slot, else 0. */
export let storedSum: usize = 0;

/** Forgets what an aborted transaction left. */
export function trackedReset(): void {
  trackedCount = 0;
}

function entry(index: u32): TrackedWord {
  return changetype<TrackedWord>(tracked + ((<usize>index) << 3));
}

function remove(index: u32): void {
  trackedCount--;
  store<u64>(changetype<usize>(entry(index)), load<u64>(changetype<usize>(entry(trackedCount))));
}

/** Index of the entry for the stack word at `address`, or `trackedCount`. */
function find(address: usize): u32 {
  let i: u32 = 0;
  while (i < trackedCount && <usize>entry(i).address != address) i++;
  return i;
}

/** The word at `address` is taken from the stack or replaced: the slot of which it was a sum, or 0. */
function take(address: usize): usize {
  const at = find(address);
  if (at == trackedCount) return 0;
  const slot: usize = entry(at).slot;
  remove(at);
  return slotIsDelta(slot) ? slot : 0;
}

/** Gives up `slot` as a delta: no word is a sum of it any more. */
export function giveUpSum(slot: usize): void {
  slotGiveUpDelta(slot);
  for (let i: u32 = 0; i < trackedCount; ) {
    if (<usize>entry(i).slot == slot) remove(i);
    else i++;
  }
}

/** The word at `address` is a sum of `slot`, which is a delta. It was no sum of any before. */
export function trackWord(address: usize, slot: usize): void {
  if (trackedCount == MAX_TRACKED) {
    giveUpSum(slot);
    return;
  }
  const made = entry(trackedCount++);
  made.address = <u32>address;
  made.slot = <u32>slot;
}

/** The frame is over. */
export function trackedDropFrame(frame: Frame): void {
  const base: usize = frame.stackBase;
  for (let i: u32 = 0; i < trackedCount; ) {
    const address: usize = entry(i).address;
    if (address > base && address <= base + STACK_BYTES) remove(i);
    else i++;
  }
}

/** The word at `address` is used as it is. */
function use(address: usize): void {
  const slot = take(address);
  if (slot != 0) giveUpSum(slot);
}

/** c of the sum of `slot` in the word at `sum`. */
function offsetInto(result: usize, slot: usize, sum: usize): usize {
  wordSubtract(result, sum, slotSumBase(slot));
  return result;
}

function observe(slot: usize, relation: u32, sum: usize, other: usize, swapped: bool, outcome: bool): void {
  if (!observeWord(slotObserved(slot), relation, offsetInto(wordA, slot, sum), other, swapped, outcome)) {
    giveUpSum(slot);
  }
}

/** Whether `word` is zero; observed, if `slot` is a delta, of which it is a sum then. */
export function sumIsZero(slot: usize, word: usize): bool {
  const outcome = wordIsZero(word);
  if (slotIsDelta(slot)) observe(slot, EQUAL, word, zeroWord, false, outcome);
  return outcome;
}

/** Of two slots that meet in an operation, the one that is given up; the other may go on as a delta. */
function lesser(a: usize, b: usize): usize {
  // What was met later is more often what is stored next: `total += rate`.
  return min(a, b);
}

function compares(relation: u32, left: usize, right: usize): bool {
  switch (relation) {
    case LESS:
      return wordLess(left, right);
    case GREATER:
      return wordLess(right, left);
    case SIGNED_LESS:
      return wordLessSigned(left, right);
    case SIGNED_GREATER:
      return wordLessSigned(right, left);
    default:
      return wordEquals(left, right);
  }
}

function compare(relation: u32, sp: usize): void {
  let left = take(sp);
  let right = take(sp - 32);
  if ((left | right) == 0) return;
  const outcome = compares(relation, sp, sp - 32);
  if (left == right) {
    const a = offsetInto(wordA, left, sp);
    const b = offsetInto(wordB, left, sp - 32);
    if (!observeOffsets(slotObserved(left), relation, a, b, outcome)) giveUpSum(left);
    return;
  }
  if (left != 0 && right != 0) {
    const given = lesser(left, right);
    giveUpSum(given);
    if (given == left) left = 0;
    else right = 0;
  }
  if (left != 0) observe(left, relation, sp, sp - 32, false, outcome);
  else observe(right, relation, sp - 32, sp, true, outcome);
}

/** The word at `address` is taken from the stack, and looked at for whether it is zero. */
function test(address: usize): void {
  const slot = take(address);
  if (slot != 0) sumIsZero(slot, address);
}

function add(sp: usize): void {
  const a = take(sp);
  const b = take(sp - 32);
  if ((a | b) == 0) return;
  if (a == b) {
    giveUpSum(a);
    return;
  }
  if (a != 0 && b != 0) giveUpSum(lesser(a, b));
  trackWord(sp - 32, max(a, b));
}

function subtract(sp: usize): void {
  const from = take(sp);
  const what = take(sp - 32);
  // The difference of two sums of one value does not depend on that.
  if (from == what) return;
  if (what != 0) giveUpSum(what);
  if (from != 0) trackWord(sp - 32, from);
}

/** Multiplication and AND: nothing is left of the value where the other operand is zero. */
function annihilate(sp: usize): void {
  const a = take(sp);
  const b = take(sp - 32);
  if (a != 0 && (b != 0 || !wordIsZero(sp - 32))) giveUpSum(a);
  if (b != 0 && (a != 0 || !wordIsZero(sp))) giveUpSum(b);
}

/** Division and remainder: of zero they are zero, whatever one divides by. */
function divide(sp: usize): void {
  use(sp);
  const by = take(sp - 32);
  if (by != 0 && !wordIsZero(sp)) giveUpSum(by);
}

function copyMark(from: usize, to: usize): void {
  const at = find(from);
  if (at != trackedCount) trackWord(to, entry(at).slot);
}

function exchangeMarks(a: usize, b: usize): void {
  const atA = find(a);
  const atB = find(b);
  if (atA != trackedCount) entry(atA).address = <u32>b;
  if (atB != trackedCount) entry(atB).address = <u32>a;
}

/** Looks at the instruction at `ip`, which is executed next; what it needs on the stack is there. */
export function trackInstruction(ip: usize, sp: usize): void {
  const opcode: u32 = load<u8>(ip);
  switch (opcode) {
    case Op.Block:
    case Op.Trace:
    case Op.Push:
    case Op.PushWord:
    case Op.JumpTo:
      return;
    case Op.Dup:
      copyMark(sp - <usize>load<u32>(ip, 4), sp + 32);
      return;
    case Op.Swap:
      exchangeMarks(sp, sp - <usize>load<u32>(ip, 4));
      return;
    case Op.Exchange: {
      const pair: usize = load<u32>(ip, 4);
      exchangeMarks(sp - (pair & 0xffff), sp - (pair >> 16));
      return;
    }
    case Op.POP:
      take(sp);
      return;
    case Op.JumpIfTo:
    case Op.JumpIfZeroTo:
    case Op.ISZERO:
      test(sp);
      return;
    case Op.JUMPI:
      use(sp);
      test(sp - 32);
      return;
    case Op.ADD:
      add(sp);
      return;
    case Op.SUB:
      subtract(sp);
      return;
    case Op.LT:
      compare(LESS, sp);
      return;
    case Op.GT:
      compare(GREATER, sp);
      return;
    case Op.SLT:
      compare(SIGNED_LESS, sp);
      return;
    case Op.SGT:
      compare(SIGNED_GREATER, sp);
      return;
    case Op.EQ:
      compare(EQUAL, sp);
      return;
    case Op.MUL:
    case Op.AND:
      annihilate(sp);
      return;
    case Op.DIV:
    case Op.SDIV:
    case Op.MOD:
    case Op.SMOD:
      divide(sp);
      return;
    case Op.SSTORE:
      use(sp);
      storedSum = take(sp - 32);
      return;
    default: {
      if (opcode >= <u32>Op.Block && opcode < <u32>Op.DUPN) {
        // What the decoder has made of several instructions and is not named above.
        while (trackedCount != 0) giveUpSum(entry(0).slot);
        return;
      }
      const inputs: u32 = rowInputs(opcodeRow(fork, opcode));
      for (let i: u32 = 0; i < inputs; i++) use(sp - ((<usize>i) << 5));
    }
  }
}
