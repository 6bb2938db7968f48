// Memory in which one worker computes: nothing in it outlives a call.

import { allocateChunks, workerId } from "../memory/arena";
import { Chunk } from "../memory/layout";
import { registerTrieWorker, trieWorker } from "./workers";

/** One frame of 17 children for each depth 0 ... 64. */
const FRAME_SIZE: usize = 72;
const FRAMES: usize = 65 * FRAME_SIZE;
/** Heads of the lists of nodes to hash, one for each depth. */
const LEVELS: usize = 66 * 4;
/** Where a node's RLP is written: two, because two are hashed at once. */
const RLP_BUFFER: usize = 2048;

let owner: u32 = 0;
let base: usize = 0;

/** This worker's scratch memory, taken at its first use. */
function scratch(): usize {
  if (owner == workerId + 1) return base;
  registerTrieWorker();
  const worker = trieWorker(workerId);
  if (worker.scratch == 0) {
    const chunk = <u32>allocateChunks(1, Chunk.Worker);
    memory.fill(chunk, 0, FRAMES + LEVELS);
    worker.scratch = chunk;
  }
  base = worker.scratch;
  owner = workerId + 1;
  return base;
}

export function frameAt(depth: u32): usize {
  return scratch() + <usize>depth * FRAME_SIZE;
}

export function hashLevels(): usize {
  return scratch() + FRAMES;
}

export function rlpBuffer(index: u32): usize {
  return scratch() + FRAMES + LEVELS + <usize>index * RLP_BUFFER;
}

/** A key of 32 bytes; `index` 0 ... 7 tells the users apart. */
export function keyBuffer(index: u32): usize {
  return scratch() + FRAMES + LEVELS + 2 * RLP_BUFFER + ((<usize>index) << 5);
}

/** Room for entries of a sort or a list that fits; the rest of the chunk. */
const SCRATCH_REST: usize = FRAMES + LEVELS + 2 * RLP_BUFFER + 256;

export function scratchRest(): usize {
  return scratch() + SCRATCH_REST;
}
