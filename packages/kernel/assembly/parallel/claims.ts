// Claims: a block access list (EIP-7928) that came with the block. It says which transaction leaves which value where,
// so that every transaction can be executed at once on what those before it leave. Nothing of it is believed: the list
// that the executions themselves give must be the same.
//
// Here: the list's place, and the check of its form: one set of claims has one form only. claims-publish.ts makes versions
// of it, claims-root.ts the state root that it promises, claims-hold.ts compares it with what the executions left.

import { env } from "../block/env";
import { arenaAllocate } from "../memory/arena";
import { BLOCK_ENV } from "../memory/layout";
import {
  rlpCount,
  rlpFixedString,
  rlpItem,
  rlpList,
  rlpNext,
  rlpPayload,
  rlpString,
  rlpU64,
  rlpValue,
  rlpWord,
} from "../rlp/read";
import { wordCopy, wordEquals, wordFromAddress, wordLess } from "../word/word";

/** What is wrong with a list's form. */
export enum ClaimsProblem {
  None = 0,
  /** Not the RLP of a list of accounts, or with an encoding that is not the shortest. */
  Malformed = 1,
  AccountOrder = 2,
  SlotOrder = 3,
  /** A slot is named as changed and as read. */
  SlotTwice = 4,
  /** Changes of one thing are not in the order of their indexes, or two have the same. */
  IndexOrder = 5,
  /** An index behind that of what follows the transactions. */
  IndexRange = 6,
  /** A slot is named as changed, and no change is given. */
  NoChange = 7,
  /** More addresses and slots than the block's gas can reach. */
  TooManyItems = 8,
}

/** Shared by all; cleared when a block is opened. What workers change has its own cache line. */
@unmanaged
export class Claims {
  /** 1 = the block is executed on the list's claims. */
  inForce: u32;
  /** The list as it was given. */
  list: u32;
  listLength: u32;
  /**
   * Array of ClaimedAccount, and of the records of all slots named, changed ones first in each account. Records of slots
   * that are only read are made by `claimsIntern` alone.
   */
  accounts: u32;
  accountCount: u32;
  slots: u32;
  slotCount: u32;
  /** Position of the account for which the form is refused. */
  problemAccount: u32;
  /** 1 = what the list names is in the cache; atomic. */
  loaded: u32;
  /** 1 = the host's own thread does the work: it leaves it for trie nodes that it has to bring. */
  alone: u32;
  /** 1 = an execution removed an account that was empty before: claims do not tell that to those behind it; atomic. */
  remainder: u32;
  /** Array of ClaimedSegment. */
  segments: u32;
  segmentCount: u32;
  /** 1 = all records of the list are made. */
  interned: u32;
  /** Changes that the list names in all, and slots that are only read. */
  changeCount: u32;
  readSlotCount: u32;
  /** RootState (claims-root.ts); atomic. */
  rootState: u32;
  rootDone: u32;
  /** Pieces of the promised root that are taken: stage << 48 | pieces << 24 | next piece. */
  rootTicket: u64;
}

/** One account of the list. */
@unmanaged
export class ClaimedAccount {
  /** Its item's payload, behind the address. */
  at: u32;
  end: u32;
  /** The AccountRecord, from `claimsIntern` or the publishing on. */
  record: u32;
  /** 1 = the list names a change of a field or a slot. */
  changed: u32;
  /** Place in the array of slots, how many of them are changed, and how many there are. */
  firstSlot: u32;
  changedSlots: u32;
  slotCount: u32;
  address0: u64;
  address1: u64;
  address2: u64;
  address3: u64;
}

/** Changed slots of an account that one worker publishes at once; those of one contract may be most of a list. */
export const SEGMENT_SLOTS: u32 = 128;
/** Each of those slots takes six bytes of the list, so that there are fewer segments than its length shifted by this. */
const SEGMENT_BYTES_LOG2: u32 = 9;

/** Changed slots of an account behind its first SEGMENT_SLOTS: as many again, or the last ones. */
@unmanaged
export class ClaimedSegment {
  account: u32;
  /** The first slot's number in the account, and its item. */
  slot: u32;
  at: u32;
}

/** Behind the block's environment, and cleared with it (door/block.ts). */
export const CLAIMS: usize = BLOCK_ENV + 1024;

export function claims(): Claims {
  return changetype<Claims>(CLAIMS);
}

/** Whether the running block is executed on claims. */
export function claimsInForce(): bool {
  return claims().inForce != 0;
}

export function claimedAccount(index: u32): ClaimedAccount {
  return changetype<ClaimedAccount>(<usize>claims().accounts + <usize>index * offsetof<ClaimedAccount>());
}

