// The block's phases and their pieces. A phase ends when the worker that finishes its last piece prepares the next.

import { workerId } from "../memory/arena";
import { SCHEDULER } from "../memory/layout";
import { notePhase } from "./phase-times";
import { Point, pass } from "./points";
import { Failure, NONE, Phase, Scheduler, scheduler } from "./scheduler-layout";
import { wakeWorkers } from "./sleep";

const PHASE: usize = SCHEDULER + offsetof<Scheduler>("phase");
const SOLE: usize = SCHEDULER + offsetof<Scheduler>("sole");
const TICKET: usize = SCHEDULER + offsetof<Scheduler>("ticket");
const DONE_PIECES: usize = SCHEDULER + offsetof<Scheduler>("donePieces");

export function phase(): u32 {
  return atomic.load<u32>(PHASE);
}

/** Claims the end of phase `from`, for the one worker that then prepares and enters the next. */
export function leavePhase(from: Phase): bool {
  return atomic.cmpxchg<u32>(PHASE, from, Phase.Between) == <u32>from;
}

/**
 * Starts a phase of `pieces` pieces, which any worker takes by `takePiece`; for the worker that claimed the end of the
 * one before. A block that has failed meanwhile stays failed.
 */
export function enterPhase(next: Phase, stage: u32, pieces: u32): void {
  notePhase(next, stage, pieces);
  scheduler().pieces = pieces;
  atomic.store<u32>(DONE_PIECES, 0);
  atomic.store<u64>(TICKET, ((<u64>next) << 56) | ((<u64>stage) << 48) | ((<u64>pieces) << 24));
  atomic.store<u32>(SOLE, (<u32>next) << 8);
  atomic.cmpxchg<u32>(PHASE, Phase.Between, next);
  wakeWorkers();
}

/** Stage of the piece that this worker took last. */
export let pieceStage: u32 = 0;

/**
 * The next piece of phase `wanted`, or NONE where all are taken or another phase has begun: the ticket names its phase, so
 * that whoever was slow to come takes no piece of the next one for one of this.
 */
export function takePiece(wanted: Phase): u32 {
  pass(Point.BeforePiece, wanted);
  let ticket = atomic.load<u64>(TICKET);
  while (<u32>(ticket >> 56) == <u32>wanted) {
    const next = <u32>ticket & 0xffffff;
    if (next >= (<u32>(ticket >> 24) & 0xffffff)) return NONE;
    const met = atomic.cmpxchg<u64>(TICKET, ticket, ticket + 1);
    if (met == ticket) {
      pieceStage = <u32>(ticket >> 48) & 0xff;
      return next;
    }
    ticket = met;
  }
  return NONE;
}

/** Counts a piece as done; true for the worker that finished the last one. */
export function finishPiece(): bool {
  return atomic.add<u32>(DONE_PIECES, 1) + 1 == scheduler().pieces;
}

/** Whether the calling worker is the one that does phase `wanted`. */
export function becomeSole(wanted: Phase): bool {
  pass(Point.BeforeSole, wanted);
  const free = (<u32>wanted) << 8;
  const mine = free | (workerId + 1);
  const holder = atomic.cmpxchg<u32>(SOLE, free, mine);
  return holder == free || holder == mine;
}

/** Ends the block as failed; the first reason stays. */
export function failBlock(why: Failure, index: u32, code: u32): void {
  const s = scheduler();
  if (atomic.cmpxchg<u32>(SCHEDULER + offsetof<Scheduler>("failure"), 0, why) == 0) {
    s.failedIndex = index;
    s.failedCode = code;
  }
  atomic.store<u32>(PHASE, Phase.Failed);
  wakeWorkers();
}

/** The reason for the failure is gone; the phase is between two, for the caller to enter one. Nobody works. */
export function reviveBlock(): void {
  const s = scheduler();
  s.failure = Failure.None;
  s.failedIndex = NONE;
  s.failedCode = 0;
  atomic.store<u32>(PHASE, Phase.Between);
}
