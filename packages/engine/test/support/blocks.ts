// Small blocks for tests: unsigned transactions whose senders are given.

import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Allocation, type ExecuteInput, type Hex, networkConfig } from "../../src/index.ts";
import { encodeUnsigned, type TransactionFields } from "../../src/local-executor.ts";

/** A chain that is at Shanghai from genesis on. */
export const SHANGHAI = networkConfig("Shanghai");

export const ETHER = 10n ** 18n;

/** A 20-byte address that says what it is for: `kind` in its first byte, `index` in its last four. */
export function address(kind: number, index: number): Hex {
  return `0x${kind.toString(16).padStart(2, "0")}${"0".repeat(30)}${index.toString(16).padStart(8, "0")}`;
}

export const sender = (index: number) => address(0x51, index);
export const recipient = (index: number) => address(0x72, index);
export const contract = (index: number) => address(0xc0, index);
export const COINBASE: Hex = address(0xfe, 1);

export interface Call extends Partial<TransactionFields> {
  from: Hex;
}

const HASH: Hex = `0x${"00".repeat(32)}`;

/** A block whose transactions are an array. */
export type ListedInput = ExecuteInput & { transactions: readonly Uint8Array[] };

/** A block of these calls. */
export function block(calls: readonly Call[], number = 1n): ListedInput {
  return {
    header: {
      number,
      timestamp: number * 12n,
      gasLimit: 30_000_000_000n,
      coinbase: COINBASE,
      parentHash: HASH,
      mixHash: HASH,
      baseFeePerGas: 7n,
    },
    transactions: calls.map(({ from: _, ...fields }) =>
      encodeUnsigned({
        nonce: 0n,
        gasPrice: 7n,
        gasLimit: 100_000n,
        value: 0n,
        data: "0x",
        chainId: 1n,
        ...fields,
      }),
    ),
    senders: calls.map(({ from }) => from),
    withdrawals: [],
  };
}

/** `count` senders with an ether each. */
export function senders(count: number): Allocation {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [sender(i), { balance: ETHER }]));
}

/** One transfer from every sender to a recipient of its own. */
export function transfers(count: number, nonce = 0n): Call[] {
  return Array.from({ length: count }, (_, i) => ({
    from: sender(i),
    to: recipient(i),
    value: 1000n,
    nonce,
  }));
}

/** Withdrawals of an ether each to `count` senders from `first` on: how a block makes accounts. */
export function funding(count: number, first = 0): NonNullable<ExecuteInput["withdrawals"]> {
  return Array.from({ length: count }, (_, i) => ({
    index: BigInt(i),
    validatorIndex: 0n,
    address: sender(first + i),
    amount: 10n ** 9n,
  }));
}

/** Address of the contract that `from` creates with `nonce`, below 128, without 0x. */
export function createAddress(from: Hex, nonce: number): string {
  const rlp = Buffer.from(
    `d694${from.slice(2)}${(nonce === 0 ? 0x80 : nonce).toString(16).padStart(2, "0")}`,
    "hex",
  );
  return Buffer.from(keccak_256(rlp)).toString("hex").slice(24);
}

/** Counts in slot 0: sload, add 1, sstore. */
export const COUNTER: Hex = "0x60005460010160005500";