/** Place of the record of a slot that the list names. */
export function claimedSlot(index: u32): usize {
  return <usize>claims().slots + ((<usize>index) << 2);
}

export function claimedSegment(index: u32): ClaimedSegment {
  return changetype<ClaimedSegment>(<usize>claims().segments + <usize>index * offsetof<ClaimedSegment>());
}

/** EIP-7928: the gas that an item of the list stands for. */
const ITEM_COST: u64 = 2000;

// Words of the running check.
let scratch: usize = 0;
let lastIndex: u64 = 0;
let changeCount: u32 = 0;

/** Reads the index of a change at `at`; the changes of one thing follow one another. */
function checkIndex(at: usize, end: usize): ClaimsProblem {
  if (!rlpU64(at, end)) return ClaimsProblem.Malformed;
  if (rlpValue > <u64>env().transactionCount + 1) return ClaimsProblem.IndexRange;
  if (changeCount != 0 && rlpValue <= lastIndex) return ClaimsProblem.IndexOrder;
  lastIndex = rlpValue;
  changeCount++;
  claims().changeCount++;
  return ClaimsProblem.None;
}

const VALUE_WORD: u32 = 0;
const VALUE_U64: u32 = 1;
const VALUE_BYTES: u32 = 2;

/** Checks a list of [index, value]; leaves their number in changeCount and what follows in rlpNext. */
function checkChanges(at: usize, end: usize, kind: u32): ClaimsProblem {
  if (!rlpList(at, end)) return ClaimsProblem.Malformed;
  const next = rlpNext;
  let change = rlpPayload;
  changeCount = 0;
  while (change < next) {
    if (!rlpList(change, next)) return ClaimsProblem.Malformed;
    const changeEnd = rlpNext;
    const problem = checkIndex(rlpPayload, changeEnd);
    if (problem != ClaimsProblem.None) return problem;
    const value = rlpNext;
    const valid =
      kind == VALUE_WORD
        ? rlpWord(value, changeEnd, scratch)
        : kind == VALUE_U64
          ? rlpU64(value, changeEnd)
          : rlpString(value, changeEnd);
    if (!valid || rlpNext != changeEnd) return ClaimsProblem.Malformed;
    change = changeEnd;
  }
  rlpItem(at, end);
  return ClaimsProblem.None;
}

/** Notes that a segment of the account's changed slots begins at `at`. */
function beginSegment(account: u32, slot: u32, at: usize): void {
  const segment = claimedSegment(claims().segmentCount++);
  segment.account = account;
  segment.slot = slot;
  segment.at = <u32>at;
}

/** Checks the changed slots of account `index`; leaves what follows in rlpNext. */
function checkChangedSlots(index: u32, at: usize, end: usize): ClaimsProblem {
  const entry = claimedAccount(index);
  if (!rlpList(at, end)) return ClaimsProblem.Malformed;
  const next = rlpNext;
  let slot = rlpPayload;
  const key = scratch + 32;
  const before = scratch + 64;
  while (slot < next) {
    if (!rlpList(slot, next)) return ClaimsProblem.Malformed;
    const slotEnd = rlpNext;
    if (!rlpWord(rlpPayload, slotEnd, key)) return ClaimsProblem.Malformed;
    if (entry.changedSlots != 0 && !wordLess(before, key)) return ClaimsProblem.SlotOrder;
    wordCopy(before, key);
    const problem = checkChanges(rlpNext, slotEnd, VALUE_WORD);
    if (problem != ClaimsProblem.None) return problem;
    if (rlpNext != slotEnd) return ClaimsProblem.Malformed;
    if (changeCount == 0) return ClaimsProblem.NoChange;
    if (entry.changedSlots != 0 && entry.changedSlots % SEGMENT_SLOTS == 0) {
      beginSegment(index, entry.changedSlots, slot);
    }
    entry.changedSlots++;
    slot = slotEnd;
  }
  rlpItem(at, end);
  return ClaimsProblem.None;
}

