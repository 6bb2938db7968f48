// What was observed of a location's value v while nothing but a sum v + c was made of it: outcomes of comparisons, each
// of v plus a constant with another word, or of two such sums. On every value for which all of them come out as
// they did, the observer does the same, gas and refund included (docs/deltas.md).

import { arenaAllocate } from "../memory/arena";
import { wordCopy, wordEquals } from "../word/word";

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

/** Whether the predicate comes out on the value at `value` as it did. */
function holds(predicate: usize, value: usize): bool {
  const kind = changetype<Predicate>(predicate).kind;
  const v0 = load<u64>(value);
  const v1 = load<u64>(value, 8);
  const v2 = load<u64>(value, 16);
  const v3 = load<u64>(value, 24);

  const offset = offsetOf(predicate);
  const a0 = v0 + load<u64>(offset);
  const a1Low = v1 + load<u64>(offset, 8);
  const a1 = a1Low + <u64>(a0 < v0);
  const a2Low = v2 + load<u64>(offset, 16);
  const a2 = a2Low + (<u64>(a1Low < v1) | <u64>(a1 < a1Low));
  const a3 = v3 + load<u64>(offset, 24) + (<u64>(a2Low < v2) | <u64>(a2 < a2Low));

  const other = otherOf(predicate);
  let b0 = load<u64>(other);
  let b1 = load<u64>(other, 8);
  let b2 = load<u64>(other, 16);
  let b3 = load<u64>(other, 24);
  if ((kind & BOTH) != 0) {
    b0 += v0;
    b1 += v1;
    const carry1 = <u64>(b1 < v1);
    b1 += <u64>(b0 < v0);
    const carry2 = carry1 | (<u64>(b0 < v0) & <u64>(b1 == 0));
    b2 += v2;
    const carry3 = <u64>(b2 < v2);
    b2 += carry2;
    b3 += v3 + (carry3 | (carry2 & <u64>(b2 == 0)));
  }

  let result: bool;
  if ((kind & RELATION) == EQUAL) {
    result = ((a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) | (a3 ^ b3)) == 0;
  } else {
    // Left and right of "less"; a signed number is ordered as the unsigned one with its highest bit turned over.
    const sign: u64 = (kind & RELATION) == SIGNED_LESS ? 1 << 63 : 0;
    const swapped = (kind & SWAPPED) != 0;
    const l3 = (swapped ? b3 : a3) ^ sign;
    const r3 = (swapped ? a3 : b3) ^ sign;
    const l2 = swapped ? b2 : a2;
    const r2 = swapped ? a2 : b2;
    const l1 = swapped ? b1 : a1;
    const r1 = swapped ? a1 : b1;
    const l0 = swapped ? b0 : a0;
    const r0 = swapped ? a0 : b0;
    result = l3 != r3 ? l3 < r3 : l2 != r2 ? l2 < r2 : l1 != r1 ? l1 < r1 : l0 < r0;
  }
  return result == ((kind & OUTCOME) != 0);
}

/** Whether all that was observed (the u32 at a list's head) comes out on the word at `value` as it did. */
export function predicatesHold(observed: u32, value: usize): bool {
  for (let at: usize = observed; at != 0; at = changetype<Predicate>(at).next) {
    if (!holds(at, value)) return false;
  }
  return true;
}
