// The fee recipient's balance after every transaction, for the block access list (EIP-7928). Transactions that do not
// touch that balance leave their fee to be credited later (fees.ts): here each fee is put where it belongs.

import { arenaAllocate } from "../memory/arena";
import { KNOWN_BALANCE, LocalAccount } from "../state/local";
import { AccountRecord, Loaded } from "../state/records";
import { transactionFee } from "../tx/transaction";
import { wordAdd, wordCopy, wordEquals, wordZero } from "../word/word";
import { env } from "./env";
import { blockTransaction } from "./transactions";

/** A balance that differs from the one before. */
@unmanaged
export class CoinbaseBalance {
  /** Block access index: 0 before the transactions, 1 … n, n + 1 behind them. */
  index: u32;
  unused: u32;
  balance0: u64;
  balance1: u64;
  balance2: u64;
  balance3: u64;
}

/** How many the last `coinbaseBalances` found. */
export let coinbaseBalanceCount: u32 = 0;

export function coinbaseBalanceAt(balances: u32, i: u32): CoinbaseBalance {
  return changetype<CoinbaseBalance>(<usize>balances + <usize>i * offsetof<CoinbaseBalance>());
}

/** What the block began with. Nobody has read it where every fee was zero: then any value will do. */
function balanceBefore(locals: usize, count: u32, result: usize): void {
  wordZero(result);
  for (let index: u32 = 0; index < count; index++) {
    const a = <usize>load<u32>(locals + ((<usize>index) << 2));
    if (a == 0) continue;
    const record = <usize>changetype<LocalAccount>(a).record;
    if (atomic.load<u32>(record + offsetof<AccountRecord>("loaded")) == Loaded.Yes) {
      wordCopy(result, record + offsetof<AccountRecord>("balance0"));
    }
    return;
  }
}

/**
 * Finds where the fee recipient's balance changes: an array of CoinbaseBalance, in the order of their indexes. `locals`:
 * for each of the block's `count` executions its LocalAccount of the fee recipient (u32), or 0.
 */
export function coinbaseBalances(locals: usize, count: u32): u32 {
  const found = <u32>arenaAllocate(<usize>count * offsetof<CoinbaseBalance>());
  coinbaseBalanceCount = 0;
  const balance = arenaAllocate(64);
  const after = balance + 32;
  balanceBefore(locals, count, balance);
  for (let index: u32 = 0; index < count; index++) {
    const a = <usize>load<u32>(locals + ((<usize>index) << 2));
    if (a != 0 && (changetype<LocalAccount>(a).flags & KNOWN_BALANCE) != 0) {
      // Whoever knows the balance has credited all fees before, and its own.
      wordCopy(after, a + offsetof<LocalAccount>("balance0"));
    } else {
      wordCopy(after, balance);
      if (index != 0 && index <= env().transactionCount) {
        const t = blockTransaction(index - 1);
        if (t.feeCredited == 0) wordAdd(after, balance, transactionFee(t));
      }
    }
    if (wordEquals(after, balance)) continue;
    const change = coinbaseBalanceAt(found, coinbaseBalanceCount++);
    change.index = index;
    wordCopy(changetype<usize>(change) + offsetof<CoinbaseBalance>("balance0"), after);
    wordCopy(balance, after);
  }
  return found;
}
