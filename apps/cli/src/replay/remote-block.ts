// A block of a remote chain with the state before it: what a trace of it tells is taken over, the rest is read when a
// transaction misses it.

import {
  type RemoteClient,
  type RemoteHeader,
  type RemoteState,
  remoteHeader,
  scheduleOf,
} from "@heddle/chain";
import { type ChainConfig, Fork, type Hex, rulesAt } from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, Fields } from "../fixture/fields.ts";
import { type BlockFixture, receipt, withdrawal } from "../fixture/mainnet-block.ts";
import { transactionBytes } from "../fixture/transaction.ts";
import type { ReplaySource } from "./replayer.ts";

/** What a block is read with. */
export interface RemoteBlockOptions {
  /** The state before the block, behind its parent; where a trace fills it, nothing of it is kept for others. */
  openState: (chainId: bigint, parent: RemoteHeader, isKept: boolean) => Promise<RemoteState>;
  hardfork?: string | undefined;
  /** True: values are only taken with their proofs, so none from a trace. */
  verifyProofs?: boolean | undefined;
}

export interface RemoteBlock {
  fixture: BlockFixture;
  source: ReplaySource;
  state: RemoteState;
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/** A block before it is looked at, and its header. */
async function readBlock(
  client: RemoteClient,
  number: bigint,
  isWhole: boolean,
): Promise<{ header: RemoteHeader; json: unknown }> {
  const method = "eth_getBlockByNumber";
  const json = await client.request(method, quantity(number), isWhole);
  if (json === null) throw client.error("WRONG_CHAIN", method, `block ${number}`, "none");
  const header = remoteHeader({ client, method }, json);
  if (header.header.number !== number) {
    throw client.error("WRONG_CHAIN", method, `block ${number}`, `block ${header.header.number}`);
  }
  if (!header.isHashed) throw client.error("MALFORMED", method, "a header that gives its hash", header.hash);
  return { header, json };
}

/** Contracts that are called before the first transaction: what traces tell of them is from after that. */
const CALLED_BEFORE: ReadonlySet<string> = new Set([
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  "0x0000f90827f1c53a10cb7a02335b175320002935",
]);

/** What each transaction met, where the remote can trace. */
async function readTrace(client: RemoteClient, number: bigint): Promise<Fields[] | undefined> {
  const method = "debug_traceBlockByNumber";
  let traces: unknown;
  try {
    traces = await client.request(method, quantity(number), { tracer: "prestateTracer" });
  } catch {
    return undefined;
  }
  if (!Array.isArray(traces)) return undefined;
  return traces.map((trace: unknown, i) =>
    new Fields(`${method} of ${client.url}`, `[${i}]`, trace).object("result"),
  );
}

/**
 * Takes over what the transactions met: of each value what the first one met that saw it. The coinbase is left out, which
 * some remotes list only where a transaction looks at it, after fees were paid to it.
 */
function learn(state: RemoteState, traces: readonly Fields[], coinbase: Hex): void {
  for (const accounts of traces) {
    for (const name of accounts.keys()) {
      const address = name.toLowerCase() as Hex;
      if (CALLED_BEFORE.has(address) || address === coinbase) continue;
      const account = accounts.object(name);
      state.learn(address, {
        nonce: account.quantityOr("nonce", 0n, 64),
        balance: account.quantityOr("balance", 0n),
        code: account.bytesOr("code", undefined, new Uint8Array(0)),
      });
      if (!account.has("storage")) continue;
      const storage = account.object("storage");
      for (const key of storage.keys()) {
        const slot: Hex = `0x${key.slice(2).padStart(64, "0").toLowerCase()}`;
        state.learnSlot(address, slot, storage.quantity(key));
      }
    }
  }
}

async function uncleHeaders(client: RemoteClient, number: bigint, count: number): Promise<RemoteHeader[]> {
  const method = "eth_getUncleByBlockNumberAndIndex";
  return Promise.all(
    Array.from({ length: count }, async (_, i) =>
      remoteHeader({ client, method }, await client.request(method, quantity(number), quantity(BigInt(i)))),
    ),
  );
}

function forkName(config: ChainConfig, { number, timestamp, difficulty }: RemoteHeader["header"]): string {
  const { fork } = rulesAt(config, { number, timestamp, difficulty });
  return Object.entries(Fork).find(([, value]) => value === fork)?.[0] ?? String(fork);
}

/** Transactions as bytes, each with the hash that the remote says. @throws RemoteError, FixtureError */
function transactionsOf(client: RemoteClient, fields: readonly Fields[]): Uint8Array[] {
  return fields.map((transaction) => {
    const raw = transactionBytes(transaction);
    const [ours, theirs] = [bytesToHex(keccak_256(raw)), transaction.text("hash").toLowerCase()];
    if (ours === theirs) return raw;
    throw client.error("MALFORMED", "eth_getBlockByNumber", `the transaction with the hash ${theirs}`, ours);
  });
}

/**
 * Reads a block and prepares its state.
 * @throws RemoteError; FixtureError naming a field of the block that is wrong
 */
export async function readRemoteBlock(
  client: RemoteClient,
  number: bigint,
  options: RemoteBlockOptions,
): Promise<RemoteBlock> {
  if (number === 0n) throw client.error("WRONG_CHAIN", "eth_getBlockByNumber", "a block after genesis", "0");
  const [id, { header, json }, { header: parent }, receipts] = await Promise.all([
    client.request("eth_chainId"),
    readBlock(client, number, true),
    readBlock(client, number - 1n, false),
    // Not every remote has it: it tells which transaction differs where the receipts' root does.
    client.request("eth_getBlockReceipts", quantity(number)).catch(() => null),
  ]);
  const file = `block ${number} of ${client.url}`;
  if (header.header.parentHash !== parent.hash) {
    throw client.error(
      "WRONG_CHAIN",
      "eth_getBlockByNumber",
      `parent ${header.header.parentHash}`,
      parent.hash,
    );
  }
  const chainId = new Fields(client.url, "eth_chainId", { id }).quantity("id", 64);
  const chain = scheduleOf(chainId, header.header, options.hardfork);
  const block = new Fields(file, "", json);
  const transactions = block.objects("transactions");
  const traces = options.verifyProofs === true ? undefined : await readTrace(client, number);
  const state = await options.openState(chainId, parent, traces === undefined);
  if (traces !== undefined) learn(state, traces, header.header.coinbase);
  else {
    await state.prefetch(
      transactions.map((fields) => ({
        from: bytesToHex(fields.bytes("from", 20)),
        to: fields.has("to") ? bytesToHex(fields.bytes("to", 20)) : undefined,
        data: bytesToHex(fields.bytes("input")),
        value: fields.quantity("value"),
      })),
    );
  }
  const uncles = await uncleHeaders(client, number, block.has("uncles") ? block.list("uncles").length : 0);
  const expected = header.header;
  const fixture: BlockFixture = {
    file,
    chainId: Number(chainId),
    fork: forkName(chain, header.header),
    header: header.header,
    hash: header.hash,
    transactions: transactionsOf(client, transactions),
    transactionHashes: transactions.map((fields) => fields.text("hash").toLowerCase() as Hex),
    // They are recovered: what the remote says of them is not needed.
    senders: transactions.map(() => null),
    unsigned: false,
    uncles: uncles.map((uncle) => uncle.header),
    withdrawals: block.has("withdrawals") ? block.objects("withdrawals").map(withdrawal) : undefined,
    blockHashes: new Map(),
    accounts: [],
    witness: null,
    expected: {
      gasUsed: expected.gasUsed,
      logsBloom: expected.logsBloom,
      transactionsRoot: expected.transactionsRoot,
      receiptsRoot: expected.receiptsRoot,
      withdrawalsRoot: expected.withdrawalsRoot ?? null,
      requestsHash: expected.requestsHash ?? null,
      stateRoot: null,
      receipts: Array.isArray(receipts)
        ? receipts.map((one, i) => receipt(new Fields(`receipts of ${file}`, `[${i}]`, one)))
        : null,
    },
  };
  const blockHashes = async (wanted: bigint) => state.ancestorHash(wanted);
  return { fixture, source: { state, chain, blockHashes }, state };
}
