// Rewards of proof of work, and the state change of the DAO fork.

import { arenaAllocate } from "../memory/arena";
import {
  accountAddBalance,
  accountBalance,
  accountSubtractBalance,
  accountTouch,
  viewAccount,
} from "../state/view";
import { Fork } from "../status";
import { wordCopy, wordSet } from "../word/word";
import { ENV_COINBASE, ENV_DRAIN_TARGET, env } from "./env";

/** An uncle of the block: who mined it and how many blocks before this one it stands (1 to 6). */
@unmanaged
export class Uncle {
  depth: u64;
  /** As a word. */
  miner0: u64;
  miner1: u64;
  miner2: u64;
  miner3: u64;
}

const ETHER: u64 = 1000000000000000000;

/** In wei: 5 ether, 3 from Byzantium (EIP-649), 2 from Constantinople (EIP-1234), none after the merge. */
function blockReward(fork: u32): u64 {
  if (fork >= Fork.Paris) return 0;
  if (fork >= Fork.Constantinople) return 2 * ETHER;
  return fork >= Fork.Byzantium ? 3 * ETHER : 5 * ETHER;
}

function reward(address: usize, amount: u64, scratch: usize): void {
  const account = viewAccount(address);
  wordSet(scratch, amount);
  accountAddBalance(account, scratch);
}

/** Credits the miners of the block and of its uncles, in the running view. */
export function applyRewards(): void {
  const full = blockReward(env().fork);
  if (full == 0) return;
  const scratch = arenaAllocate(32);
  const uncles: u64 = env().uncleCount;
  reward(ENV_COINBASE, full + uncles * (full >> 5), scratch);
  for (let i: u32 = 0; i < env().uncleCount; i++) {
    const uncle = changetype<Uncle>(<usize>env().uncles + <usize>i * offsetof<Uncle>());
    const miner = changetype<usize>(uncle) + offsetof<Uncle>("miner0");
    reward(miner, (full >> 3) * (8 - uncle.depth), scratch);
  }
}

/** EIP-779: the balances of the drained accounts go to one that can pay their owners back; in the running view. */
export function applyDaoFork(): void {
  const balance = arenaAllocate(32);
  const target = viewAccount(ENV_DRAIN_TARGET);
  for (let i: u32 = 0; i < env().drainedCount; i++) {
    const account = viewAccount(<usize>env().drained + ((<usize>i) << 5));
    wordCopy(balance, accountBalance(account));
    accountSubtractBalance(account, balance);
    accountAddBalance(target, balance);
    accountTouch(target);
  }
}
