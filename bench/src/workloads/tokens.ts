// Ether and tokens: from transfers between strangers to one long chain.

import { seededRandom } from "@heddle/engine/testing";
import { erc20, erc1155, weth } from "../artifacts.ts";
import { encoder, type Script, withArguments } from "../script.ts";
import type { Scene, Workload } from "./workload.ts";

const transfer = encoder("function transfer(address to, uint256 value)");
const deposit = encoder("function deposit()");
const mint1155 = encoder("function mint(address to, uint256 id, uint256 amount, bytes data)");
const safeTransfer1155 = encoder(
  "function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)",
);

const OWNER = 0;
/** Actors that send; actors from RECEIVERS on only receive. */
const FIRST_SENDER = 1;
const RECEIVERS = 1_000_000;

/** Everybody's first transaction is one of these, so that all have an account and a token balance. */
function distributeErc20(script: Script, senders: number) {
  const owner = script.actor(OWNER);
  const token = script.deploy(
    owner,
    withArguments(erc20(), "string, string, uint256, address", ["Token", "TKN", 10n ** 30n, owner]),
  );
  for (let i = 0; i < senders; i++) {
    script.call(owner, token, transfer(script.actor(FIRST_SENDER + i), 10n ** 18n), { gas: 60_000n });
  }
  return { token, setup: [script.take()] };
}

function erc20Scene(script: Script, size: number, senders: number, receiver: (i: number) => number): Scene {
  const { token, setup } = distributeErc20(script, senders);
  for (let i = 0; i < size; i++) {
    const from = script.actor(FIRST_SENDER + (i % senders));
    script.call(from, token, transfer(script.actor(receiver(i)), 1n), { gas: 80_000n });
  }
  return { setup, block: script.take() };
}

export const etherTransfers: Workload = {
  name: "ether",
  title: "Ether transfers between strangers",
  kind: "independent",
  write(script, size) {
    const senders = Math.min(size, 10_000);
    for (let i = 0; i < size; i++) {
      script.call(script.actor(FIRST_SENDER + (i % senders)), script.actor(RECEIVERS + i), "0x", {
        gas: 21_000n,
        value: 1n,
      });
    }
    return { setup: [], block: script.take() };
  },
};

export const erc20Transfers: Workload = {
  name: "erc20",
  title: "ERC-20 transfers, 10,000 senders",
  kind: "independent",
  write(script, size) {
    const senders = Math.min(size, 10_000);
    return erc20Scene(script, size, senders, (i) => RECEIVERS + i);
  },
};

export const erc20HotReceiver: Workload = {
  name: "erc20-hot",
  title: "ERC-20 transfers, every fifth to one exchange",
  kind: "mixed",
  write(script, size) {
    const senders = Math.min(size, 10_000);
    return erc20Scene(script, size, senders, (i) => (i % 5 === 0 ? RECEIVERS : RECEIVERS + 1 + i));
  },
};

export const erc20Chain: Workload = {
  name: "erc20-chain",
  title: "ERC-20 transfers, each spends what the one before paid",
  kind: "dependent",
  write(script, size) {
    const owner = script.actor(OWNER);
    const token = script.deploy(
      owner,
      withArguments(erc20(), "string, string, uint256, address", ["Token", "TKN", 10n ** 30n, owner]),
    );
    script.call(owner, token, transfer(script.actor(FIRST_SENDER), 10n ** 18n), { gas: 60_000n });
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      const data = transfer(script.actor(FIRST_SENDER + i + 1), 10n ** 18n - BigInt(i));
      script.call(script.actor(FIRST_SENDER + i), token, data, { gas: 80_000n });
    }
    return { setup, block: script.take() };
  },
};

export const wethDeposits: Workload = {
  name: "weth",
  title: "WETH deposits: one native balance for all",
  kind: "dependent",
  write(script, size) {
    const contract = script.deploy(script.actor(OWNER), weth());
    const setup = [script.take()];
    const senders = Math.min(size, 10_000);
    for (let i = 0; i < size; i++) {
      script.call(script.actor(FIRST_SENDER + (i % senders)), contract, deposit(), {
        gas: 80_000n,
        value: 1000n,
      });
    }
    return { setup, block: script.take() };
  },
};

export const gameItems: Workload = {
  name: "erc1155",
  title: "Game items (ERC-1155) change hands",
  kind: "independent",
  write(script, size) {
    const owner = script.actor(OWNER);
    const players = Math.min(size, 2_000);
    const items = script.deploy(owner, withArguments(erc1155(), "string", ["ipfs://items/{id}"]));
    for (let i = 0; i < players; i++) {
      script.call(owner, items, mint1155(script.actor(FIRST_SENDER + i), BigInt(i % 16), 1_000_000n, "0x"), {
        gas: 120_000n,
      });
    }
    const setup = [script.take()];
    const next = seededRandom(1155);
    for (let i = 0; i < size; i++) {
      const player = i % players;
      const from = script.actor(FIRST_SENDER + player);
      const to = script.actor(RECEIVERS + next(1_000_000));
      script.call(from, items, safeTransfer1155(from, to, BigInt(player % 16), 1n, "0x"), { gas: 120_000n });
    }
    return { setup, block: script.take() };
  },
};
