import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DevChain, openDevChain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { devMethods, type RpcServer, startRpcServer, translate } from "@heddle/rpc";
import pino from "pino";
import { Registry } from "prom-client";
import { type Anvil, ask, startAnvil } from "./support/anvil.ts";

type Fields = Record<string, unknown>;

/** Adds one to slot 0 and logs it under topic 1. */
const COUNTER: Hex = `0x${"c1".repeat(20)}`;
const COUNTER_CODE = "0x5f54600101805f555f52600160205fa1005b";
/** Reverts with Panic(0x11). */
const PANIC: Hex = `0x${"e2".repeat(20)}`;
const PANIC_DATA = `4e487b71${"11".padStart(64, "0")}`;
const PANIC_CODE = `0x610024600c5f396100245ffd${PANIC_DATA}`;

let anvil: Anvil;
let dev: DevChain;
let server: RpcServer;
let accounts: Hex[];
/** Of the remote's transactions, one in each of the blocks 1 to 3. */
const sent: Hex[] = [];

const heddle = (method: string, ...params: unknown[]) => ask(server.url, method, ...params);
const same = async (method: string, ...params: unknown[]) =>
  assert.deepEqual(await heddle(method, ...params), await anvil.request(method, ...params), method);

before(async () => {
  anvil = await startAnvil("--chain-id", "4711");
  accounts = (await anvil.request("eth_accounts")) as Hex[];
  await anvil.request("anvil_setCode", COUNTER, COUNTER_CODE);
  await anvil.request("anvil_setCode", PANIC, PANIC_CODE);
  for (let i = 0; i < 3; i++) {
    const call = { from: accounts[0], to: COUNTER, gas: "0x20000" };
    // Anvil answers eth_sendTransaction before there is a block.
    const { transactionHash } = (await anvil.request("eth_sendTransactionSync", call)) as {
      transactionHash: Hex;
    };
    sent.push(transactionHash);
  }
  dev = await openDevChain({
    workers: 1,
    memoryLimit: 2 ** 28,
    accounts: 2,
    fork: { url: anvil.url, cache: false, retries: 1 },
  });
  server = await startRpcServer({
    methods: devMethods(dev, { clientVersion: "heddle/test" }),
    translate,
    log: pino({ level: "silent" }),
    registry: new Registry(),
    port: 0,
  });
});
after(async () => {
  await server?.close();
  await dev?.close();
  await anvil?.close();
});

test("blocks, transactions and receipts before the fork are the remote's", async () => {
  for (const number of ["0x0", "0x1", "0x2", "0x3", "earliest", "latest"]) {
    await same("eth_getBlockByNumber", number, true);
    await same("eth_getBlockReceipts", number);
  }
  const { hash, transactions } = (await anvil.request("eth_getBlockByNumber", "0x2", false)) as {
    hash: Hex;
    transactions: Hex[];
  };
  assert.deepEqual(transactions, [sent[1]]);
  await same("eth_getBlockByHash", hash, false);
  await same("eth_getBlockTransactionCountByHash", hash);
  await same("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x0");
  for (const one of sent) {
    await same("eth_getTransactionByHash", one);
    await same("eth_getTransactionReceipt", one);
  }
  assert.equal(await heddle("eth_getTransactionReceipt", `0x${"77".repeat(32)}`), null);
  assert.equal(await heddle("eth_getBlockByNumber", "0x99", false), null);
});

test("the state behind older blocks is the remote's", async () => {
  for (const number of ["0x0", "0x1", "0x2", { blockNumber: "0x2" }]) {
    await same("eth_getBalance", accounts[0], number);
    await same("eth_getTransactionCount", accounts[0], number);
    await same("eth_getStorageAt", COUNTER, "0x0", number);
    await same("eth_getCode", COUNTER, number);
  }
  await same("eth_getStorageAt", COUNTER, "0x0", "latest");
  // What a remote's call reverts with comes through as it would from here.
  const call = { to: PANIC };
  await assert.rejects(heddle("eth_call", call, "0x2"), { code: 3, data: `0x${PANIC_DATA}` });
  await assert.rejects(heddle("eth_call", call, "latest"), { code: 3, data: `0x${PANIC_DATA}` });
});

