// Senders and hashes of transactions that are in no block, by all workers. The open block, if there is one, is not touched: what
// goes in and comes out lies in memory of the host's, and what a piece needs of a worker's arena is given back.

import { env } from "../block/env";
import { enterEnvelope, TransactionInput } from "../block/transactions";
import { arenaAllocate, arenaMark, arenaRewind } from "../memory/arena";
import { SCHEDULER } from "../memory/layout";
import { Invalid } from "../status";
import { togetherBegin, togetherEnd, transactionDecodeTogether } from "../tx/decode-together";
import { Transaction, transactionHash, transactionSender } from "../tx/transaction";
import { wordToAddress } from "../word/word";
import { enterPhase, finishPiece, leavePhase, takePiece } from "./phases";
import { NONE, Phase, Scheduler, scheduler } from "./scheduler-layout";

/** Transactions a piece. */
const BATCH: u32 = 64;
/** Bytes that come out of a transaction: Invalid (u32), 20 of the sender, 32 of the hash. */
export const SIGNER_SIZE: u32 = 56;

/**
 * Starts the workers on `count` transactions: `given` and what comes out, SIGNER_SIZE bytes each, at `out` are memory of the
 * host's. BlockEnv holds the rules. The host's own instance; no worker may be inside a block.
 */
export function signersStart(given: usize, out: usize, count: u32): void {
  memory.fill(SCHEDULER, 0, offsetof<Scheduler>());
  const s = scheduler();
  s.count = count;
  s.failedIndex = NONE;
  env().transactionInput = <u32>given;
  env().transactions = <u32>out;
  leavePhase(Phase.Idle);
  enterPhase(Phase.Signers, 0, (count + BATCH - 1) / BATCH);
}

/** Where the host says what is given, for `signersStart`: bytes and offsets as `blockTransactions` takes them. */
export function signersInput(at: usize, bytes: usize, byteLength: u32, offsets: usize): void {
  const given = changetype<TransactionInput>(at);
  given.bytes = <u32>bytes;
  given.byteLength = byteLength;
  given.offsets = <u32>offsets;
  given.senders = 0;
  given.structures = 0;
}

function writeSigner(t: Transaction): void {
  const to = <usize>env().transactions + <usize>t.index * SIGNER_SIZE;
  store<u32>(to, t.invalid);
  if (t.invalid != Invalid.None) return;
  wordToAddress(to + 4, transactionSender(t));
  memory.copy(to + 24, transactionHash(t), 32);
}

/** Takes a piece and does it; false where all are taken. */
export function signersWork(): bool {
  const piece = takePiece(Phase.Signers);
  if (piece == NONE) return false;
  const mark = arenaMark();
  const first = piece * BATCH;
  const count = min<u32>(BATCH, scheduler().count - first);
  // Each by itself: more than a part of a chunk would not be given back.
  const list = arenaAllocate(BATCH << 2);
  togetherBegin();
  for (let i: u32 = 0; i < count; i++) {
    const at = arenaAllocate(offsetof<Transaction>());
    store<u32>(list + ((<usize>i) << 2), <u32>at);
    const t = changetype<Transaction>(at);
    enterEnvelope(t, changetype<TransactionInput>(<usize>env().transactionInput), first + i);
    t.senderGiven = 0;
    transactionDecodeTogether(t);
  }
  togetherEnd();
  for (let i: u32 = 0; i < count; i++) {
    writeSigner(changetype<Transaction>(<usize>load<u32>(list + ((<usize>i) << 2))));
  }
  arenaRewind(mark);
  if (finishPiece() && leavePhase(Phase.Signers)) enterPhase(Phase.Done, 0, 0);
  return true;
}
