// How the host opens a block: memory of the block before given back, a place for everything the host writes.

import { BLOCK_RESULT, resultReset } from "../block/result";
import { layTransaction } from "../block/transactions";
import { beginArena, freeChunks, resetBlockChunks, takeLastChunks } from "../memory/arena";
import { BLOCK_ENV, CHUNK_SIZE, Chunk, CONTROL, Control, control } from "../memory/layout";
import { isRecording, noteIdle } from "../parallel/phase-times";
import { Invalid } from "../status";
import { transactionInspect } from "../tx/check";
import { framesRelease } from "../vm/frame";
import { blockDiscard } from "./state";

/** Epoch of the block whose arena this instance is filling. */
let arenaEpoch: u32 = 0;

/**
 * Begins a block, or another attempt at one: all memory of the one before is gone, its versions read as empty.
 * The host's own instance; no worker may be inside a block.
 */
export function blockOpen(): void {
  const shared = control();
  shared.epoch += 1;
  atomic.store<u32>(CONTROL + offsetof<Control>("cancelled"), 0);
  // Undo records and lists of the trie lie in the block's memory: what an attempt or a dead commit left goes first.
  blockDiscard();
  resetBlockChunks();
  arenaEpoch = shared.epoch;
  beginArena();
  memory.fill(BLOCK_ENV, 0, BLOCK_RESULT - BLOCK_ENV);
  resultReset();
}

/**
 * Memory for the transactions of a block that waits while another one runs, or 0 where there is no room. It outlives
 * blocks; `inputFree` gives it back.
 */
export function inputAllocate(bytes: u32): usize {
  return takeLastChunks(max<u32>(1, (bytes + CHUNK_SIZE - 1) / CHUNK_SIZE), Chunk.Input);
}

/** The host's own instance; no worker may be inside a block that uses the memory. */
export function inputFree(address: usize): void {
  freeChunks(address);
}

/** A worker takes part in the open block: it forgets its arena of the block before. */
export function workerEnter(): void {
  const epoch = control().epoch;
  if (arenaEpoch == epoch) return;
  arenaEpoch = epoch;
  beginArena();
  if (isRecording()) noteIdle(0);
}

/** A worker leaves the block: what a transaction held that was given up is there for the others. */
export function workerLeave(): void {
  framesRelease();
}

/** Decodes the block's first transaction and checks it by itself; leaves it at `env().transactions`. */
export function blockInspect(): Invalid {
  return transactionInspect(layTransaction(0));
}
