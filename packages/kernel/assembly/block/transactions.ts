// The block's transactions by their position, and how they come about from what the host has given.

import { arenaAllocate } from "../memory/arena";
import { Transaction, transactionSender } from "../tx/transaction";
import { wordFromAddress } from "../word/word";
import { env } from "./env";

/** The transactions as the host gives them: packed, for all workers to take apart. Lies in memory that outlives the block. */
@unmanaged
export class TransactionInput {
  /** The envelopes one behind the other, and their length in all. */
  bytes: u32;
  byteLength: u32;
  /** u32 each, one more than transactions: where each begins, counted like the first, and where the last one ends. */
  offsets: u32;
  /** 20 bytes each; 0 = all are recovered. */
  senders: u32;
  /** The array of Transaction. */
  structures: u32;
}

/**
 * Enters `count` transactions in the block's environment: `byteLength` bytes of envelopes one behind the other at
 * `bytes`; `offsets` are u32, one more than transactions, where each begins, counted like the first, and where the last one ends;
 * `senders` are 20 bytes each, or 0 = all are recovered. They are taken apart by all workers (`layTransaction`).
 */
export function blockTransactions(
  count: u32,
  bytes: usize,
  byteLength: u32,
  offsets: usize,
  senders: usize,
): void {
  const given = changetype<TransactionInput>(arenaAllocate(offsetof<TransactionInput>()));
  given.bytes = <u32>bytes;
  given.byteLength = byteLength;
  given.offsets = <u32>offsets;
  given.senders = <u32>senders;
  given.structures = <u32>arenaAllocate(<usize>count * offsetof<Transaction>() + 8);
  env().transactionInput = <u32>changetype<usize>(given);
  env().transactions = <u32>arenaAllocate(((<usize>count) << 2) + 8);
  env().transactionCount = count;
}

/** The transaction at position `index` of the block, which is laid out. */
export function blockTransaction(index: u32): Transaction {
  return changetype<Transaction>(<usize>load<u32>(<usize>env().transactions + ((<usize>index) << 2)));
}

/** Says where the envelope of transaction `index` stands. */
export function enterEnvelope(t: Transaction, given: TransactionInput, index: u32): void {
  const first = load<u32>(given.offsets);
  const offset = <usize>given.offsets + ((<usize>index) << 2);
  const begin = load<u32>(offset) - first;
  const end = load<u32>(offset, 4) - first;
  // The host has checked them; but where they came from memory that others write, it is no more than empty.
  const inside = begin <= end && end <= given.byteLength;
  t.index = index;
  t.raw = given.bytes + (inside ? begin : 0);
  t.rawLength = inside ? end - begin : 0;
}

/** Makes the transaction at position `index` out of what the host has given of it; it is decoded next. */
export function layTransaction(index: u32): Transaction {
  const given = changetype<TransactionInput>(<usize>env().transactionInput);
  const at = <usize>given.structures + <usize>index * offsetof<Transaction>();
  const t = changetype<Transaction>(at);
  enterEnvelope(t, given, index);
  t.senderGiven = <u32>(given.senders != 0);
  if (given.senders != 0) wordFromAddress(transactionSender(t), <usize>given.senders + <usize>index * 20);
  store<u32>(<usize>env().transactions + ((<usize>index) << 2), <u32>at);
  return t;
}
