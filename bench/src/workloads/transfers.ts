// Ether and ERC-20 transfers: from payments between strangers to one long chain.

import type { Allocation } from "@heddle/engine";
import type { HexString, Script } from "../script.ts";
import { owner, user, usersOf } from "./cast.ts";
import { deployErc20, genesisErc20, TOKEN_GAS, transfer } from "./tokens.ts";
import type { Scene, Workload } from "./workload.ts";

/** Senders, unless other numbers are asked for. */
const ACCOUNTS = 10_000;
/** What every holder of the token has at first. */
const BALANCE = 10n ** 18n;
/** The exchange or merchant that all know. */
const MERCHANT = 0;
const FIRST_STRANGER = 1;

export const etherTransfers: Workload = {
  name: "ether",
  title: "Ether transfers between strangers",
  kind: "independent",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const senders = usersOf(size, accounts);
    for (let i = 0; i < size; i++) {
      const to = script.stranger(FIRST_STRANGER + i);
      script.call(user(script, i % senders), to, "0x", { gas: 21_000n, value: 1n });
    }
    return { setup: [], block: script.take(), alloc: idleAccounts(script, accounts - senders) };
  },
};

/** Accounts that own something and do nothing: the state is as large as was asked for. */
function idleAccounts(script: Script, count: number): Allocation {
  return Object.fromEntries(idle(script, count).map((address) => [address, { balance: BALANCE }]));
}

/** Addresses apart from those who receive. */
function idle(script: Script, count: number): HexString[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => script.stranger(2 ** 32 + i));
}

/** Each sender in turn pays `receiver(i)`; the token has `accounts` holders, whether all of them send or not. */
function erc20Scene(
  script: Script,
  size: number,
  accounts: number,
  receiver: (i: number) => HexString,
): Scene {
  const senders = usersOf(size, accounts);
  const holders = Array.from({ length: senders }, (_, i) => user(script, i));
  const { token, alloc } = genesisErc20([...holders, ...idle(script, accounts - senders)], BALANCE);
  for (let i = 0; i < size; i++) {
    script.call(holders[i % senders]!, token, transfer(receiver(i), 1n), TOKEN_GAS);
  }
  return { setup: [], block: script.take(), alloc };
}

export const erc20Transfers: Workload = {
  name: "erc20",
  title: "ERC-20 transfers between strangers",
  kind: "independent",
  shape: { accounts: ACCOUNTS },
  write: (script, size, { accounts = ACCOUNTS }) =>
    erc20Scene(script, size, accounts, (i) => script.stranger(FIRST_STRANGER + i)),
};

/** Of `i + 1` transactions a part of `hot` has been hot: true where the i-th is one of them. */
const isHot = (i: number, hot: number): boolean => Math.floor((i + 1) * hot) > Math.floor(i * hot);

/** Part of the payments that go to the exchange, unless another is asked for. */
const HOT = 0.2;

export const erc20HotReceiver: Workload = {
  name: "erc20-hot",
  title: "ERC-20 transfers, every fifth to one exchange",
  kind: "mixed",
  shape: { accounts: ACCOUNTS, hot: HOT },
  write: (script, size, { accounts = ACCOUNTS, hot = HOT }) =>
    erc20Scene(script, size, accounts, (i) => script.stranger(isHot(i, hot) ? MERCHANT : FIRST_STRANGER + i)),
};

export const erc20Merchant: Workload = {
  name: "erc20-merchant",
  title: "ERC-20 transfers, all to one merchant",
  kind: "dependent",
  shape: { accounts: ACCOUNTS },
  write: (script, size, { accounts = ACCOUNTS }) =>
    erc20Scene(script, size, accounts, () => script.stranger(MERCHANT)),
};

export const erc20Chain: Workload = {
  name: "erc20-chain",
  title: "ERC-20 transfers, each spends what the one before paid",
  kind: "dependent",
  shape: { chain: Number.MAX_SAFE_INTEGER },
  write(script, size, { chain = Number.MAX_SAFE_INTEGER }) {
    const token = deployErc20(script, "Token");
    for (let first = 0; first < size; first += chain) {
      script.call(owner(script), token, transfer(user(script, first), BALANCE), TOKEN_GAS);
    }
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      // The last of a chain pays a stranger: the next user is the first of the next chain.
      const last = (i + 1) % chain === 0;
      const to = last ? script.stranger(FIRST_STRANGER + i) : user(script, i + 1);
      script.call(user(script, i), token, transfer(to, BALANCE - BigInt(i % chain)), TOKEN_GAS);
    }
    return { setup, block: script.take() };
  },
};
