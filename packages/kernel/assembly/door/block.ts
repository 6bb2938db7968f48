// How the host opens a block: memory of the block before given back, a place for everything the host writes.

import { env } from "../block/env";
import { BLOCK_RESULT, resultReset } from "../block/result";
import { arenaAllocate, beginArena, resetBlockChunks } from "../memory/arena";
import { BLOCK_ENV, CONTROL, Control, control } from "../memory/layout";
import { isRecording, noteIdle } from "../parallel/phase-times";
import { Transaction, transactionSender } from "../tx/transaction";
import { framesRelease } from "../vm/frame";
import { wordFromAddress } from "../word/word";
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

/**
 * Makes `count` Transactions, filled in as far as the host knows them, and the array of pointers to them, and enters both in the block's
 * environment. `lengths` are u32: the envelopes stand one behind the other at `raw`. `senders` are 20 bytes
 * each, or 0 = all are recovered.
 */
export function blockTransactions(count: u32, raw: usize, lengths: usize, senders: usize): usize {
  const size = offsetof<Transaction>();
  const structures = arenaAllocate(<usize>count * size + 8);
  const pointers = arenaAllocate(((<usize>count) << 2) + 8);
  let bytes = raw;
  for (let i: u32 = 0; i < count; i++) {
    const at = structures + <usize>i * size;
    const t = changetype<Transaction>(at);
    const length = load<u32>(lengths + ((<usize>i) << 2));
    t.index = i;
    t.raw = <u32>bytes;
    t.rawLength = length;
    bytes += length;
    // All else is cleared by decoding, on all workers: the host is alone here.
    t.senderGiven = <u32>(senders != 0);
    if (senders != 0) wordFromAddress(transactionSender(t), senders + <usize>i * 20);
    store<u32>(pointers + ((<usize>i) << 2), <u32>at);
  }
  env().transactions = <u32>pointers;
  env().transactionCount = count;
  return structures;
}
