// What is asked of a node, each with what it must reach against Anvil in the same run.

import { median } from "../measure.ts";
import { hex, quantity } from "../peers/node-program.ts";
import { PeerError } from "../peers/peer.ts";
import { requestInOrder } from "../peers/pipeline.ts";
import { encoder, type HexString } from "../script.ts";
import { TOKEN_GAS, transfer } from "../workloads/tokens.ts";
import { type Call, type Client, exchangeAll, read, written } from "./client.ts";
import type { NodeProcess } from "./processes.ts";

/** Transactions in their order, and who asks. */
export interface Round {
  node: NodeProcess;
  client: Client;
  /** Those of them that the mark asks for have their own connection each. */
  clients: readonly Client[];
  /** Signed, the same for every node. */
  transactions: readonly Uint8Array[];
  token: HexString;
  senders: readonly HexString[];
}

/** A figure of one round; what says the same of every node is compared. */
export interface Outcome {
  /** In the mark's unit. */
  value: number;
  /** CPU milliseconds that the node took for what is timed. */
  cpu: number;
  /** Must be equal on all nodes. */
  result?: unknown;
}

export interface NodeMark {
  says: string;
  unit: string;
  /** Whether a higher value is better. */
  isRate: boolean;
  /** Least ratio in Heddle's favour: how many times as good as Anvil. */
  wanted: number;
  /** Transactions of one round. */
  transactions: number;
  /** True: --size sets their number. */
  isSizable?: boolean;
  /** Rounds that are not counted, at least: until the node does it as it goes on doing it. */
  warmUp?: number;
  measure(round: Round): Promise<Outcome>;
}

/** Connections of the marks that count calls a second. */
export const CONNECTIONS = 4;
const BATCH = 100;
const CALLS = 10_000;
/** Of the test between a snapshot and its revert. */
const TEST_BLOCKS = 3;
const SNAPSHOTS = 100;
/** V8 has compiled what eth_call needs after some 20,000 of them. */
const CALL_WARM_UP = 3;

const balanceOf = encoder("function balanceOf(address)");
const raws = (transactions: readonly Uint8Array[]): Call[] =>
  transactions.map((raw) => ["eth_sendRawTransaction", hex(raw)]);

async function timed<T>(
  node: NodeProcess,
  work: () => Promise<T>,
): Promise<{ milliseconds: number; cpu: number; result: T }> {
  const cpuBefore = node.cpu;
  const begun = performance.now();
  const result = await work();
  return { milliseconds: performance.now() - begun, cpu: node.cpu - cpuBefore, result };
}

const rateOf = (count: number, milliseconds: number): number => (count * 1000) / milliseconds;

/** Makes a block of what is in the pool: all of the round's transactions; the milliseconds, and what came of it. */
export async function mine(round: Pick<Round, "node" | "client" | "transactions">): Promise<Outcome> {
  const { node, client, transactions } = round;
  const { milliseconds, cpu } = await timed(node, () => client.call("evm_mine"));
  const block = (await client.call("eth_getBlockByNumber", "latest", false)) as Record<string, unknown>;
  const { gasUsed, receiptsRoot } = block;
  const { length } = block["transactions"] as unknown[];
  if (length !== transactions.length) {
    throw new PeerError(`the block has ${length} transactions, not ${transactions.length}`);
  }
  return { value: milliseconds, cpu, result: { gasUsed, receiptsRoot } };
}

/** Until there is a receipt, as clients ask for it. */
async function receiptOf(client: Client, hash: unknown): Promise<Record<string, unknown>> {
  for (;;) {
    const receipt = await client.call("eth_getTransactionReceipt", hash);
    if (receipt !== null) return receipt as Record<string, unknown>;
  }
}

/** Sends the round's transactions in their order, as fast as the node takes them. */
export function fillPool({ node, transactions }: Pick<Round, "node" | "transactions">): Promise<void> {
  const params = transactions.map((raw) => [hex(raw)]);
  return requestInOrder(node.port, "eth_sendRawTransaction", params);
}

/** The middle of the times, and all CPU time. */
function middle(times: readonly { milliseconds: number; cpu: number }[]): Outcome {
  return {
    value: median(times.map(({ milliseconds }) => milliseconds)),
    cpu: times.reduce((sum, { cpu }) => sum + cpu, 0),
  };
}

async function automined(
  { client }: Round,
  work: (times: { milliseconds: number; cpu: number }[]) => Promise<void>,
): Promise<Outcome> {
  const times: { milliseconds: number; cpu: number }[] = [];
  await client.call("evm_setAutomine", true);
  try {
    await work(times);
    return middle(times);
  } finally {
    await client.call("evm_setAutomine", false);
  }
}

