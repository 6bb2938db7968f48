// Call frames, and the two regions of this worker's memory in which they live: frames with their stacks one behind
// the other in one, the frames' EVM memories in the other. Both are lists of runs of chunks; a frame that
// does not fit into the last run begins a new one, so that what an outer frame has never moves.

import { allocateWorkerChunks, freeChunks } from "../memory/arena";
import { CHUNK_SIZE } from "../memory/layout";

/** One call or creation that is being executed. */
@unmanaged
export class Frame {
  /** Gas left when the frame was last interrupted by a call of its own. */
  gas: u64;
  /** The account whose storage and balance the code sees: its address as a word. */
  address0: u64;
  address1: u64;
  address2: u64;
  address3: u64;
  caller0: u64;
  caller1: u64;
  caller2: u64;
  caller3: u64;
  /** What CALLVALUE gives. */
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  /** The frame that waits for this one; 0 for the outermost. */
  parent: u32;
  depth: u32;
  /** The opcode that made it (vm/opcode.ts). */
  kind: u32;
  isStatic: u32;
  /** LocalAccount of `address`. */
  account: u32;
  /** The bytes that run, and the Decoded form of them. */
  codeBytes: u32;
  codeLength: u32;
  decoded: u32;
  input: u32;
  inputLength: u32;
  /** Journal position to which a failure goes back. */
  checkpoint: u32;
  /** Where the frame goes on: next instruction, top of stack. */
  ip: u32;
  sp: u32;
  /** 32 below the first word of the stack. */
  stackBase: u32;
  /** Run of the stack region in which the frame stands. */
  stackRun: u32;
  /** EVM memory: address, bytes in use (a multiple of 32), the run it stands in. */
  memory: u32;
  memorySize: u32;
  memoryRun: u32;
  /** Where in its own memory the frame wants the result of the call it waits for. */
  resultOffset: u32;
  resultLength: u32;
  /** State gas of the frame around it, which it takes up again when this one is over (vm/state-gas.ts). */
  outerStateGasUsed: u64;
  outerStateGasRefunded: u64;
  outerStateGasPending: u64;
}

export const MAX_DEPTH: u32 = 1024;
/** Bytes of a full stack. */
export const STACK_BYTES: u32 = 1024 * 32;

export function frameAddress(frame: Frame): usize {
  return changetype<usize>(frame) + offsetof<Frame>("address0");
}

export function frameCaller(frame: Frame): usize {
  return changetype<usize>(frame) + offsetof<Frame>("caller0");
}

export function frameValue(frame: Frame): usize {
  return changetype<usize>(frame) + offsetof<Frame>("value0");
}

/** Head of a run of chunks of either region. */
@unmanaged
class Run {
  previous: u32;
  next: u32;
  end: u32;
  unused: u32;
}

const RUN_HEADER: usize = 16;
const FIRST_RUN_CHUNKS: u32 = 2;

let firstStackRun: usize = 0;
let firstMemoryRun: usize = 0;
/** 4 KiB of this worker's own for words and hashes in passing; laid out in vm/context.ts. */
export let scratch: usize = 0;
const SCRATCH_SIZE: usize = 4096;

function newRun(bytes: usize, previous: usize): usize {
  const chunks = <u32>((<u64>bytes + RUN_HEADER + CHUNK_SIZE - 1) / CHUNK_SIZE);
  const run = allocateWorkerChunks(chunks);
  changetype<Run>(run).previous = <u32>previous;
  changetype<Run>(run).next = 0;
  changetype<Run>(run).end = <u32>(run + <usize>chunks * CHUNK_SIZE);
  if (previous != 0) changetype<Run>(previous).next = <u32>run;
  return run;
}

/** Frees the runs behind `run`. */
function freeRunsAfter(run: usize): void {
  let next: usize = changetype<Run>(run).next;
  changetype<Run>(run).next = 0;
  while (next != 0) {
    const after: usize = changetype<Run>(next).next;
    freeChunks(next);
    next = after;
  }
}

/**
 * Gives back what a transaction used beyond the first runs: at its end, so that a worker with nothing more to do keeps
 * no large memory from the others. What it gave must have been copied before.
 */
