// What is predicted of a block's transactions: the locations that one will touch, and for each the earlier transaction
// that will write there. Whoever is predicted to read what an unfinished transaction writes is put off until that one was
// executed, instead of being executed in vain. The check of every read at ordered commit knows nothing of it.

import { blockTransaction } from "../block/transactions";
import { arenaAllocate } from "../memory/arena";
import { control, SCHEDULER } from "../memory/layout";
import { Execution } from "../state/execution";
import { deltaExpected } from "../state/hot";
import { DELTA_BALANCE, DELTA_SLOT, LocalAccount, LocalSlot, WRITTEN } from "../state/local";
import { FIELD_BALANCE, FIELD_SLOT } from "../state/records";
import { Predictor } from "../status";
import { settleEarly } from "./early";
import {
  predictorEntry,
  predictorIsOn,
  predictorLearn,
  TEMPLATES,
  templateAt,
  templateDeltaHeld,
  templateFailed,
  templateHeld,
  templateIsTrusted,
  templateLeavesToDeltas,
  templateTouched,
  templateWritesOften,
} from "./predictor";
import {
  NONE,
  Scheduler,
  scheduler,
  Task,
  TaskState,
  task,
  taskIsExecuted,
  taskWaitFor,
  transactionOfVersion,
} from "./scheduler";
import { READS, Template, templateLocation, WRITES } from "./templates";
import { Version, versionNode } from "./versions";

/** A location that a transaction is predicted to touch. */
@unmanaged
class Prediction {
  location: u32;
  /** Index + 1 of the earlier transaction that is predicted to write there last; 0 = none. */
  writer: u32;
  template: u32;
  /** 1 = the transaction was put off for the writer. */
  waited: u32;
}

/** A transaction's predictions follow. */
@unmanaged
class Predictions {
  count: u32;
  unused: u32;
}

/** No prediction: what stands in Task.predictions of a transaction of which nothing is known. */
const NOTHING: u32 = 1;

// Which transaction was predicted last to write to a location: a table of the block, location << 32 | index + 1, in
// which every location has a few places. What finds none of them free is not entered.
const WRITERS: u32 = 8192;
const WRITER_PLACES: u32 = 4;
const COMMITTED: usize = SCHEDULER + offsetof<Scheduler>("committed");
const WRITERS_AT: usize = SCHEDULER + offsetof<Scheduler>("writers");

function writersTable(): usize {
  const table: usize = atomic.load<u32>(WRITERS_AT);
  if (table != 0) return table;
  const made = arenaAllocate((<usize>WRITERS) << 3);
  memory.fill(made, 0, (<usize>WRITERS) << 3);
  const met: usize = atomic.cmpxchg<u32>(WRITERS_AT, 0, <u32>made);
  return met == 0 ? made : met;
}

/** Forgets who was announced as a writer. Nobody else may predict meanwhile. */
export function predictionsForget(): void {
  memory.fill(<usize>scheduler().writers, 0, (<usize>WRITERS) << 3);
}

/**
 * Index + 1 of the earlier transaction that was last announced as a writer of the location, or 0; with `writes` the
 * calling one is announced in its place. Where such calls do not write `often` it is only announced where nobody was before:
 * what one call writes once a block (interest that accrues) and all others read would else make a chain of them.
 */
function announce(location: u32, index: u32, writes: bool, often: bool): u32 {
  const table = writersTable();
  const first = (location * 0x9e3779b1) >> 19;
  for (let i: u32 = 0; i < WRITER_PLACES; i++) {
    const place = table + ((<usize>((first + i) & (WRITERS - 1))) << 3);
    let entry = atomic.load<u64>(place);
    while (true) {
      const writer = <u32>entry;
      const isMine = <u32>(entry >> 32) == location;
      // What is committed is waited for no more.
      if (!isMine && writer > atomic.load<u32>(COMMITTED)) break;
      // One behind this one came first: then nobody is known before.
      if (isMine && writer > index) return 0;
      const before = isMine ? writer : 0;
      if (!writes || (before != 0 && !often)) return before;
      const met = atomic.cmpxchg<u64>(place, entry, ((<u64>location) << 32) | <u64>(index + 1));
      if (met == entry) return before;
      entry = met;
    }
  }
  return 0;
}

