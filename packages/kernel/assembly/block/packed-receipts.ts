// A block's receipts as a host keeps them: one behind the other, each without the zeros of its logs bloom. A filter of 256 bytes
// has a dozen bits set for a transfer's log, and none for most receipts.
//
// A packed receipt is its envelope with the bloom's RLP item replaced: a byte n and n bit numbers of 16 bits, least significant
// byte first, counted from the filter's first byte and a byte's lowest bit; or BLOOM_WHOLE and the filter itself.

import { readAhead } from "../memory/read-ahead";
import { Transaction, transactionHash, transactionSender } from "../tx/transaction";
import { wordToAddress } from "../word/word";

/** In place of a number of bits: all 256 bytes follow. */
const BLOOM_WHOLE: u8 = 255;
/** More bits take more room than the filter. */
const MOST_BITS: u32 = 127;
const BLOOM_BYTES: u32 = 256;
/** String header of 256 bytes. */
const BLOOM_HEADER: usize = 3;

/** What is told of one packed receipt: u32 of its length, and after four bytes the gas used as an f64. */
export const RECEIPT_ROW_SIZE: u32 = 16;

/** Transactions further on whose structures, and half as far on receipts, are fetched already. */
const AHEAD: u32 = 12;

function transactionAt(transactions: usize, index: u32): Transaction {
  return changetype<Transaction>(<usize>load<u32>(transactions + ((<usize>index) << 2)));
}

function receiptsAhead(transactions: usize, index: u32, end: u32): void {
  if (index + AHEAD < end) {
    const far = changetype<usize>(transactionAt(transactions, index + AHEAD));
    readAhead(far + offsetof<Transaction>("receipt"));
    readAhead(far + offsetof<Transaction>("gasUsed"));
  }
  if (index + AHEAD / 2 < end) {
    const near = <usize>transactionAt(transactions, index + AHEAD / 2).receipt;
    // None is shorter than its filter.
    for (let i: usize = 0; i <= BLOOM_BYTES; i += 64) readAhead(near + i);
  }
}

/** Writes a filter without its zeros; returns the end. */
function writeBloom(out: usize, bloom: usize): usize {
  let count: u32 = 0;
  let at = out + 1;
  for (let i: u32 = 0; i < BLOOM_BYTES; i += 8) {
    for (let bits = load<u64>(bloom + <usize>i); bits != 0; bits &= bits - 1) {
      if (count++ == MOST_BITS) {
        store<u8>(out, BLOOM_WHOLE);
        memory.copy(out + 1, bloom, BLOOM_BYTES);
        return out + 1 + <usize>BLOOM_BYTES;
      }
      store<u16>(at, <u16>((i << 3) + <u32>ctz(bits)));
      at += 2;
    }
  }
  store<u8>(out, <u8>count);
  return at;
}

function writePacked(out: usize, t: Transaction): usize {
  const bloom = <usize>t.bloom;
  const before = bloom - BLOOM_HEADER - <usize>t.receipt;
  memory.copy(out, <usize>t.receipt, before);
  const at = writeBloom(out + before, bloom);
  const logs = bloom + <usize>BLOOM_BYTES;
  const length = <usize>t.receipt + <usize>t.receiptLength - logs;
  memory.copy(at, logs, length);
  return at + length;
}

/**
 * Packs receipts, each no longer than it was, of `transactions` (an array of pointers) from number `first` on up to `end`, as many as surely fit in
 * `capacity` bytes at `out`, and a row for each at `rows`; returns how many. 0: the next one alone is longer.
 */
export function receiptsPack(
  transactions: usize,
  first: u32,
  end: u32,
  rows: usize,
  out: usize,
  capacity: u32,
): u32 {
  const last = out + <usize>capacity;
  let at = out;
  let row = rows;
  let index = first;
  for (; index < end; index++) {
    receiptsAhead(transactions, index, end);
    const t = transactionAt(transactions, index);
    if (at + <usize>t.receiptLength > last) break;
    const begun = at;
    at = writePacked(at, t);
    store<u32>(row, <u32>(at - begun));
    store<f64>(row, <f64>t.gasUsed, 8);
    row += RECEIPT_ROW_SIZE;
  }
  return index - first;
}

/** Senders, 20 bytes each, and hashes, 32 bytes each, of `transactions` from number `first` on up to `end`. */
export function receiptsOrigins(
  transactions: usize,
  first: u32,
  end: u32,
  senders: usize,
  hashes: usize,
): void {
  for (let index = first; index < end; index++) {
    const t = transactionAt(transactions, index);
    const at = <usize>(index - first);
    wordToAddress(senders + at * 20, transactionSender(t));
    memory.copy(hashes + at * 32, transactionHash(t), 32);
  }
}
