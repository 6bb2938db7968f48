// One block of many transactions on a node of ours and on Anvil: the same transactions in the same order, on the same state, under
// the same header as far as transactions see it.

import assert from "node:assert/strict";
import type { BlockEntry } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { parseGwei } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type Anvil, ask, startAnvil } from "./anvil.ts";
import { ADDRESSES, CONTRACTS, KEYS, startTestNode, type TestNode } from "./node.ts";

const call = (to: Hex) => `5f5f5f5f5f73${to.slice(2)}5af150`;

/** Creates a contract with up to 32 bytes of init code. */
function create(initcode: string): string {
  const length = initcode.length / 2;
  const byte = (value: number) => value.toString(16).padStart(2, "0");
  return `${byte(0x5f + length)}${initcode}5f5260${byte(length)}60${byte(32 - length)}5ff050`;
}

/** Init code that stores 7 and deploys one byte, that reverts, that destructs itself. */
const [DEPLOYS, REVERTS, DESTRUCTS] = ["60075f5560015ff3", "5f5ffd", "33ff"];
const PRECOMPILE: Hex = `0x${"00".repeat(19)}04`;

/** Contracts beside those of the test node. */
export const CALLERS = {
  /** Calls the counter, what reverts, a precompile; creates what works, what fails, what destructs itself; empties and sets slots. */
  nested: `0x${"c2".repeat(20)}`,
  /** The same without the precompile. */
  plain: `0x${"c3".repeat(20)}`,
  /** Passes its value on to 0x77…77 and keeps nothing. */
  payer: `0x${"c4".repeat(20)}`,
  /** Reverts with two bytes that it has found in storage, after it has called the counter. */
  failing: `0x${"c5".repeat(20)}`,
} as const;
/** Has no code. */
export const PAID: Hex = `0x${"77".repeat(20)}`;

const CREATIONS = [DEPLOYS, REVERTS, DESTRUCTS].map((code) => create(code!)).join("");
export const CALLER_CODES: Record<keyof typeof CALLERS, Hex> = {
  nested: `0x${call(CONTRACTS.counter)}${call(CONTRACTS.custom)}${call(PRECOMPILE)}${CREATIONS}60076001555f5460015500`,
  plain: `0x${call(CONTRACTS.counter)}${call(CONTRACTS.custom)}${CREATIONS}60076001555f5460015500`,
  payer: `0x5f5f5f5f3473${PAID.slice(2)}5af15000`,
  failing: `0x${call(CONTRACTS.counter)}61abcd5f526002601efd`,
};

export interface SameBlock {
  node: TestNode;
  anvil: Anvil;
  /** On the node; Anvil's block 1 has another hash for its parent's sake. */
  block: BlockEntry;
  hashes: readonly Hex[];
  /** The places of the transactions to an address. */
  to(address: Hex): number[];
  /** What a node answers. */
  ours<T>(method: string, ...params: unknown[]): Promise<T>;
  theirs<T>(method: string, ...params: unknown[]): Promise<T>;
  close(): Promise<void>;
}

const signed = (key: number, nonce: number, to: Hex, value: bigint) =>
  privateKeyToAccount(KEYS[key]!).signTransaction({
    type: "eip1559",
    chainId: 31337,
    nonce,
    to,
    value,
    gas: 500_000n,
    maxFeePerGas: parseGwei("10"),
    maxPriorityFeePerGas: parseGwei("1"),
  });

/** Starts both and makes the block: three senders, `rounds` transactions of each, most of them to the same counter. */
export async function startSameBlock(rounds = 12): Promise<SameBlock> {
  const node = await startTestNode({ workers: 2 });
  let anvil: Anvil;
  try {
    anvil = await startAnvil("--chain-id", "31337", "--no-mining", "--hardfork", "prague", "--steps-tracing");
  } catch (error) {
    await node.close();
    throw error;
  }
  const ours = <T>(method: string, ...params: unknown[]) =>
    ask(node.server.url, method, ...params) as Promise<T>;
  const theirs = <T>(method: string, ...params: unknown[]) => ask(anvil.url, method, ...params) as Promise<T>;
  const names = Object.keys(CALLERS) as (keyof typeof CALLERS)[];
  await node.chain.edit(names.map((name) => ({ address: CALLERS[name], code: CALLER_CODES[name] })));
  for (const address of ADDRESSES) await theirs("anvil_setBalance", address, "0x3635c9adc5dea00000");
  for (const address of [...Object.values(CONTRACTS), ...Object.values(CALLERS)]) {
    await theirs("anvil_setCode", address, await ours("eth_getCode", address, "0x0"));
  }
  for (let nonce = 0; nonce < rounds; nonce++) {
    for (let key = 0; key < KEYS.length; key++) {
      const special = Object.values(CALLERS)[nonce - 4];
      const to = key === 1 && special !== undefined ? special : CONTRACTS.counter;
      await theirs("eth_sendRawTransaction", await signed(key, nonce, to, to === CALLERS.payer ? 9n : 0n));
    }
  }
  await theirs("evm_mine");
  const mined = await theirs<
    Record<"timestamp" | "baseFeePerGas", Hex> & Record<"miner" | "mixHash", Hex> & { transactions: Hex[] }
  >("eth_getBlockByNumber", "0x1", false);
  assert.equal(mined.transactions.length, KEYS.length * rounds);
  const transactions: Uint8Array[] = [];
  for (const hash of mined.transactions) {
    transactions.push(Buffer.from((await theirs<Hex>("eth_getRawTransactionByHash", hash)).slice(2), "hex"));
  }
  const block = await node.chain.mine({
    transactions,
    timestamp: BigInt(mined.timestamp),
    baseFeePerGas: BigInt(mined.baseFeePerGas),
    coinbase: mined.miner,
    prevRandao: mined.mixHash,
  });
  // What is traced from here on is history.
  await node.chain.mine({});
  return {
    node,
    anvil,
    block,
    hashes: mined.transactions,
    to: (address) => mined.transactions.flatMap((_, i) => (block.transaction(i).to === address ? [i] : [])),
    ours,
    theirs,
    async close() {
      await anvil.close();
      await node.close();
    },
  };
}
