// Whether the claims on which a block was executed were true.
//
// By induction over the block: the first execution reads nothing but the state before the block. Where it gives exactly
// the changes that the list claims of it, the next one has read what it would have read in order, and so on. What a list
// cannot name is whether an account exists; from EIP-161 on that follows from its fields, but for empty accounts out of
// the time before, which vanish when they are touched: a block that removes one is not executed on claims.
//
// No list is made out of the executions to be compared. Whoever has executed a transaction looks, while it has all of it
// at hand, whether the list names each location that was accessed and claims each change that was made, and counts them:
// a change once, a location when it is the first one to meet it. Where everything met is in the list, and as much was met as
// is in the list, both are the same; and the same accesses and changes have one list only, as its form is checked
// strictly (claims.ts).

import {
  CoinbaseBalance,
  coinbaseBalanceAt,
  coinbaseBalanceCount,
  coinbaseBalances,
} from "../block/coinbase-balances";
import { env } from "../block/env";
import { blockResult } from "../block/result";
import { arenaAllocate, workerId } from "../memory/arena";
import { control, MAX_WORKERS } from "../memory/layout";
import { Execution } from "../state/execution";
import {
  ACCESSED,
  COINBASE,
  KNOWN_ACCOUNT,
  KNOWN_SLOT,
  LocalAccount,
  LocalSlot,
  WRITTEN_BALANCE,
  WRITTEN_CODE,
  WRITTEN_NONCE,
  WRITTEN_SLOT,
} from "../state/local";
import { FIELD_BALANCE, FIELD_CODE, FIELD_LIFE, FIELD_NONCE, FIELD_SLOT } from "../state/records";
import { wordEquals } from "../word/word";
import { CLAIMS, claims } from "./claims";
import { Version, versionHead, versionValue } from "./versions";

/** What the comparison needs: set before anything is executed. */
@unmanaged
class ClaimsMet {
  /** Two Versions of nobody: what the head of a list points to that holds nothing, of what is named and of what was met. */
  marks: u32;
  /** For each execution its LocalAccount of the fee recipient, or 0: array of u32. */
  coinbases: u32;
  /** Rows of ClaimsTally, one of each worker. */
  tallies: u32;
}

/** What one worker has met: a cache line each. */
@unmanaged
class ClaimsTally {
  accounts: u32;
  readSlots: u32;
  changes: u32;
}

const MET: usize = CLAIMS + 128;
const TALLY_SIZE: usize = 64;
const VERSION_SIZE: usize = offsetof<Version>();
/** Of no transaction: whoever searches for a version before any transaction finds none. */
const NOBODY: u32 = 0xffffffff;

/** Executions of the block: before the transactions, theirs, and behind them. */
function executionCount(): u32 {
  return env().transactionCount + 2;
}

function met(): ClaimsMet {
  return changetype<ClaimsMet>(MET);
}

function zeros(size: usize): usize {
  const place = arenaAllocate(size);
  memory.fill(place, 0, size);
  return place;
}

/** The block is executed on the claims of the list that was checked. `alone` 1 = by the host's own thread. */
export function claimsUse(alone: u32): void {
  const shared = met();
  shared.marks = <u32>zeros(2 * VERSION_SIZE);
  changetype<Version>(<usize>shared.marks).transaction = NOBODY;
  changetype<Version>(<usize>shared.marks + VERSION_SIZE).transaction = NOBODY;
  shared.coinbases = <u32>zeros((<usize>executionCount()) << 2);
  shared.tallies = <u32>zeros(<usize>MAX_WORKERS * TALLY_SIZE);
  claims().inForce = 1;
  claims().alone = alone;
}

function tallyOf(worker: u32): ClaimsTally {
  return changetype<ClaimsTally>(<usize>met().tallies + <usize>worker * TALLY_SIZE);
}

/** Head of the versions of an account's life, or of a slot that is only read, which the list names: there are none. */
function namedHead(): u64 {
  return ((<u64>control().epoch) << 32) | <u64>met().marks;
}

/** The same for one that an execution has met. */
function metHead(): u64 {
  return namedHead() + <u64>VERSION_SIZE;
}

/** Marks an account as one that the list names; before anything is executed. */
export function claimsNameAccount(record: u32): void {
  store<u64>(versionHead(record | FIELD_LIFE), namedHead());
}

/** Marks a slot as one that the list names without a change. */
export function claimsNameReadSlot(record: u32): void {
  store<u64>(versionHead(record | FIELD_SLOT), namedHead());
}

/** Whether the caller is the first one to meet what the list names. */
function isFirst(place: usize): bool {
  return atomic.cmpxchg<u64>(place, namedHead(), metHead()) == namedHead();
}

/** The newest claim at the location, or a mark; 0 = the list does not name it. */
function newestClaim(location: u32): usize {
  const head = atomic.load<u64>(versionHead(location));
  return <u32>(head >> 32) == control().epoch ? <usize>(head & 0xffffffff) : 0;
}

/** The first one of the claims behind which `newest` stands: as many as its incarnation (claims-publish.ts). */
function oldestClaim(newest: usize): usize {
  return newest - <usize>changetype<Version>(newest).incarnation * VERSION_SIZE;
}

