// Stubs that an update, proof or removal needed: the host brings their RLP and the phase runs again.

import { arenaAllocate, workerId } from "../memory/arena";
import { keyPrefix } from "./key";
import { listAppend, listEntry, missingList, trieShared } from "./workers";

/** Where a missing node belongs. */
@unmanaged
export class Missing {
  stub: u32;
  depth: u32;
  /** The nibbles above it, then zeros. */
  prefix0: u64;
  prefix1: u64;
  prefix2: u64;
  prefix3: u64;
}

/** Lists the stub at `depth` below the first nibbles of `key` (and `slot`, if it is a nibble). */
export function listMissing(stub: u32, key: usize, depth: u32, slot: u32): void {
  const entry = arenaAllocate(40);
  const missing = changetype<Missing>(entry);
  missing.stub = stub;
  missing.depth = slot < 16 ? depth + 1 : depth;
  keyPrefix(entry + offsetof<Missing>("prefix0"), key, depth, slot);
  listAppend(missingList(workerId), <u32>entry);
}

/** Number of missing nodes that all workers have met since the last begin, commit or discard. */
export function trieMissingCount(): u32 {
  let sum: u32 = 0;
  const workers = trieShared().workers;
  for (let id: u32 = 0; id < workers; id++) sum += missingList(id).count;
  return sum;
}

/** The Missing entry `index`; its hash stands at `trieMissingHash`. */
export function trieMissing(index: u32): u32 {
  const workers = trieShared().workers;
  let left = index;
  for (let id: u32 = 0; id < workers; id++) {
    const list = missingList(id);
    if (left < list.count) return listEntry(list, left);
    left -= list.count;
  }
  return 0;
}

/** Pointer to the 32-byte hash of missing node `index`. */
export function trieMissingHash(index: u32): usize {
  return <usize>changetype<Missing>(<usize>trieMissing(index)).stub + 8;
}
