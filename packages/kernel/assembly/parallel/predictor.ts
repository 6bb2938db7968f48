// Which locations calls of a contract's function touch, learned from the conflicts that they have met: for each pair of
// code hash and selector a few templates (templates.ts). The table has one size for good, survives blocks, and is dropped
// with the cache. It is a hint: workers read it while another one writes, and all that can come of it is that a
// transaction waits for one that it does not depend on, or is executed in vain.

import { blockTransaction } from "../block/transactions";
import { allocateChunks, freeChunks } from "../memory/arena";
import { CHUNK_SIZE, Chunk, CONTROL, Control, control } from "../memory/layout";
import { deltaExpected } from "../state/hot";
import { internAccount } from "../state/intern";
import { AccountRecord, Loaded } from "../state/records";
import { Predictor } from "../status";
import { Transaction, transactionTo } from "../tx/transaction";
import { READS, Template, templateDerive, templateLocation, WRITES } from "./templates";

/** Templates of one function. */
export const TEMPLATES: u32 = 7;
/** A function that touches what no template gives is looked at so often. */
const MOST_SEARCHES: u32 = 8;

/** What is known of one function. The templates follow. */
@unmanaged
class Entry {
  /** Mixed from code hash and selector; 0 = free. */
  tag: u64;
  /** Epoch in which it was last of use. */
  used: u32;
  /** Times that no template was found for a location. */
  searches: u32;
  /** Gas of the host's libraries that it takes, where that is much (early.ts); NEVER_EARLY. */
  heavy: u32;
  unused0: u32;
  unused1: u64;
}

/** An entry with its templates. */
const ENTRY: usize = 512;
const WAYS: u32 = 4;
/**
 * The table is one chunk: a filter of selectors, one bit each, another one of functions that take long, behind it a word
 * that says that there are any, then sets of WAYS entries.
 */
const FILTER_BITS: u32 = 8192;
const FILTER: usize = FILTER_BITS >> 3;
const HEAVY_ANY: usize = 2 * FILTER;
const HEADER: usize = HEAVY_ANY + 64;
const SETS: u32 = <u32>((<usize>CHUNK_SIZE - HEADER) / (ENTRY * WAYS));

/** In place of the gas of a function that was begun early in vain. */
export const NEVER_EARLY: u32 = 0xffffffff;

// Trust in a template. Below TRUSTED it predicts nothing, but is still compared with what is met.
const TRUSTED: u8 = 8;
const MOST_TRUST: u8 = 24;
/** A template that was found for the first time; one that is not more than the location itself. */
const TRUST_FOUND: u8 = 10;
const TRUST_GUESSED: u8 = 5;
const CONFLICT_GAINS: u8 = 3;
const HOLDS_GAINS: u8 = 1;
const FAILS_LOSES: u8 = 3;

/** A conflict in spite of deltas counts so many times what one saved counts; from DELTAS_FAIL on they are no help. */
const DELTA_FAILURE: u16 = 4;
const DELTAS_FAIL: u16 = 12;
const MOST_DELTA_FAILURES: u16 = 32;

/** In `uses`, above READS and WRITES: calls in a row that did not write; from VAIN_FAILS on that is what is expected. */
const VAIN: u8 = 4;
const VAIN_FAILS: u8 = 3 * VAIN;

const TABLE: usize = CONTROL + offsetof<Control>("predictorTable");

/** Forgets all that was learned. Nothing may run. */
export function predictorForget(): void {
  const shared = control();
  if (shared.predictorTable != 0) freeChunks(<usize>shared.predictorTable);
  shared.predictorTable = 0;
}

function ensureTable(): usize {
  const table: usize = atomic.load<u32>(TABLE);
  if (table != 0) return table;
  const made = allocateChunks(1, Chunk.Predictor);
  memory.fill(made, 0, CHUNK_SIZE);
  const met: usize = atomic.cmpxchg<u32>(TABLE, 0, <u32>made);
  if (met == 0) return made;
  freeChunks(made);
  return met;
}

/** First four bytes of the calldata; calls without a function have their own number. */
function selectorOf(t: Transaction): u32 {
  return t.dataLength >= 4 ? load<u32>(<usize>t.data) : t.dataLength;
}

function filterBit(selector: u32): u32 {
  return (selector * 0x9e3779b1) >> 19;
}

