// Tokens that workloads move.

import { hexToBytes } from "@heddle/cli";
import type { Allocation } from "@heddle/engine";
import { keccak256 } from "@heddle/engine/testing";
import { Hex } from "ox";
import { erc20, erc20Runtime, weth } from "../artifacts.ts";
import { encoder, type HexString, type Script, withArguments } from "../script.ts";
import { owner } from "./cast.ts";

export const transfer = encoder("function transfer(address to, uint256 value)");
export const approve = encoder("function approve(address spender, uint256 value)");
export const deposit = encoder("function deposit()");

/** Enough for an ERC-20 transfer or approval, whatever it touches first. */
export const TOKEN_GAS = { gas: 80_000n };

/** Deploys an ERC-20 whose whole supply is the owner's. */
export function deployErc20(script: Script, name: string): HexString {
  const from = owner(script);
  return script.deploy(
    from,
    withArguments(erc20(), "string, string, uint256, address", [name, name, 10n ** 36n, from]),
    2_000_000n,
  );
}

/** Deploys WETH9. */
export const deployWeth = (script: Script): HexString => script.deploy(owner(script), weth(), 2_000_000n);

/** A string of at most 31 bytes as Solidity keeps it in one slot. */
function shortString(text: string): HexString {
  const bytes = new Uint8Array(32);
  new TextEncoder().encodeInto(text, bytes);
  bytes[31] = 2 * text.length;
  return Hex.fromBytes(bytes);
}

/** Slots of OpenZeppelin's ERC20: balances, allowances, total supply, name, symbol. */
const BALANCES = 0;
const SUPPLY = 2n;
const NAME = 3n;
const SYMBOL = 4n;

const GENESIS_TOKEN: HexString = "0x70c0000000000000000000000000000000000001";

/**
 * An ERC-20 that stands in the genesis, with `amount` for each of the holders: a million of them cost a second here,
 * and as many transactions if they had to be paid.
 */
export function genesisErc20(
  holders: Iterable<HexString>,
  amount: bigint,
): { token: HexString; alloc: Allocation } {
  const storage: Record<string, bigint | string> = {};
  const word = (value: bigint) => Hex.fromNumber(value, { size: 32 });
  const key = new Uint8Array(64);
  key[63] = BALANCES;
  let supply = 0n;
  for (const holder of holders) {
    key.set(hexToBytes(holder), 12);
    storage[Hex.fromBytes(keccak256(key))] = amount;
    supply += amount;
  }
  storage[word(SUPPLY)] = supply;
  storage[word(NAME)] = shortString("Token");
  storage[word(SYMBOL)] = shortString("TKN");
  return { token: GENESIS_TOKEN, alloc: { [GENESIS_TOKEN]: { nonce: 1n, code: erc20Runtime(), storage } } };
}