function predictionAt(list: usize, i: u32): Prediction {
  return changetype<Prediction>(list + offsetof<Predictions>() + <usize>i * offsetof<Prediction>());
}

/** Predicts what transaction `index` touches and announces its writes; NOTHING where nothing is known of its call. */
function predict(index: u32): u32 {
  const t = blockTransaction(index);
  const entry = predictorEntry(t);
  if (entry == 0) return NOTHING;
  const list = arenaAllocate(offsetof<Predictions>() + <usize>TEMPLATES * offsetof<Prediction>());
  let count: u32 = 0;
  for (let i: u32 = 0; i < TEMPLATES; i++) {
    const template = templateAt(entry, i);
    if (!templateIsTrusted(template)) continue;
    const location = templateLocation(template, t);
    if (location == 0) continue;
    const uses = changetype<Template>(template).uses;
    const prediction = predictionAt(list, count++);
    prediction.location = location;
    prediction.template = <u32>template;
    prediction.waited = 0;
    prediction.writer = 0;
    // Where deltas serve, transactions do not wait for one another.
    if (deltaExpected(location) && templateLeavesToDeltas(template)) continue;
    const writer = announce(location, index, (uses & WRITES) != 0, templateWritesOften(template));
    prediction.writer = (uses & READS) != 0 ? writer : 0;
  }
  changetype<Predictions>(list).count = count;
  return count != 0 ? <u32>list : NOTHING;
}

/** Looks at the transaction before that is to be announced by another worker just now, before this one goes on. */
const MOST_LOOKS: u32 = 300;

/**
 * Predicts what transaction `index`, which the caller has just taken, touches, and announces what it writes, unless that
 * was done before. May leave with Abort.IndexFull.
 */
export function predictTask(index: u32): void {
  const run = task(index);
  if (run.predictions != 0 || !predictorIsOn()) return;
  if (index != 0) {
    const before = changetype<usize>(task(index - 1));
    for (let looks: u32 = 0; looks < MOST_LOOKS; looks++) {
      if (atomic.load<u32>(before + offsetof<Task>("predictions")) != 0) break;
      if (atomic.load<u32>(before) != TaskState.Executing) break;
    }
  }
  atomic.store<u32>(changetype<usize>(run) + offsetof<Task>("predictions"), predict(index));
}

/**
 * Whether transaction `index`, which the caller has taken, is put off: it then waits for an earlier one that is predicted
 * to write what it reads.
 */
export function isPutOff(index: u32): bool {
  const list = <usize>task(index).predictions;
  if (list <= <usize>NOTHING) return false;
  for (let i: u32 = 0; i < changetype<Predictions>(list).count; i++) {
    const prediction = predictionAt(list, i);
    if (prediction.writer == 0 || taskIsExecuted(prediction.writer - 1)) continue;
    prediction.waited = 1;
    taskWaitFor(index, prediction.writer - 1);
    return true;
  }
  return false;
}

/** What the execution looked up last did at the location: READS, WRITES; the version that it met. */
let usesMet: u8 = 0;
let versionMet: u32 = 0;
/** Whether it knew the value as a delta only. */
let deltaMet = false;

function note(flags: u32, field: u32, version: u32): void {
  if ((flags & (1 << field)) == 0) return;
  usesMet = (flags & (WRITTEN << field)) != 0 ? READS | WRITES : READS;
  versionMet = version;
  deltaMet = (flags & (field == FIELD_SLOT ? DELTA_SLOT : field == FIELD_BALANCE ? DELTA_BALANCE : 0)) != 0;
}

function lookUp(execution: Execution, location: u32): void {
  const record = location & ~7;
  const field = location & 7;
  usesMet = 0;
  versionMet = 0;
  deltaMet = false;
  if (field == FIELD_SLOT) {
    for (let s = <usize>execution.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
      const slot = changetype<LocalSlot>(s);
      if (slot.record != record) continue;
      note(slot.flags, field, slot.version);
      return;
    }
    return;
  }
  for (let a = <usize>execution.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    const account = changetype<LocalAccount>(a);
    if (account.record != record) continue;
    note(
      account.flags,
      field,
      load<u32>(a + offsetof<LocalAccount>("balanceVersion") + ((<usize>field) << 2)),
    );
    return;
  }
}

