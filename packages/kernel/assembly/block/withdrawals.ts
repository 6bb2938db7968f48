// EIP-4895: withdrawals from the beacon chain.

import { arenaAllocate } from "../memory/arena";
import { rlpWriteListHeader, rlpWriteU64 } from "../rlp/write";
import { accountAddBalance, accountTouch, viewAccount } from "../state/view";
import { orderedRoot } from "../trie/ordered";
import { wordIsZero, wordMultiply, wordSet, wordToAddress } from "../word/word";
import { env } from "./env";

@unmanaged
export class Withdrawal {
  index: u64;
  validatorIndex: u64;
  /** In gwei. */
  amount: u64;
  /** As a word. */
  address0: u64;
  address1: u64;
  address2: u64;
  address3: u64;
}

const WEI_PER_GWEI: u64 = 1000000000;
/** Longest item: a header, three integers of 9 bytes and an address of 21. */
const LONGEST_ITEM: usize = 49 + 1;

function withdrawalAt(i: u32): Withdrawal {
  return changetype<Withdrawal>(<usize>env().withdrawals + <usize>i * offsetof<Withdrawal>());
}

function withdrawalAddress(withdrawal: Withdrawal): usize {
  return changetype<usize>(withdrawal) + offsetof<Withdrawal>("address0");
}

/** Credits every withdrawal, in the running view. An amount of zero touches its account. */
export function applyWithdrawals(): void {
  const amount = arenaAllocate(64);
  for (let i: u32 = 0; i < env().withdrawalCount; i++) {
    const withdrawal = withdrawalAt(i);
    const account = viewAccount(withdrawalAddress(withdrawal));
    wordSet(amount, withdrawal.amount);
    wordSet(amount + 32, WEI_PER_GWEI);
    wordMultiply(amount, amount, amount + 32);
    if (!wordIsZero(amount)) accountAddBalance(account, amount);
    accountTouch(account);
  }
}

function u64ItemLength(value: u64): u32 {
  return value < 0x80 ? 1 : 1 + 8 - <u32>(clz(value) >> 3);
}

/** Writes rlp([index, validator index, address, amount]); returns its end. */
function withdrawalEncode(out: usize, withdrawal: Withdrawal): usize {
  const payload =
    u64ItemLength(withdrawal.index) +
    u64ItemLength(withdrawal.validatorIndex) +
    21 +
    u64ItemLength(withdrawal.amount);
  let at = rlpWriteListHeader(out, payload);
  at = rlpWriteU64(at, withdrawal.index);
  at = rlpWriteU64(at, withdrawal.validatorIndex);
  store<u8>(at, 0x94);
  wordToAddress(at + 1, withdrawalAddress(withdrawal));
  return rlpWriteU64(at + 21, withdrawal.amount);
}

/** The header's withdrawals root. */
export function withdrawalsRoot(result: usize): void {
  const count = env().withdrawalCount;
  const items = arenaAllocate(((<usize>count) << 3) + 8);
  for (let i: u32 = 0; i < count; i++) {
    const out = arenaAllocate(LONGEST_ITEM);
    const end = withdrawalEncode(out, withdrawalAt(i));
    store<u32>(items + ((<usize>i) << 3), <u32>out);
    store<u32>(items + ((<usize>i) << 3), <u32>(end - out), 4);
  }
  orderedRoot(items, count, result, 0);
}
