// What mainnet really ran: recorded blocks, merged to one that is large enough to be worth measuring.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BlockFixture, hexToBytes, readArchive, readBlockFixture } from "@heddle/cli";
import type { AllocatedAccount, Hex } from "@heddle/engine";
import { rlpItems, rlpWhole } from "@heddle/engine/testing";
import type { Batch } from "../script.ts";
import type { Scene, Workload } from "./workload.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ARCHIVE = join(HERE, "../../../../shared/conformance/mainnet-blocks/mainnet-blocks.tar.xz");
/**
 * From London on a transaction's gas limit suffices under today's prices; behind Cancun's blocks no source names the
 * senders.
 */
const FIRST = 14_029_313;
const LAST = 19_934_116;

/** EIP-7825: the most gas that a transaction may ask for. */
const TRANSACTION_GAS = 2n ** 24n;
/** EIP-7623: least gas of a transaction, and of each token of its data: a zero byte is one, others are four. */
const BASE_GAS = 21_000n;
const DATA_TOKEN_GAS = 10n;
const BLOB_TRANSACTION = 3;
/** Called by the protocol: what they hold is the chain's own affair, not the transactions'. */
const SYSTEM_CONTRACTS: readonly Hex[] = [
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  "0x0000f90827f1c53a10cb7a02335b175320002935",
];
/** For senders, in wei: what they bought earlier in their own time they may not own in the merged block. */
const ALLOWANCE = 10n ** 21n;

export interface MergedBlocks extends Scene {
  /** Whether each transaction succeeded when the chain executed it. */
  succeeded: boolean[];
  /** Transactions that the merged block cannot hold. */
  left: number;
}

/** Where a transaction's nonce stands among the fields of its type; gas and data follow at a distance. */
const FIELDS: Record<number, { nonce: number; gas: number; data: number }> = {
  0: { nonce: 0, gas: 2, data: 5 },
  1: { nonce: 1, gas: 3, data: 6 },
  2: { nonce: 1, gas: 4, data: 7 },
  4: { nonce: 1, gas: 4, data: 7 },
};

/** Nonce, gas limit and data of a raw transaction; undefined for one with blobs. */
function fieldsOf(raw: Uint8Array): { nonce: bigint; gas: bigint; data: Uint8Array } | undefined {
  const type = raw[0]! >= 0xc0 ? 0 : raw[0]!;
  if (type === BLOB_TRANSACTION) return undefined;
  const list = type === 0 ? raw : raw.subarray(1);
  const items = rlpItems(list, rlpWhole(list, "transaction"), "transaction");
  const bytes = (index: number) => list.subarray(items[index]!.payload, items[index]!.end);
  const number = (index: number) => BigInt(`0x0${Buffer.from(bytes(index)).toString("hex")}`);
  const at = FIELDS[type]!;
  return { nonce: number(at.nonce), gas: number(at.gas), data: bytes(at.data) };
}

function leastGas(data: Uint8Array): bigint {
  const tokens = data.reduce((sum, byte) => sum + (byte === 0 ? 1 : 4), 0);
  return BASE_GAS + DATA_TOKEN_GAS * BigInt(tokens);
}

/**
 * Recorded blocks as one: their transactions unchanged, signatures and all, in the order of the chain, on the state that
 * the first block that touched an account or slot found there. Not in it are transactions with blobs, those of a sender
 * whose transactions between two of the blocks are missing, and those that ask for more or less gas than Osaka allows.
 */
export function mergeBlocks(blocks: readonly BlockFixture[]): MergedBlocks {
  const alloc: Record<Hex, AllocatedAccount & { balance: bigint; storage: Record<Hex, bigint> }> = {};
  for (const { accounts } of blocks) {
    for (const { address, balance, nonce, code, storage } of accounts) {
      alloc[address] ??= { balance, nonce, storage: {} };
      const account = alloc[address];
      if (balance > account.balance) account.balance = balance;
      if (code !== null && code.length > 0) account.code ??= code;
      for (const [slot, value] of storage) account.storage[slot] ??= value;
    }
  }
  for (const address of SYSTEM_CONTRACTS) delete alloc[address];
  const block: Batch = { transactions: [], senders: [], gasLimits: [] };
  const succeeded: boolean[] = [];
  const nonces = new Map<Hex, bigint>();
  for (const { transactions, senders, expected } of blocks) {
    for (const [i, raw] of transactions.entries()) {
      const sender = senders[i]!;
      const fields = fieldsOf(raw);
      if (fields === undefined) continue;
      const { nonce, gas, data } = fields;
      if (gas > TRANSACTION_GAS || gas < leastGas(data)) continue;
      if ((nonces.get(sender) ?? nonce) !== nonce) continue;
      if (!nonces.has(sender)) {
        alloc[sender] ??= { balance: 0n, storage: {} };
        alloc[sender].nonce = nonce;
        alloc[sender].balance += ALLOWANCE;
      }
      nonces.set(sender, nonce + 1n);
      block.transactions.push(raw);
      block.senders.push(hexToBytes(sender));
      block.gasLimits.push(gas);
      succeeded.push(expected.receipts?.[i]?.status !== 0);
    }
  }
  const { header } = blocks[0]!;
  const number = blocks.at(-1)!.header.number;
  // Deadlines lie in the first block's future; a contract that remembers a block's number may only see larger ones.
  const environment = { number, timestamp: header.timestamp, mixHash: header.mixHash };
  const all = blocks.reduce((sum, { transactions }) => sum + transactions.length, 0);
  return { setup: [], block, alloc, environment, succeeded, left: all - block.transactions.length };
}

/** The recorded blocks of these numbers, in their order. */
export async function recordedBlocks(first = FIRST, last = LAST): Promise<BlockFixture[]> {
  const blocks: BlockFixture[] = [];
  for await (const { path, bytes } of readArchive(ARCHIVE)) {
    const number = Number(/(\d+)\.json$/.exec(path)?.[1]);
    if (number >= first && number <= last) blocks.push(readBlockFixture(path, bytes));
  }
  return blocks.sort((a, b) => Number(a.header.number - b.header.number));
}

/** Why there are no recorded blocks; undefined where there are. */
export const noRecordedBlocks = (): string | undefined =>
  existsSync(ARCHIVE) ? undefined : "no recorded blocks in ../shared/conformance/mainnet-blocks";

export const mainnetBlocks: Workload = {
  name: "mainnet",
  title: "Mainnet blocks from London to Cancun merged to one",
  kind: "mixed",
  fixed: true,
  unavailable: noRecordedBlocks,
  write: async () => mergeBlocks(await recordedBlocks()),
};
