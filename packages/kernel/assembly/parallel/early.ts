// Transactions that take long are begun first: one that verifies a proof takes as long as some thousand others, and
// begun as the last one it leaves all other workers without work. A function is known to take long (predictor.ts) from
// what it has asked of the host's libraries. That is a hint: where the transaction then reads what an earlier one has
// not written yet, it is executed again in its turn, and the function is begun early no more.

import { blockTransaction } from "../block/transactions";
import { arenaAllocate } from "../memory/arena";
import { Transaction, transactionTo } from "../tx/transaction";
import { libraryGas } from "../vm/precompiles";
import { wordEquals } from "../word/word";
import { heavyGas, mayBeHeavy, NEVER_EARLY, predictorHeavy, predictorIsOn } from "./predictor";
import { scheduler, task } from "./scheduler";
import { EarlyTasks } from "./scheduler-layout";

/** Gas of the host's libraries, of which they get some 30 million a second through, from which a transaction takes long. */
const HEAVY: u64 = 100_000;
/** Most transactions of a block that are begun early. */
const MOST: u32 = 8;

function indexAt(list: usize, i: u32): usize {
  return list + offsetof<EarlyTasks>() + ((<usize>i) << 2);
}

/** Puts `index` in its place, the longest first; where there is no room the shortest is left out. */
function insert(list: usize, index: u32, gas: u32): void {
  const early = changetype<EarlyTasks>(list);
  let place = early.count;
  if (place == MOST) {
    place -= 1;
    if (heavyGas(blockTransaction(load<u32>(indexAt(list, place)))) >= gas) return;
  } else {
    early.count += 1;
  }
  for (; place > 0; place--) {
    const before = load<u32>(indexAt(list, place - 1));
    if (heavyGas(blockTransaction(before)) >= gas) break;
    store<u32>(indexAt(list, place), before);
  }
  store<u32>(indexAt(list, place), index);
}

function addressBit(t: Transaction): u64 {
  return (<u64>1) << (load<u64>(transactionTo(t)) & 63);
}

/** Takes from the list what calls a contract that an earlier transaction of the block calls too. */
function dropDependent(list: usize): void {
  const early = changetype<EarlyTasks>(list);
  let bits: u64 = 0;
  let last: u32 = 0;
  for (let i: u32 = 0; i < early.count; i++) {
    const index = load<u32>(indexAt(list, i));
    bits |= addressBit(blockTransaction(index));
    last = max<u32>(last, index);
  }
  for (let before: u32 = 0; before < last && early.count != 0; before++) {
    const t = blockTransaction(before);
    if (t.isCreate || (addressBit(t) & bits) == 0) continue;
    let kept: u32 = 0;
    for (let i: u32 = 0; i < early.count; i++) {
      const index = load<u32>(indexAt(list, i));
      const meets = before < index && wordEquals(transactionTo(t), transactionTo(blockTransaction(index)));
      if (!meets) store<u32>(indexAt(list, kept++), index);
    }
    early.count = kept;
  }
}

/**
 * Finds the transactions that are known to take long. `independent`: none depends on another. One worker, before any is
 * executed. May leave with Abort.IndexFull.
 */
export function planEarly(independent: bool): void {
  if (!predictorIsOn() || !mayBeHeavy()) return;
  const s = scheduler();
  let list: usize = 0;
  for (let index: u32 = 0; index < s.count; index++) {
    if (!independent && task(index).senderBefore != 0) continue;
    const gas = heavyGas(blockTransaction(index));
    if (gas == 0) continue;
    if (list == 0) {
      list = arenaAllocate(offsetof<EarlyTasks>() + ((<usize>MOST) << 2));
      memory.fill(list, 0, offsetof<EarlyTasks>());
    }
    insert(list, index, gas);
  }
  if (list == 0) return;
  if (!independent) dropDependent(list);
  if (changetype<EarlyTasks>(list).count != 0) s.early = <u32>list;
}

/** Learns whether the transaction that was just executed takes long. May leave with Abort.IndexFull. */
export function learnHeaviness(index: u32): void {
  if (libraryGas >= HEAVY) predictorHeavy(index, <u32>min<u64>(libraryGas, NEVER_EARLY - 1));
  else if (task(index).early != 0) predictorHeavy(index, 0);
}

/** Told of each transaction that is committed. May leave with Abort.IndexFull. */
export function settleEarly(index: u32): void {
  if (task(index).early != 0 && task(index).aborts != 0) predictorHeavy(index, NEVER_EARLY);
}