function isFiltered(filter: usize, selector: u32): bool {
  const bit = filterBit(selector);
  return (load<u8>(filter + (bit >> 3)) & ((<u8>1) << (<u8>(bit & 7)))) == 0;
}

function addToFilter(filter: usize, selector: u32): void {
  const bit = filterBit(selector);
  store<u8>(filter + (bit >> 3), load<u8>(filter + (bit >> 3)) | ((<u8>1) << (<u8>(bit & 7))));
}

/** What the function that `t` calls is known by; 0 where its code is not known. May leave with Abort.IndexFull. */
function tagOf(t: Transaction): u64 {
  if (t.isCreate) return 0;
  const record = internAccount(transactionTo(t));
  if (atomic.load<u32>(record + offsetof<AccountRecord>("loaded")) != Loaded.Yes) return 0;
  const account = changetype<AccountRecord>(record);
  const mixed = (account.codeHash0 ^ ((<u64>selectorOf(t)) << 17)) * 0x9e3779b97f4a7c15;
  return (mixed ^ (mixed >> 31) ^ account.codeHash1) | 1;
}

function setOf(table: usize, tag: u64): usize {
  return table + HEADER + <usize>((<u32>(tag >> 32) % SETS) * WAYS) * ENTRY;
}

function findEntry(table: usize, tag: u64): usize {
  const first = setOf(table, tag);
  for (let way: u32 = 0; way < WAYS; way++) {
    const entry = first + <usize>way * ENTRY;
    if (changetype<Entry>(entry).tag == tag) return entry;
  }
  return 0;
}

/** The entry of `tag`, in place of the one that was of no use for the longest time where there is none. */
function ensureEntry(table: usize, tag: u64, selector: u32): usize {
  const found = findEntry(table, tag);
  if (found != 0) return found;
  const first = setOf(table, tag);
  let oldest = first;
  for (let way: u32 = 1; way < WAYS; way++) {
    const entry = first + <usize>way * ENTRY;
    if (changetype<Entry>(entry).used < changetype<Entry>(oldest).used) oldest = entry;
  }
  memory.fill(oldest, 0, ENTRY);
  changetype<Entry>(oldest).used = control().epoch;
  changetype<Entry>(oldest).tag = tag;
  addToFilter(table, selector);
  return oldest;
}

/** The templates of an entry: TEMPLATES of them, side by side. */
export function templateAt(entry: usize, index: u32): usize {
  return entry + offsetof<Entry>() + <usize>index * offsetof<Template>();
}

/** Whether anything can be predicted at all. */
export function predictorIsOn(): bool {
  return control().predictor != Predictor.Off && atomic.load<u32>(TABLE) != 0;
}

/**
 * What is known of the function that transaction `t` calls: an entry whose templates may be asked (`templateAt`), or 0. May
 * leave with Abort.IndexFull.
 */
export function predictorEntry(t: Transaction): usize {
  const table: usize = atomic.load<u32>(TABLE);
  if (table == 0 || isFiltered(table, selectorOf(t))) return 0;
  const tag = tagOf(t);
  if (tag == 0) return 0;
  const entry = findEntry(table, tag);
  if (entry != 0) changetype<Entry>(entry).used = control().epoch;
  return entry;
}

/** Whether a template is asked for predictions. */
export function templateIsTrusted(template: usize): bool {
  const trust = changetype<Template>(template).trust;
  return trust >= TRUSTED || (trust != 0 && control().predictor == Predictor.Always);
}

/** Whether a location that the template gives is left to deltas, where they are tried there. */
export function templateLeavesToDeltas(template: usize): bool {
  return changetype<Template>(template).deltaFailures < DELTAS_FAIL;
}

/** A transaction has met such a location as a delta, and was committed. */
export function templateDeltaHeld(template: usize): void {
  const now = changetype<Template>(template).deltaFailures;
  if (now != 0) changetype<Template>(template).deltaFailures = now - 1;
}

function gain(template: usize, by: u8): void {
  const now = changetype<Template>(template).trust;
  changetype<Template>(template).trust = min<u8>(now + by, MOST_TRUST);
}

/** The call touched the location that was predicted, and met what an earlier one had written. */
export function templateHeld(template: usize): void {
  gain(template, HOLDS_GAINS);
}

