// What was observed of a location's value v while nothing but a sum v + c was made of it: outcomes of comparisons, each
// of v plus a constant with another word, or of two such sums. On every value for which all of them come out as
// they did, the observer does the same, gas and refund included (docs/deltas.md).

import { arenaAllocate, arenaMark, arenaRewind } from "../memory/arena";
import { wordAdd, wordCopy, wordEquals, wordLess, wordLessSigned } from "../word/word";

/** Relations. */
export const LESS: u32 = 0;
export const GREATER: u32 = 1;
export const SIGNED_LESS: u32 = 2;
export const SIGNED_GREATER: u32 = 3;
export const EQUAL: u32 = 4;

/** A location of which more is observed is read in the ordinary way: evaluating the list would cost more than it saves. */
export const MAX_PREDICATES: u32 = 16;

// Bits of Predicate.kind above the relation, which is LESS, SIGNED_LESS or EQUAL there.
const RELATION: u32 = 7;
/** The other word stands left of the relation. */
const SWAPPED: u32 = 8;
/** The other word is an offset too. */
const BOTH: u32 = 16;
const OUTCOME: u32 = 32;

@unmanaged
class Predicate {
  /** The one observed before it, or 0. */
  next: u32;
  kind: u32;
  /** This one and those before it. */
  count: u32;
  unused: u32;
  offset0: u64;
  offset1: u64;
  offset2: u64;
  offset3: u64;
  other0: u64;
  other1: u64;
  other2: u64;
  other3: u64;
}

function offsetOf(predicate: usize): usize {
  return predicate + offsetof<Predicate>("offset0");
}

function otherOf(predicate: usize): usize {
  return predicate + offsetof<Predicate>("other0");
}

/** Enters a predicate in the list whose head stands at `head`; false = the list is full. */
function enter(head: usize, kind: u32, offset: usize, other: usize): bool {
  const newest: usize = load<u32>(head);
  for (let at = newest; at != 0; at = changetype<Predicate>(at).next) {
    if (
      changetype<Predicate>(at).kind == kind &&
      wordEquals(offsetOf(at), offset) &&
      wordEquals(otherOf(at), other)
    ) {
      return true;
    }
  }
  const count: u32 = newest == 0 ? 0 : changetype<Predicate>(newest).count;
  if (count >= MAX_PREDICATES) return false;
  const made = arenaAllocate(offsetof<Predicate>());
  const predicate = changetype<Predicate>(made);
  predicate.next = <u32>newest;
  predicate.kind = kind;
  predicate.count = count + 1;
  wordCopy(offsetOf(made), offset);
  wordCopy(otherOf(made), other);
  store<u32>(head, <u32>made);
  return true;
}

/** The relation as it is kept: "greater" is "less" with its sides exchanged, and "equal" has no sides. */
function kindOf(relation: u32, swapped: bool, outcome: bool): u32 {
  let kept = relation;
  let exchanged = swapped;
  if (relation == GREATER || relation == SIGNED_GREATER) {
    kept = relation - 1;
    exchanged = !swapped;
  } else if (relation == EQUAL) {
    exchanged = false;
  }
  return kept | (exchanged ? SWAPPED : 0) | (outcome ? OUTCOME : 0);
}

/**
 * Records that `(v + offset) relation other`, or with `swapped` `other relation (v + offset)`, was `outcome`. `head` is the
 * address of the u32 that holds the location's list (0 = empty), `offset` and `other` are words, which are copied.
 * False = the list is full and nothing was recorded.
 */
export function observeWord(
  head: usize,
  relation: u32,
  offset: usize,
  other: usize,
  swapped: bool,
  outcome: bool,
): bool {
  return enter(head, kindOf(relation, swapped, outcome), offset, other);
}

/** Records that `(v + a) relation (v + b)` was `outcome`; else as `observeWord`. */
export function observeOffsets(head: usize, relation: u32, a: usize, b: usize, outcome: bool): bool {
  // Whether two sums with the same v are equal does not depend on v, and neither how equal ones compare.
  if (relation == EQUAL || wordEquals(a, b)) return true;
  return enter(head, kindOf(relation, false, outcome) | BOTH, a, b);
}

/** Whether the predicate comes out on the value at `value` as it did. `scratch` is two words of memory. */
function holds(predicate: usize, value: usize, scratch: usize): bool {
  const kind = changetype<Predicate>(predicate).kind;
  wordAdd(scratch, value, offsetOf(predicate));
  let other = otherOf(predicate);
  if ((kind & BOTH) != 0) {
    wordAdd(scratch + 32, value, other);
    other = scratch + 32;
  }
  const left = (kind & SWAPPED) != 0 ? other : scratch;
  const right = (kind & SWAPPED) != 0 ? scratch : other;
  const relation = kind & RELATION;
  const result =
    relation == EQUAL
      ? wordEquals(left, right)
      : relation == LESS
        ? wordLess(left, right)
        : wordLessSigned(left, right);
  return result == ((kind & OUTCOME) != 0);
}

/** Whether all that was observed (the u32 at a list's head) comes out on the word at `value` as it did. */
export function predicatesHold(observed: u32, value: usize): bool {
  const mark = arenaMark();
  const scratch = arenaAllocate(64);
  let at: usize = observed;
  while (at != 0 && holds(at, value, scratch)) at = changetype<Predicate>(at).next;
  arenaRewind(mark);
  return at == 0;
}