/** In the order in which they are taken: a snapshot of Anvil takes the longer the more blocks it has. */
export const nodeMarks: Readonly<Record<string, NodeMark>> = {
  automine: {
    says: "one transaction a block with automine, from sending it to its receipt (median)",
    unit: "ms",
    isRate: false,
    wanted: 1,
    transactions: 200,
    measure: (round) =>
      automined(round, async (times) => {
        const { node, client, transactions } = round;
        for (const call of raws(transactions)) {
          const time = await timed(node, async () => receiptOf(client, await client.call(...call)));
          if (time.result["status"] !== "0x1") throw new PeerError("a transfer failed");
          times.push(time);
        }
      }),
  },
  snapshot: {
    says: `evm_snapshot and evm_revert around ${TEST_BLOCKS} blocks that change balances, these not counted (median)`,
    unit: "ms",
    isRate: false,
    wanted: 1,
    transactions: 0,
    async measure({ node, client, senders }) {
      const times: { milliseconds: number; cpu: number }[] = [];
      for (let i = 0; i < SNAPSHOTS; i++) {
        const begun = await timed(node, () => client.call("evm_snapshot"));
        for (const address of senders.slice(0, TEST_BLOCKS)) {
          await client.call("anvil_setBalance", address, "0x1");
          await client.call("evm_mine");
        }
        const ended = await timed(node, () => client.call("evm_revert", begun.result));
        const balance = await client.call("eth_getBalance", senders[0], "latest");
        if (ended.result !== true || balance === "0x1") throw new PeerError("evm_revert did not revert");
        times.push({ milliseconds: begun.milliseconds + ended.milliseconds, cpu: begun.cpu + ended.cpu });
      }
      return middle(times);
    },
  },
  call: {
    says: `eth_call of a token's balanceOf, after ${CALL_WARM_UP * CALLS} of them`,
    unit: "a second",
    isRate: true,
    wanted: 1,
    transactions: 0,
    warmUp: CALL_WARM_UP,
    async measure({ node, clients, token, senders }) {
      const calls = Array.from({ length: CALLS }, (_, i): Call => {
        const owner = senders[i % senders.length]!;
        return ["eth_call", { to: token, data: balanceOf(owner) }, "latest"];
      });
      const messages = written(calls);
      const { milliseconds, cpu, result } = await timed(node, () => exchangeAll(clients, messages));
      return { value: rateOf(CALLS, milliseconds), cpu, result: read(result) };
    },
  },
  estimate: {
    says: "eth_estimateGas of a token's transfer",
    unit: "a second",
    isRate: true,
    wanted: 1,
    transactions: 0,
    async measure({ node, clients, token, senders }) {
      const calls = Array.from({ length: CALLS }, (_, i): Call => {
        const from = senders[i % senders.length]!;
        const to: HexString = `0x${(0xe5717a7e_0000_0000n + BigInt(i)).toString(16).padStart(40, "0")}`;
        return ["eth_estimateGas", { from, to: token, data: transfer(to, 1n), gas: quantity(TOKEN_GAS.gas) }];
      });
      const messages = written(calls);
      const { milliseconds, cpu, result } = await timed(node, () => exchangeAll(clients, messages));
      read(result);
      return { value: rateOf(CALLS, milliseconds), cpu };
    },
  },
  send: {
    says: `eth_sendRawTransaction, each in a request of its own on ${CONNECTIONS} connections`,
    unit: "a second",
    isRate: true,
    wanted: 0.5,
    transactions: 2_000,
    async measure(round) {
      const { node, clients, transactions } = round;
      const messages = written(raws(transactions));
      const { milliseconds, cpu, result } = await timed(node, () => exchangeAll(clients, messages));
      read(result);
      await mine(round);
      return { value: rateOf(transactions.length, milliseconds), cpu };
    },
  },
  "send-batch": {
    says: `eth_sendRawTransaction in batches of ${BATCH}`,
    unit: "a second",
    isRate: true,
    wanted: 1,
    transactions: 2_000,
    async measure(round) {
      const { node, client, transactions } = round;
      const calls = raws(transactions);
      const { milliseconds, cpu } = await timed(node, async () => {
        for (let i = 0; i < calls.length; i += BATCH) await client.batch(calls.slice(i, i + BATCH));
      });
      await mine(round);
      return { value: rateOf(transactions.length, milliseconds), cpu };
    },
  },
  mine: {
    says: "evm_mine of a pool of ERC-20 transfers",
    unit: "ms",
    isRate: false,
    wanted: 5,
    transactions: 20_000,
    isSizable: true,
    async measure(round) {
      await fillPool(round);
      return mine(round);
    },
  },
};
