// One number that everybody changes: pending total, native balance, staking.

import { stakingRewards } from "../artifacts.ts";
import { encoder, withArguments } from "../script.ts";
import { ownContract } from "../solidity.ts";
import { owner, user, usersOf } from "./cast.ts";
import { approve, deployErc20, deployWeth, deposit, TOKEN_GAS, transfer } from "./tokens.ts";
import type { Workload } from "./workload.ts";

const add = encoder("function add(uint256 amount)");
const stake = encoder("function stake(uint256 amount)");
const notifyReward = encoder("function notifyRewardAmount(uint256 reward)");

/** Users, unless another number is asked for. */
const ACCOUNTS = 10_000;
/** Those who stake come with two transactions each. */
const STAKERS = 2_000;
/** What is shared out among them within 60 days. */
const REWARD = 10n ** 24n;

export const pendingTotal: Workload = {
  name: "pending-total",
  title: "Everybody adds to one pending total",
  kind: "dependent",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const pool = script.deploy(owner(script), ownContract("PendingTotal"));
    const setup = [script.take()];
    const users = usersOf(size, accounts);
    for (let i = 0; i < size; i++) {
      script.call(user(script, i % users), pool, add(BigInt(1 + (i % 1000))), { gas: 100_000n });
    }
    return { setup, block: script.take() };
  },
};

export const wethDeposits: Workload = {
  name: "weth",
  title: "WETH deposits: one native balance for all",
  kind: "dependent",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const contract = deployWeth(script);
    const setup = [script.take()];
    const users = usersOf(size, accounts);
    for (let i = 0; i < size; i++) {
      script.call(user(script, i % users), contract, deposit(), { ...TOKEN_GAS, value: 1000n });
    }
    return { setup, block: script.take() };
  },
};

export const staking: Workload = {
  name: "staking",
  title: "Synthetix staking: one total for all",
  kind: "dependent",
  shape: { accounts: STAKERS },
  write(script, size, { accounts = STAKERS }) {
    const reward = deployErc20(script, "RWD");
    const staked = deployErc20(script, "STK");
    const code = withArguments(stakingRewards(), "address, address, address", [
      owner(script),
      reward,
      staked,
    ]);
    const pool = script.deploy(owner(script), code);
    script.call(owner(script), reward, transfer(pool, REWARD), TOKEN_GAS);
    script.call(owner(script), pool, notifyReward(REWARD));
    const users = usersOf(size, accounts);
    for (let u = 0; u < users; u++) {
      script.call(owner(script), staked, transfer(user(script, u), 10n ** 18n), TOKEN_GAS);
      script.call(user(script, u), staked, approve(pool, 10n ** 18n), TOKEN_GAS);
    }
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      script.call(user(script, i % users), pool, stake(1000n), { gas: 250_000n });
    }
    return { setup, block: script.take() };
  },
};