/** The call did not touch the location that was predicted. */
export function templateFailed(template: usize): void {
  const now = changetype<Template>(template).trust;
  // What has no trust left stays known, so that it is not looked for again.
  changetype<Template>(template).trust = now > FAILS_LOSES ? now - FAILS_LOSES : 1;
}

/**
 * Whether calls wait for one that the template says will write: of a location that most only read it is the first call of a
 * block alone.
 */
export function templateWritesOften(template: usize): bool {
  return changetype<Template>(template).uses < VAIN_FAILS;
}

/** A committed call has touched the location that was predicted, and written there or only read. */
export function templateTouched(template: usize, wrote: bool): void {
  const uses = changetype<Template>(template).uses;
  if (wrote) changetype<Template>(template).uses = (uses & READS) | WRITES;
  else if ((uses & WRITES) != 0 && uses < VAIN_FAILS) changetype<Template>(template).uses = uses + VAIN;
}

/** Where a new template has its place: a free one, or the least trusted. */
function placeFor(entry: usize): usize {
  let place = templateAt(entry, 0);
  for (let i: u32 = 1; i < TEMPLATES; i++) {
    const template = templateAt(entry, i);
    if (changetype<Template>(template).trust < changetype<Template>(place).trust) place = template;
  }
  return place;
}

/**
 * Learns that the call of transaction `index` has used `location` (`uses`: READS, WRITES). `conflict`: it met another
 * transaction there. May leave with Abort.IndexFull.
 */
export function predictorLearn(index: u32, location: u32, uses: u8, conflict: bool): void {
  if (control().predictor == Predictor.Off) return;
  const t = blockTransaction(index);
  const tag = tagOf(t);
  if (tag == 0) return;
  const entry = ensureEntry(ensureTable(), tag, selectorOf(t));
  changetype<Entry>(entry).used = control().epoch;
  for (let i: u32 = 0; i < TEMPLATES; i++) {
    const template = templateAt(entry, i);
    if (changetype<Template>(template).trust == 0 || templateLocation(template, t) != location) continue;
    changetype<Template>(template).uses |= uses;
    if (conflict) {
      gain(template, CONFLICT_GAINS);
      const failures = changetype<Template>(template).deltaFailures + DELTA_FAILURE;
      if (deltaExpected(location)) {
        changetype<Template>(template).deltaFailures = min<u16>(failures, MOST_DELTA_FAILURES);
      }
    }
    return;
  }
  if (changetype<Entry>(entry).searches >= MOST_SEARCHES) return;
  changetype<Entry>(entry).searches += 1;
  const place = placeFor(entry);
  changetype<Template>(place).trust = 0;
  const found = templateDerive(place, index, location);
  changetype<Template>(place).deltaFailures = 0;
  changetype<Template>(place).uses = uses;
  changetype<Template>(place).trust = found ? TRUST_FOUND : TRUST_GUESSED;
}

/** Whether any function is known to take long; the predictor is on. */
export function mayBeHeavy(): bool {
  return load<u32>(<usize>atomic.load<u32>(TABLE) + HEAVY_ANY) != 0;
}

/**
 * Gas of the host's libraries that the function takes which transaction `t` calls, where that is much and it may be begun
 * early; 0 otherwise. Only where `mayBeHeavy`. May leave with Abort.IndexFull.
 */
export function heavyGas(t: Transaction): u32 {
  const table: usize = atomic.load<u32>(TABLE);
  if (isFiltered(table + FILTER, selectorOf(t))) return 0;
  const entry = predictorEntry(t);
  if (entry == 0) return 0;
  const gas = changetype<Entry>(entry).heavy;
  return gas == NEVER_EARLY ? 0 : gas;
}

/**
 * Learns that the function which transaction `index` calls takes so much gas of the host's libraries; 0 = not much,
 * NEVER_EARLY = to begin it early was in vain. May leave with Abort.IndexFull.
 */
export function predictorHeavy(index: u32, gas: u32): void {
  if (control().predictor == Predictor.Off) return;
  const t = blockTransaction(index);
  const tag = tagOf(t);
  if (tag == 0) return;
  const table = ensureTable();
  const entry = changetype<Entry>(ensureEntry(table, tag, selectorOf(t)));
  if (entry.heavy == NEVER_EARLY) return;
  entry.heavy = gas;
  entry.used = control().epoch;
  addToFilter(table + FILTER, selectorOf(t));
  store<u32>(table + HEAVY_ANY, 1);
}