test("a transaction on the fork does what it does on the remote, and leaves that alone", async () => {
  const [sender] = accounts;
  const { raw } = await dev.makeTransaction(sender!, { to: COUNTER, gas: 0x20000n });
  const before = await anvil.request("eth_blockNumber");
  const hash = await dev.send(raw);
  const ours = (await heddle("eth_getTransactionReceipt", hash)) as Fields;
  assert.equal(await anvil.request("eth_getTransactionReceipt", hash), null);
  assert.equal(await anvil.request("eth_blockNumber"), before);
  assert.equal(ours["blockNumber"], "0x4");
  const block = (await heddle("eth_getBlockByNumber", "latest", false)) as Fields;
  assert.equal(block["parentHash"], ((await heddle("eth_getBlockByNumber", "0x3", false)) as Fields)["hash"]);

  const id = await anvil.request("evm_snapshot");
  const bytes = `0x${Buffer.from(raw).toString("hex")}`;
  const theirs = (await anvil.request("eth_sendRawTransactionSync", bytes)) as Fields;
  for (const field of ["gasUsed", "status", "from", "to", "logsBloom", "effectiveGasPrice", "type"]) {
    assert.equal(ours[field], theirs[field], field);
  }
  const [log] = ours["logs"] as Fields[];
  assert.equal(log?.["data"], (theirs["logs"] as Fields[])[0]?.["data"]);
  // What the remote has done since is not what was forked.
  assert.equal(((await heddle("eth_getTransactionReceipt", hash)) as Fields)["blockHash"], block["hash"]);
  const newer = (await anvil.request("eth_getBlockByNumber", "latest", false)) as Fields;
  assert.notEqual(newer["hash"], block["hash"]);
  assert.equal(await heddle("eth_getBlockByHash", newer["hash"], false), null);
  await anvil.request("evm_revert", id);
});

test("logs are found on both sides of the fork", async () => {
  const numbers = async (query: Fields) =>
    ((await heddle("eth_getLogs", query)) as Fields[]).map(({ blockNumber }) => blockNumber);
  assert.deepEqual(await numbers({ fromBlock: "0x1", toBlock: "latest" }), ["0x1", "0x2", "0x3", "0x4"]);
  assert.deepEqual(await numbers({ fromBlock: "earliest", toBlock: "0x2" }), ["0x1", "0x2"]);
  assert.deepEqual(await numbers({ fromBlock: "0x4", toBlock: "0x4" }), ["0x4"]);
  assert.deepEqual(await numbers({ fromBlock: "0x0", toBlock: "latest", address: PANIC }), []);
  const { hash } = (await anvil.request("eth_getBlockByNumber", "0x2", false)) as { hash: Hex };
  assert.deepEqual(await numbers({ blockHash: hash }), ["0x2"]);
  await assert.rejects(heddle("eth_getLogs", { fromBlock: "0x9", toBlock: "0x1" }), { code: -32602 });
});

test("proofs are those of the remote, where it has the block", async () => {
  await same("eth_getProof", accounts[1], [], "0x2");
  await assert.rejects(heddle("eth_getProof", accounts[1], [], "latest"), { code: -32004 });
});

test("traces of the remote's blocks and transactions are the remote's, those of the chain's own are its own", async () => {
  for (const number of ["0x1", "0x3"]) {
    await same("trace_block", number);
    await same("trace_replayBlockTransactions", number, ["trace"]);
    await same("ots_getBlockDetails", Number(number));
  }
  await same("trace_transaction", sent[1]);
  await same("ots_traceTransaction", sent[1]);
  await same("ots_hasCode", COUNTER, "0x2");
  const mine = await dev.sendTransaction(dev.accounts[0]!.address, { to: COUNTER, gas: 100_000n });
  const [trace] = (await heddle("trace_transaction", mine)) as [{ action: Fields; blockNumber: number }];
  assert.equal(trace.action["to"], COUNTER);
  const own = (await heddle("trace_filter", { toAddress: COUNTER })) as { transactionHash: Hex }[];
  assert.equal(own.at(-1)!.transactionHash, mine);
  assert.ok(own.every(({ transactionHash }) => !sent.includes(transactionHash)));
  await assert.rejects(
    heddle("debug_executionWitness", trace.blockNumber.toString(16).replace(/^/, "0x")),
    /no state roots/,
  );
});

test("the node tells what it forks, and goes back to that block", async () => {
  const { forkedNetwork } = (await heddle("anvil_metadata")) as { forkedNetwork: Fields };
  assert.deepEqual([forkedNetwork["chainId"], forkedNetwork["forkBlockNumber"]], [4711, 3]);
  const { forkConfig } = (await heddle("anvil_nodeInfo")) as { forkConfig: Fields };
  assert.deepEqual([forkConfig["forkUrl"], forkConfig["forkBlockNumber"]], [anvil.url, 3]);
  const id = await heddle("evm_snapshot");
  await heddle("anvil_reset", { forking: { jsonRpcUrl: anvil.url, blockNumber: 3 } });
  assert.equal(await heddle("eth_blockNumber"), "0x3");
  assert.equal(await heddle("eth_getBalance", accounts[0], "latest"), "0x21e19e0c9bab2400000");
  assert.equal(await heddle("evm_revert", id), false);
  await assert.rejects(heddle("anvil_reset", { forking: { jsonRpcUrl: anvil.url, blockNumber: 2 } }), {
    code: -32004,
  });
  await heddle("evm_mine");
});

test("when the remote is gone the node stays, and says what it misses", async () => {
  await anvil.close();
  await assert.rejects(heddle("eth_getBlockByNumber", "0x1", false), /127\.0\.0\.1/);
  await assert.rejects(heddle("eth_call", { to: `0x${"55".repeat(20)}` }, "latest"), { code: -32000 });
  assert.equal(await heddle("eth_blockNumber"), "0x4");
});