/** Checks the slots that are only read, against the changed ones too; leaves what follows in rlpNext. */
function checkReadSlots(entry: ClaimedAccount, changed: usize, at: usize, end: usize): ClaimsProblem {
  // Both lists are in order: the changed ones are walked beside those read.
  rlpList(changed, end);
  const changedEnd = rlpNext;
  let other = rlpPayload;
  const key = scratch;
  const before = scratch + 32;
  const otherKey = scratch + 64;
  if (!rlpList(at, end)) return ClaimsProblem.Malformed;
  const next = rlpNext;
  let slot = rlpPayload;
  let count: u32 = 0;
  while (slot < next) {
    if (!rlpWord(slot, next, key)) return ClaimsProblem.Malformed;
    slot = rlpNext;
    if (count != 0 && !wordLess(before, key)) return ClaimsProblem.SlotOrder;
    wordCopy(before, key);
    count++;
    while (other < changedEnd) {
      rlpList(other, changedEnd);
      const following = rlpNext;
      rlpWord(rlpPayload, following, otherKey);
      if (!wordLess(otherKey, key)) break;
      other = following;
    }
    if (other < changedEnd && wordEquals(otherKey, key)) return ClaimsProblem.SlotTwice;
  }
  entry.slotCount = entry.changedSlots + count;
  rlpItem(at, end);
  return ClaimsProblem.None;
}

/** Checks the account whose item stands at `at`; leaves what follows in rlpNext. */
function checkAccount(index: u32, at: usize, end: usize): ClaimsProblem {
  const entry = claimedAccount(index);
  const address = changetype<usize>(entry) + offsetof<ClaimedAccount>("address0");
  memory.fill(changetype<usize>(entry), 0, offsetof<ClaimedAccount>());
  if (!rlpList(at, end)) return ClaimsProblem.Malformed;
  const next = rlpNext;
  if (!rlpFixedString(rlpPayload, next, 20)) return ClaimsProblem.Malformed;
  wordFromAddress(address, rlpPayload);
  entry.at = <u32>rlpNext;
  entry.end = <u32>next;
  if (
    index != 0 &&
    !wordLess(changetype<usize>(claimedAccount(index - 1)) + offsetof<ClaimedAccount>("address0"), address)
  ) {
    return ClaimsProblem.AccountOrder;
  }
  let problem = checkChangedSlots(index, entry.at, next);
  if (problem != ClaimsProblem.None) return problem;
  entry.changed = <u32>(entry.changedSlots != 0);
  problem = checkReadSlots(entry, entry.at, rlpNext, next);
  for (let kind: u32 = 0; kind < 3 && problem == ClaimsProblem.None; kind++) {
    problem = checkChanges(rlpNext, next, kind == 0 ? VALUE_WORD : kind == 1 ? VALUE_U64 : VALUE_BYTES);
    if (changeCount != 0) entry.changed = 1;
  }
  if (problem != ClaimsProblem.None) return problem;
  if (rlpNext != next) return ClaimsProblem.Malformed;
  rlpItem(at, end);
  return ClaimsProblem.None;
}

function check(list: usize, length: u32): ClaimsProblem {
  const shared = claims();
  const end = list + length;
  if (!rlpList(list, end) || rlpNext != end) return ClaimsProblem.Malformed;
  let at = rlpPayload;
  const count = rlpCount(at, end);
  if (count < 0) return ClaimsProblem.Malformed;
  const limit = env().gasLimit / ITEM_COST;
  if (<u64>count > limit) return ClaimsProblem.TooManyItems;
  scratch = arenaAllocate(96);
  shared.accounts = <u32>arenaAllocate(<usize>count * offsetof<ClaimedAccount>() + 8);
  shared.segments = <u32>(
    arenaAllocate(<usize>((length >> SEGMENT_BYTES_LOG2) + 1) * offsetof<ClaimedSegment>())
  );
  let slots: u32 = 0;
  for (let index: u32 = 0; index < <u32>count; index++) {
    shared.problemAccount = index;
    const problem = checkAccount(index, at, end);
    if (problem != ClaimsProblem.None) return problem;
    at = rlpNext;
    const entry = claimedAccount(index);
    entry.firstSlot = slots;
    slots += entry.slotCount;
    shared.readSlotCount += entry.slotCount - entry.changedSlots;
    if (<u64>(<u32>count) + <u64>slots > limit) return ClaimsProblem.TooManyItems;
  }
  shared.accountCount = <u32>count;
  shared.slotCount = slots;
  shared.slots = <u32>arenaAllocate(((<usize>slots) << 2) + 8);
  return ClaimsProblem.None;
}

/**
 * Takes the list at `list` for the open block, whose transactions are laid out and none of whose workers has begun:
 * checks its form strictly (order, uniqueness, shortest encodings, indexes, number of items). Returns ClaimsProblem.
 */
export function claimsCheck(list: usize, length: u32): u32 {
  const shared = claims();
  memory.fill(CLAIMS, 0, offsetof<Claims>());
  shared.list = <u32>list;
  shared.listLength = length;
  return check(list, length);
}

/** An execution has removed an account that was in the trie although it was empty (before EIP-161). */
export function claimsNoteRemainder(): void {
  atomic.store<u32>(CLAIMS + offsetof<Claims>("remainder"), 1);
}
