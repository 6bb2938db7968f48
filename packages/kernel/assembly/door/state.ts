// The state as the host sets it up, commits and drops it between blocks. No worker may be inside a block.

import { buildBlockChanges } from "../block/change-list";
import { env, FLAG_NO_STATE_ROOT } from "../block/env";
import { RESULT_STATE_ROOT } from "../block/result";
import { control } from "../memory/layout";
import { predictorForget } from "../parallel/predictor";
import { changesApply, changesForget, changesRollback } from "../state/apply";
import { ChangesState, changes, changesState } from "../state/changes";
import { internReset } from "../state/host";
import { crashPoint } from "../trie/crash";
import { stateRootCommit, stateRootDiscard, stateRootSequential, trieReset } from "../trie/state-root";
import { codesForget } from "../vm/code";

/** Forgets every account, slot and trie node: an empty state. Codes stay, as they are found by their hash. */
export function stateReset(): void {
  changesForget();
  trieReset();
  internReset();
  predictorForget();
}

/** Forgets all codes. Only where no account refers to one: after `stateReset`. */
export function codesReset(): void {
  codesForget();
}

// A block that `runBlockSequential` has run.

/** The change list of the block. */
export function sequentialChanges(): void {
  buildBlockChanges();
}

/** The state root after the change list, at RESULT_STATE_ROOT; 0 = nodes are missing (`trieMissing`). */
export function sequentialStateRoot(): u32 {
  if ((env().flags & FLAG_NO_STATE_ROOT) != 0 || control().trieEnabled == 0) return 1;
  const list = changes();
  // Without a list the root is that of the state as it is.
  const count = changesState() == <u32>ChangesState.None ? 0 : list.accountCount;
  return stateRootSequential(<usize>list.accounts, count, RESULT_STATE_ROOT) ? 1 : 0;
}

/**
 * Makes the change list and the new tries the state. Where whoever ran it died inside, it is repeated from the start,
 * or `blockDiscard` takes it back.
 */
export function blockCommit(): void {
  changesApply();
  crashPoint();
  stateRootCommit();
  crashPoint();
  changesForget();
}

/**
 * Drops the change list and the new tries: the state is as before the block. A commit that has begun is taken back,
 * or, once the whole list is applied, finished instead; then it returns true.
 */
export function blockDiscard(): bool {
  if (changesState() == <u32>ChangesState.Applied) {
    blockCommit();
    return true;
  }
  changesRollback();
  changesForget();
  stateRootDiscard();
  return false;
}