export function framesRelease(): void {
  if (firstStackRun == 0) return;
  if (changetype<Run>(firstStackRun).next != 0) freeRunsAfter(firstStackRun);
  if (changetype<Run>(firstMemoryRun).next != 0) freeRunsAfter(firstMemoryRun);
}

/** Makes the regions at a worker's first transaction; gives back what one that was left has not. */
export function framesReset(): void {
  if (firstStackRun == 0) {
    const stackRun = newRun(FIRST_RUN_CHUNKS * CHUNK_SIZE - RUN_HEADER, 0);
    firstMemoryRun = newRun(FIRST_RUN_CHUNKS * CHUNK_SIZE - RUN_HEADER, 0);
    scratch = stackRun + RUN_HEADER;
    firstStackRun = stackRun;
    return;
  }
  framesRelease();
}

/**
 * Room for a frame, `extra` bytes of its own (a creation's decoded code) and a full stack. `parent` is 0 for the
 * outermost, else `above` is the first free byte above the parent's stack. The fields that say where its stack
 * and memory begin are set.
 */
export function frameAllocate(parent: usize, above: usize, extra: usize): Frame {
  let run: usize;
  let at: usize;
  if (parent == 0) {
    run = firstStackRun;
    at = scratch + SCRATCH_SIZE;
  } else {
    run = changetype<Frame>(parent).stackRun;
    at = (above + 7) & ~7;
  }
  const size = offsetof<Frame>() + extra + 8 + STACK_BYTES + 64;
  if (at + size > <usize>changetype<Run>(run).end) {
    const next: usize = changetype<Run>(run).next;
    if (next != 0 && next + RUN_HEADER + size <= <usize>changetype<Run>(next).end) {
      run = next;
    } else {
      freeRunsAfter(run);
      run = newRun(size, run);
    }
    at = run + RUN_HEADER;
  }
  const frame = changetype<Frame>(at);
  frame.parent = <u32>parent;
  frame.stackRun = <u32>run;
  frameReserve(frame, extra);
  if (parent == 0) {
    frame.memoryRun = <u32>firstMemoryRun;
    frame.memory = <u32>(firstMemoryRun + RUN_HEADER);
  } else {
    const outer = changetype<Frame>(parent);
    frame.memoryRun = outer.memoryRun;
    frame.memory = outer.memory + outer.memorySize;
  }
  frame.memorySize = 0;
  return frame;
}

/** Where the `extra` bytes of `frameAllocate` stand. */
export function frameExtra(frame: Frame): usize {
  return changetype<usize>(frame) + offsetof<Frame>();
}

/** Sets the stack behind `extra` bytes. */
function frameReserve(frame: Frame, extra: usize): void {
  const base = (changetype<usize>(frame) + offsetof<Frame>() + extra + 7) & ~7;
  // The stack is addressed by its top word, so an empty one stands a word below the first.
  frame.stackBase = <u32>base;
  frame.sp = <u32>base;
}

/**
 * Makes the memory of `frame`, which must be the innermost one, `size` bytes long (a multiple of 32, larger than
 * before). What is new reads as zero. The memory may move.
 */
export function frameGrowMemory(frame: Frame, size: u32): void {
  const old: usize = frame.memory;
  const used: usize = frame.memorySize;
  const run: usize = frame.memoryRun;
  if (<u64>old + <u64>size > <u64>changetype<Run>(run).end) {
    // Twice what is needed, so that a memory that grows word by word moves rarely.
    freeRunsAfter(run);
    const wanted = <u64>size * 2;
    const bytes = wanted > 0x40000000 ? size : <u32>wanted;
    const next = newRun(bytes, run);
    const moved = next + RUN_HEADER;
    memory.copy(moved, old, used);
    frame.memory = <u32>moved;
    frame.memoryRun = <u32>next;
    const previous: usize = changetype<Run>(run).previous;
    if (old == run + RUN_HEADER && previous != 0) {
      // The run held nothing but this memory.
      changetype<Run>(previous).next = <u32>next;
      changetype<Run>(next).previous = <u32>previous;
      freeChunks(run);
    }
  }
  memory.fill(<usize>frame.memory + used, 0, <usize>size - used);
  frame.memorySize = size;
}

/** Gives back the runs that only an inner frame of `frame` used. */
export function frameReleaseInner(frame: Frame): void {
  if (changetype<Run>(frame.memoryRun).next != 0) freeRunsAfter(frame.memoryRun);
}