/** Whether the list claims the value at `value` of transaction `index`, which has read the claim `read` before (0 = none). */
function isClaimed(location: u32, read: usize, index: u32, value: usize): bool {
  const newest = newestClaim(location);
  if (newest == 0) return false;
  const own = read != 0 ? read + VERSION_SIZE : oldestClaim(newest);
  if (own > newest || changetype<Version>(own).transaction != index) return false;
  return wordEquals(versionValue(own), value);
}

let nonceWord: usize = 0;

function accountHolds(a: usize, index: u32, tally: ClaimsTally): bool {
  const account = changetype<LocalAccount>(a);
  const flags = account.flags;
  const record = account.record;
  const life = versionHead(record | FIELD_LIFE);
  const head = atomic.load<u64>(life);
  if (head != metHead()) {
    if (head != namedHead()) return false;
    if (isFirst(life)) tally.accounts++;
  }
  if ((flags & COINBASE) != 0) {
    // Its balance holds the fees of transactions that know nothing of it: `claimsHold`.
    store<u32>(<usize>met().coinbases + ((<usize>index) << 2), <u32>a);
  } else if ((flags & WRITTEN_BALANCE) != 0) {
    const balance = a + offsetof<LocalAccount>("balance0");
    if (!isClaimed(record | FIELD_BALANCE, <usize>account.balanceVersion, index, balance)) return false;
    tally.changes++;
  }
  if ((flags & WRITTEN_NONCE) != 0) {
    store<u64>(nonceWord, account.nonce);
    if (!isClaimed(record | FIELD_NONCE, <usize>account.nonceVersion, index, nonceWord)) return false;
    tally.changes++;
  }
  if ((flags & WRITTEN_CODE) != 0) {
    const hash = a + offsetof<LocalAccount>("codeHash0");
    if (!isClaimed(record | FIELD_CODE, <usize>account.codeVersion, index, hash)) return false;
    tally.changes++;
  }
  return true;
}

function slotHolds(s: usize, index: u32, tally: ClaimsTally): bool {
  const slot = changetype<LocalSlot>(s);
  const location = slot.record | FIELD_SLOT;
  if ((slot.flags & WRITTEN_SLOT) != 0) {
    tally.changes++;
    return isClaimed(location, <usize>slot.version, index, s + offsetof<LocalSlot>("value0"));
  }
  const newest = newestClaim(location);
  // One with changes is in the list, and will have been met when all of them were made.
  if (newest == <usize>met().marks && isFirst(versionHead(location))) tally.readSlots++;
  return newest != 0;
}

/**
 * Whether the list names all that the execution of version index `index` has accessed, and claims all that it has changed.
 * By the worker that has executed it, once.
 */
export function claimsCompare(execution: usize, index: u32): bool {
  const tally = tallyOf(workerId);
  nonceWord = zeros(32);
  const run = changetype<Execution>(execution);
  for (let a = <usize>run.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    if ((changetype<LocalAccount>(a).flags & (KNOWN_ACCOUNT | ACCESSED)) == 0) continue;
    if (!accountHolds(a, index, tally)) return false;
  }
  for (let s = <usize>run.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    if ((changetype<LocalSlot>(s).flags & KNOWN_SLOT) == 0) continue;
    if (!slotHolds(s, index, tally)) return false;
  }
  return true;
}

/** The AccountRecord of the fee recipient, or 0: no execution has accessed it. */
function coinbaseRecord(): u32 {
  const count = executionCount();
  for (let index: u32 = 0; index < count; index++) {
    const a = <usize>load<u32>(<usize>met().coinbases + ((<usize>index) << 2));
    if (a != 0) return changetype<LocalAccount>(a).record;
  }
  return 0;
}

/** Whether all changes of the fee recipient's balance are claimed; they are counted. */
function coinbaseHolds(tally: ClaimsTally): bool {
  const record = coinbaseRecord();
  if (record == 0) return true;
  const found = coinbaseBalances(<usize>met().coinbases, executionCount());
  let read: usize = 0;
  for (let i: u32 = 0; i < coinbaseBalanceCount; i++) {
    const change = coinbaseBalanceAt(found, i);
    const balance = changetype<usize>(change) + offsetof<CoinbaseBalance>("balance0");
    if (!isClaimed(record | FIELD_BALANCE, read, change.index, balance)) return false;
    read = read != 0 ? read + VERSION_SIZE : oldestClaim(newestClaim(record | FIELD_BALANCE));
    tally.changes++;
  }
  return true;
}

/**
 * Whether the executions of the whole block, each of them compared, have accessed and changed what the list names, and
 * nothing else: then it is the block's own. One worker, once.
 */
export function claimsHold(): bool {
  const given = claims();
  if (given.remainder != 0 || !coinbaseHolds(tallyOf(workerId))) return false;
  let accounts: u32 = 0;
  let readSlots: u32 = 0;
  let changes: u32 = 0;
  for (let worker: u32 = 0; worker < MAX_WORKERS; worker++) {
    const tally = tallyOf(worker);
    accounts += tally.accounts;
    readSlots += tally.readSlots;
    changes += tally.changes;
  }
  if (accounts != given.accountCount || readSlots != given.readSlotCount || changes != given.changeCount) {
    return false;
  }
  blockResult().accessList = given.list;
  blockResult().accessListLength = given.listLength;
  return true;
}
