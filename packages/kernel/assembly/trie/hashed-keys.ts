// Trie keys of records: keccak256 of the address or of the slot's key, computed once and kept in the record.
// Two workers may compute the same one at once; they write equal bytes before either sets the flag.

import { keccak256 } from "../hash/keccak";
import { keccak256Pair } from "../hash/keccak2";
import { AccountRecord, SlotRecord } from "../state/records";
import { keyBuffer } from "./scratch";

let waitingOut: usize = 0;
let waitingFlag: usize = 0;
let waitingLength: u32 = 0;

/** Begins with nothing waiting: for a worker whose last task was broken off. */
export function hashKeysBegin(): void {
  waitingOut = 0;
}

/** The account's key will be in its record after `hashKeysEnd`. */
export function hashAccountKey(record: u32): void {
  const account = changetype<AccountRecord>(<usize>record);
  if (account.hashed != 0) return;
  const input = keyBuffer(waitingOut == 0 ? 4 : 5);
  store<u32>(input, bswap<u32>(account.address2));
  store<u64>(input, bswap<u64>(account.address1), 4);
  store<u64>(input, bswap<u64>(account.address0), 12);
  hashSoon(
    <usize>record + offsetof<AccountRecord>("hash0"),
    <usize>record + offsetof<AccountRecord>("hashed"),
    20,
  );
}

/** The slot's key will be in its record after `hashKeysEnd`. */
export function hashSlotKey(record: u32): void {
  const slot = changetype<SlotRecord>(<usize>record);
  if (slot.hashed != 0) return;
  const input = keyBuffer(waitingOut == 0 ? 4 : 5);
  store<u64>(input, bswap<u64>(slot.key3));
  store<u64>(input, bswap<u64>(slot.key2), 8);
  store<u64>(input, bswap<u64>(slot.key1), 16);
  store<u64>(input, bswap<u64>(slot.key0), 24);
  hashSoon(<usize>record + offsetof<SlotRecord>("hash0"), <usize>record + offsetof<SlotRecord>("hashed"), 32);
}

function hashSoon(out: usize, flag: usize, length: u32): void {
  if (waitingOut == 0) {
    waitingOut = out;
    waitingFlag = flag;
    waitingLength = length;
    return;
  }
  keccak256Pair(waitingOut, keyBuffer(4), waitingLength, out, keyBuffer(5), length);
  atomic.store<u16>(waitingFlag, 1);
  atomic.store<u16>(flag, 1);
  waitingOut = 0;
}

export function hashKeysEnd(): void {
  if (waitingOut == 0) return;
  keccak256(waitingOut, keyBuffer(4), waitingLength);
  atomic.store<u16>(waitingFlag, 1);
  waitingOut = 0;
}