/**
 * Learns from a read of transaction `index` that did not hold: both it and the transaction that has written there touch
 * the location. May leave with Abort.IndexFull.
 */
export function learnConflict(index: u32, location: u32, writer: u32): void {
  if (control().predictor == Predictor.Off) return;
  if (!deltaExpected(location) && !wasPredicted(index, location)) {
    atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("missedConflicts"), 1);
  }
  learnUse(index, location);
  if (writer != NONE) learnUse(writer, location);
}

function learnUse(index: u32, location: u32): void {
  const execution = <usize>task(index).execution;
  if (execution == 0) return;
  lookUp(changetype<Execution>(execution), location);
  if (usesMet != 0) predictorLearn(index, location, usesMet, true);
}

/** For tests: learns all that a committed transaction has touched. */
function learnAll(index: u32): void {
  const execution = changetype<Execution>(<usize>task(index).execution);
  for (let s = <usize>execution.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    const slot = changetype<LocalSlot>(s);
    usesMet = 0;
    note(slot.flags, FIELD_SLOT, slot.version);
    if (usesMet != 0) predictorLearn(index, slot.record | FIELD_SLOT, usesMet, false);
  }
  for (let a = <usize>execution.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    const account = changetype<LocalAccount>(a);
    usesMet = 0;
    note(account.flags, FIELD_BALANCE, account.balanceVersion);
    if (usesMet != 0) predictorLearn(index, account.record | FIELD_BALANCE, usesMet, false);
  }
}

/**
 * Compares what was predicted of a committed transaction with what it did, for the trust in the templates and for the
 * report. In order. True where it depended on the transaction right before it, and that was predicted.
 */
export function settlePredictions(index: u32): bool {
  const run = task(index);
  settleEarly(index);
  if (control().predictor == Predictor.Always) learnAll(index);
  if (run.predictions <= NOTHING) return false;
  const s = scheduler();
  const list = <usize>run.predictions;
  const execution = changetype<Execution>(<usize>run.execution);
  let saved = false;
  let chained = false;
  for (let i: u32 = 0; i < changetype<Predictions>(list).count; i++) {
    const prediction = predictionAt(list, i);
    lookUp(execution, prediction.location);
    const writer =
      versionMet != 0 ? transactionOfVersion(changetype<Version>(versionNode(versionMet)).transaction) : 0;
    const held = usesMet != 0 && versionMet != 0 && writer + 1 >= prediction.writer;
    if (deltaMet) templateDeltaHeld(prediction.template);
    else if (held) templateHeld(prediction.template);
    else if (usesMet == 0) templateFailed(prediction.template);
    if (usesMet != 0) templateTouched(prediction.template, (usesMet & WRITES) != 0);
    if (prediction.writer == 0) continue;
    s.predicted += 1;
    if (!held) continue;
    s.predictedRight += 1;
    if (prediction.waited != 0) saved = true;
    if (prediction.writer == index) chained = true;
  }
  if (saved) s.savedExecutions += 1;
  return chained;
}

/** Index + 1 of the transaction that the `i`-th prediction of transaction `index` says it will meet; 0 = none. */
export function predictedWriter(index: u32, i: u32): u32 {
  const list = <usize>task(index).predictions;
  if (list <= <usize>NOTHING || i >= changetype<Predictions>(list).count) return 0;
  return predictionAt(list, i).writer;
}

/** Whether it was predicted that the transaction touches the location. */
function wasPredicted(index: u32, location: u32): bool {
  const list = <usize>task(index).predictions;
  if (list <= <usize>NOTHING) return false;
  for (let i: u32 = 0; i < changetype<Predictions>(list).count; i++) {
    if (predictionAt(list, i).location == location) return true;
  }
  return false;
}
