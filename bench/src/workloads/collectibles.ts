// Things of which each has a number: NFTs and game items.

import { seededRandom } from "@heddle/engine/testing";
import { Hash, Hex } from "ox";
import { erc721, packedItems } from "../artifacts.ts";
import { encoder, type HexString, type Script, withArguments } from "../script.ts";
import { owner, user, usersOf } from "./cast.ts";
import type { Workload } from "./workload.ts";

export const mint721 = encoder("function mint(address to)");
const transferFrom = encoder("function transferFrom(address from, address to, uint256 id)");
const grantRole = encoder("function grantRole(bytes32 role, address account)");
const mint1155 = encoder("function mintMock(address to, uint256 id, uint256 amount, bytes data)");
const transfer1155 = encoder(
  "function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)",
);

/** Holders and players, unless another number is asked for. */
const ACCOUNTS = 2_000;
/** Strangers among whom receivers are drawn. */
const RECEIVERS = 1_000_000;

const MINTER_ROLE = Hash.keccak256(Hex.fromString("MINTER_ROLE"));

/** Deploys an enumerable ERC-721 whose owner may mint; ids count up from 0. */
export function deployErc721(script: Script): HexString {
  const code = withArguments(erc721(), "string, string, string", ["Art", "ART", "ipfs://art/"]);
  return script.deploy(owner(script), code);
}

export const collectibles: Workload = {
  name: "erc721",
  title: "NFTs (ERC-721, enumerable) change hands",
  kind: "independent",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const nft = deployErc721(script);
    const holders = usersOf(size, accounts);
    for (let i = 0; i < size; i++) {
      script.call(owner(script), nft, mint721(user(script, i % holders)), { gas: 300_000n });
    }
    const setup = [script.take()];
    const next = seededRandom(721);
    for (let i = 0; i < size; i++) {
      const from = user(script, i % holders);
      const to = script.stranger(next(RECEIVERS));
      script.call(from, nft, transferFrom(from, to, BigInt(i)), { gas: 300_000n });
    }
    return { setup, block: script.take() };
  },
};

export const mints: Workload = {
  name: "erc721-mint",
  title: "NFT mints with automatic ids (ERC-721, enumerable)",
  kind: "dependent",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const nft = deployErc721(script);
    const minters = usersOf(size, accounts);
    for (let i = 0; i < minters; i++) {
      script.call(owner(script), nft, grantRole(MINTER_ROLE, user(script, i)), { gas: 200_000n });
    }
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      const minter = user(script, i % minters);
      script.call(minter, nft, mint721(minter), { gas: 300_000n });
    }
    return { setup, block: script.take() };
  },
};

/** Kinds of items in the game; 16 of them share a slot of a player's inventory. */
const ITEMS = 64;

export const gameItems: Workload = {
  name: "erc1155",
  title: "Game items (ERC-1155, packed balances) change hands",
  kind: "independent",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const players = usersOf(size, accounts);
    const code = withArguments(packedItems(), "string, string", ["Items", "ipfs://items/"]);
    const items = script.deploy(owner(script), code);
    for (let i = 0; i < players; i++) {
      const data = mint1155(user(script, i), BigInt(i % ITEMS), 60_000n, "0x");
      script.call(owner(script), items, data, { gas: 150_000n });
    }
    const setup = [script.take()];
    const next = seededRandom(1155);
    for (let i = 0; i < size; i++) {
      const player = i % players;
      const from = user(script, player);
      const to = script.stranger(next(RECEIVERS));
      script.call(from, items, transfer1155(from, to, BigInt(player % ITEMS), 1n, "0x"), { gas: 150_000n });
    }
    return { setup, block: script.take() };
  },
};
