// A token in a few dozen instructions, with balances in a mapping at slot 0 as compilers lay them out.

import { opcodes } from "@heddle/kernel";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Hex } from "../../src/index.ts";

const codes = new Map(opcodes.map(({ name, code }) => [name, code]));

/** Code from names; a number is pushed as one byte, hex with all its bytes, `@name` pushes the place of `name:`. */
export function assemble(source: string): Hex {
  const words = source.split(/\s+/).filter(Boolean);
  const places = new Map<string, number>();
  let length = 0;
  for (const word of words) {
    if (word.endsWith(":")) places.set(word.slice(0, -1), length);
    length += word.startsWith("0x") ? word.length / 2 : /^[0-9@]/.test(word) ? 2 : 1;
  }
  const push = codes.get("PUSH1")!;
  const bytes = words.flatMap((word) => {
    if (word.endsWith(":")) return [codes.get("JUMPDEST")!];
    if (word.startsWith("0x")) return [push - 1 + word.length / 2 - 1, ...Buffer.from(word.slice(2), "hex")];
    if (word.startsWith("@")) return [push, places.get(word.slice(1))!];
    return /^[0-9]/.test(word) ? [push, Number(word)] : [codes.get(word)!];
  });
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

/**
 * With two words of calldata (recipient, amount) a transfer, which reverts where the balance does not suffice. With three
 * (first address, how many, amount) it sets the balances of consecutive addresses.
 */
export const TOKEN: Hex = assemble(`
  CALLDATASIZE 96 EQ @mint JUMPI
  CALLER PUSH0 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD 32 CALLDATALOAD
  DUP1 DUP3 LT @fail JUMPI
  SWAP1 SUB SWAP1 SSTORE
  PUSH0 CALLDATALOAD PUSH0 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD 32 CALLDATALOAD ADD SWAP1 SSTORE
  CALLER 0 0 LOG1 STOP
  mint: 32 CALLDATALOAD
  loop: DUP1 ISZERO @end JUMPI
  1 SWAP1 SUB
  DUP1 PUSH0 CALLDATALOAD ADD PUSH0 MSTORE
  64 CALLDATALOAD 64 PUSH0 KECCAK256 SSTORE
  @loop JUMP
  end: STOP
  fail: PUSH0 PUSH0 REVERT
`);

const word = (value: bigint | Hex) => BigInt(value).toString(16).padStart(64, "0");

/** Storage slot of an address' balance. */
export function balanceSlot(holder: Hex): Hex {
  return `0x${Buffer.from(keccak_256(Buffer.from(word(holder) + word(0n), "hex"))).toString("hex")}`;
}

export const transferData = (to: Hex, amount: bigint): Hex => `0x${word(to)}${word(amount)}`;
export const mintData = (first: Hex, count: number, amount: bigint): Hex =>
  `0x${word(first)}${word(BigInt(count))}${word(amount)}`;

/** Init code that deploys `code`, shorter than 256 bytes. */
export function deployment(code: Hex): Hex {
  const length = ((code.length - 2) / 2).toString(16).padStart(2, "0");
  return `0x60${length}600c60003960${length}6000f3${code.slice(2)}`;
}
