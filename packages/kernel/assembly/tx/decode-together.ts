// Decoding of many transactions: the senders that are not given are recovered together (curve/recover.ts), from
// `togetherBegin` to `togetherEnd`.

import { RECOVER_MEMORY, RECOVER_MOST, recoverSigners, Signed } from "../curve/recover";
import { takeChunks } from "../memory/arena";
import { Chunk, control } from "../memory/layout";
import { wordFromAddress } from "../word/word";
import { transactionRead, transactionRecoverSender } from "./decode";
import {
  Transaction,
  transactionCreated,
  transactionR,
  transactionS,
  transactionSender,
  transactionSigningHash,
} from "./transaction";

/** Fewer than these cost more together, with their own inversions, than one by one in the host's library. */
const FEWEST_TOGETHER: u32 = 8;

/** RECOVER_MEMORY bytes of this worker in this block, then Signed and pointers to transactions; 0 = there is no room. */
let workspace: usize = 0;
let workspaceEpoch: u32 = 0;
let count: u32 = 0;

function signedAt(index: u32): Signed {
  return changetype<Signed>(workspace + RECOVER_MEMORY + <usize>index * offsetof<Signed>());
}

function waitingAt(index: u32): usize {
  return workspace + RECOVER_MEMORY + <usize>RECOVER_MOST * offsetof<Signed>() + ((<usize>index) << 2);
}

export function togetherBegin(): void {
  count = 0;
}

function ensureWorkspace(): bool {
  if (workspaceEpoch != control().epoch) {
    workspaceEpoch = control().epoch;
    workspace = takeChunks(1, Chunk.Block);
  }
  return workspace != 0;
}

/** Decodes a transaction as `transactionDecode` does; its sender, and that it has none, may be found later. */
export function transactionDecodeTogether(t: Transaction): void {
  if (!transactionRead(t)) return;
  if (!ensureWorkspace()) {
    transactionRecoverSender(t);
    return;
  }
  const one = signedAt(count);
  one.hash = <u32>transactionSigningHash(t);
  one.r = <u32>transactionR(t);
  one.s = <u32>transactionS(t);
  one.yParity = t.yParity;
  // The place of the created contract is free until execution.
  one.address = <u32>transactionCreated(t);
  one.found = 0;
  store<u32>(waitingAt(count), <u32>changetype<usize>(t));
  count++;
  if (count == RECOVER_MOST) togetherEnd();
}

/** Recovers the senders that are still to be found. */
export function togetherEnd(): void {
  if (count >= FEWEST_TOGETHER) recoverSigners(workspace + RECOVER_MEMORY, count, workspace);
  for (let i: u32 = 0; i < count; i++) {
    const t = changetype<Transaction>(<usize>load<u32>(waitingAt(i)));
    if (signedAt(i).found != 0) wordFromAddress(transactionSender(t), transactionCreated(t));
    // What the kernel leaves open, the host's library decides: also that there is no signer.
    else transactionRecoverSender(t);
  }
  count = 0;
}
