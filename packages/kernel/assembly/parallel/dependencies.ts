// Which earlier transactions a committed one really depended on: the longest chain, in transactions and in gas, is
// what no number of workers can beat.

import { Execution } from "../state/execution";
import { deltaMayPart } from "../state/hot";
import {
  COINBASE,
  DELTA_BALANCE,
  DELTA_SLOT,
  KNOWN_BALANCE,
  KNOWN_CODE,
  KNOWN_LIFE,
  KNOWN_NONCE,
  KNOWN_SLOT,
  LocalAccount,
  LocalSlot,
} from "../state/local";
import { FIELD_BALANCE, FIELD_CODE, FIELD_LIFE, FIELD_NONCE, FIELD_SLOT } from "../state/records";
import { fallbackBegun, NONE, scheduler, task, transactionOfVersion } from "./scheduler";
import { Version, versionNode } from "./versions";

let longest: u32 = 0;
let mostGas: u64 = 0;
/** Longest chain among the transactions of the window, without what deltas would make independent. */
let longestInWindow: u32 = 0;
/** Versions of other transactions that were met. */
let writersMet: u32 = 0;

function follow(version: u32, location: u32, flags: u32): void {
  if (version == 0) return;
  const writer = transactionOfVersion(changetype<Version>(versionNode(version)).transaction);
  if (writer == NONE) return;
  writersMet++;
  const before = task(writer);
  if (before.chainLength > longest) longest = before.chainLength;
  if (before.chainGas > mostGas) mostGas = before.chainGas;
  if (writer < scheduler().windowBegin || before.windowChain <= longestInWindow) return;
  if (!deltaMayPart(location, flags, fallbackBegun())) longestInWindow = before.windowChain;
}

/** Begins to count the longest chain (`Scheduler.windowChain`) anew, with transaction `index`. */
export function beginWindow(index: u32): void {
  scheduler().windowBegin = index;
  scheduler().windowChain = 0;
}

/** Follows all that an execution read. */
function followAll(run: Execution): void {
  for (let a = <usize>run.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    const account = changetype<LocalAccount>(a);
    const flags = account.flags;
    // In order every transaction credits the fee recipient, which beside each other they do not.
    const credited = (flags & COINBASE) != 0 && fallbackBegun();
    if ((flags & (KNOWN_BALANCE | DELTA_BALANCE)) == KNOWN_BALANCE && !credited)
      follow(account.balanceVersion, account.record | FIELD_BALANCE, flags);
    if ((flags & KNOWN_NONCE) != 0) follow(account.nonceVersion, account.record | FIELD_NONCE, flags);
    if ((flags & KNOWN_CODE) != 0) follow(account.codeVersion, account.record | FIELD_CODE, flags);
    if ((flags & KNOWN_LIFE) != 0) follow(account.lifeVersion, account.record | FIELD_LIFE, flags);
  }
  for (let s = <usize>run.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & (KNOWN_SLOT | DELTA_SLOT)) == KNOWN_SLOT)
      follow(slot.version, slot.record | FIELD_SLOT, slot.flags);
  }
}

/**
 * Looks whether an execution read nothing of other transactions: by the worker that has just run it, as whoever commits
 * it would have to fetch all of it from that worker's cache. Where a read is of another version at its commit,
 * `readSetValid` takes the note back.
 */
export function noteIndependence(execution: usize): void {
  writersMet = 0;
  const run = changetype<Execution>(execution);
  followAll(run);
  run.independent = <u32>(writersMet == 0);
}

/**
 * Notes the chain that ends in transaction `index`, from the versions its execution read; one to which it has only added
 * is none that it had to wait for. In order, and before
 * its own writes are published where versions are overwritten in place.
 */
export function noteDependencies(index: u32, execution: usize, gasUsed: u64): void {
  longest = 0;
  mostGas = 0;
  longestInWindow = 0;
  const run = changetype<Execution>(execution);
  if (run.independent == 0) followAll(run);
  const done = task(index);
  done.chainLength = longest + 1;
  done.chainGas = mostGas + gasUsed;
  done.windowChain = longestInWindow + 1;
  const s = scheduler();
  if (done.windowChain > s.windowChain) s.windowChain = done.windowChain;
  if (done.chainLength > s.chainLength) s.chainLength = done.chainLength;
  if (done.chainGas > s.chainGas) s.chainGas = done.chainGas;
}
