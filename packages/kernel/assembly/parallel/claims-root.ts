// The state root that a list's claims promise. What the block leaves is known from its begin, so the tries are updated
// while transactions are executed: by whom it is taken first, in pieces like those of the roots phase. The root is only
// believed where the list proves to be true; otherwise the new nodes are dropped with all else of the attempt.

import { buildClaimedChanges } from "../block/change-list";
import { env, FLAG_NO_STATE_ROOT } from "../block/env";
import { control, wakeHost } from "../memory/layout";
import { changes } from "../state/changes";
import { trieMissingCount } from "../trie/missing";
import { stateRootBegin, stateRootTask, stateRootTasks } from "../trie/state-root";
import { Phase as TriePhase } from "../trie/state-work";
import { CLAIMS, Claims } from "./claims";
import { Point, pass } from "./points";
import { NONE, wakeWorkers } from "./scheduler";

export enum RootState {
  /** Not begun: the claims are not published. */
  None = 0,
  /** What the list names is not in the cache yet. */
  Waiting = 1,
  Running = 2,
  /** Trie nodes are missing: the host brings them and calls `claimsRootRestart`. */
  Missing = 3,
  Done = 4,
}

const STATE: usize = CLAIMS + offsetof<Claims>("rootState");
const LOADED: usize = CLAIMS + offsetof<Claims>("loaded");
const TICKET: usize = CLAIMS + offsetof<Claims>("rootTicket");
const DONE: usize = CLAIMS + offsetof<Claims>("rootDone");

/** Stage 0 makes the change list; the state trie's phases are the stages from 1 on. */
const LAST_STAGE: u32 = <u32>TriePhase.Root + 1;

function rootWanted(): bool {
  return control().trieEnabled != 0 && (env().flags & FLAG_NO_STATE_ROOT) == 0;
}

function begin(): void {
  if (atomic.load<u32>(LOADED) == 0) return;
  if (atomic.cmpxchg<u32>(STATE, RootState.Waiting, RootState.Running) == <u32>RootState.Waiting)
    enterStage(0);
}

/** The claims are published: the promised root may be made as soon as all base values are there. */
export function claimsRootBegin(): void {
  atomic.store<u32>(STATE, RootState.Waiting);
  begin();
}

/** Host: all that the list names is in the cache. */
export function claimsLoaded(): void {
  atomic.store<u32>(LOADED, 1);
  begin();
}

function stagePieces(stage: u32): u32 {
  if (stage == 0) return 1;
  return rootWanted() ? stateRootTasks(stage - 1) : 0;
}

/** Enters the first stage from `from` on that has anything to do. All pieces of the one before are done. */
function enterStage(from: u32): void {
  for (let stage = from; stage <= LAST_STAGE; stage++) {
    const pieces = stagePieces(stage);
    if (pieces == 0) continue;
    atomic.store<u32>(DONE, 0);
    atomic.store<u64>(TICKET, ((<u64>stage) << 48) | ((<u64>pieces) << 24));
    wakeWorkers();
    return;
  }
  if (rootWanted() && trieMissingCount() != 0) {
    atomic.store<u32>(STATE, RootState.Missing);
    wakeHost();
  } else {
    atomic.store<u32>(STATE, RootState.Done);
    wakeWorkers();
  }
}

/** Host: the missing trie nodes are there, the tries are updated again from the start. */
export function claimsRootRestart(): void {
  if (atomic.cmpxchg<u32>(STATE, RootState.Missing, RootState.Running) != <u32>RootState.Missing) return;
  stateRootBegin(changes().accounts, changes().accountCount);
  enterStage(1);
}

let stageTaken: u32 = 0;

function takePiece(): u32 {
  let ticket = atomic.load<u64>(TICKET);
  while (true) {
    const next = <u32>ticket & 0xffffff;
    if (next >= (<u32>(ticket >> 24) & 0xffffff)) return NONE;
    const met = atomic.cmpxchg<u64>(TICKET, ticket, ticket + 1);
    if (met == ticket) {
      stageTaken = <u32>(ticket >> 48);
      return next;
    }
    ticket = met;
  }
}

/** Does a piece of the promised root; false where there is none now. */
export function claimsRootWork(): bool {
  const piece = takePiece();
  if (piece == NONE) return false;
  const stage = stageTaken;
  const pieces = stagePieces(stage);
  pass(Point.BeforeClaimedRoot, piece);
  if (stage == 0) {
    buildClaimedChanges();
    if (rootWanted()) stateRootBegin(changes().accounts, changes().accountCount);
  } else {
    stateRootTask(stage - 1, piece);
  }
  if (atomic.add<u32>(DONE, 1) + 1 == pieces) enterStage(stage + 1);
  return true;
}

/** Whether nothing of the promised root is left to do. */
export function claimsRootDone(): bool {
  return atomic.load<u32>(STATE) == <u32>RootState.Done;
}

/** Whether the promised root needs trie nodes that only the host can bring. */
export function claimsRootMissing(): bool {
  return atomic.load<u32>(STATE) == <u32>RootState.Missing;
}
