import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { type Anvil, startAnvil } from "../../../packages/rpc/test/support/anvil.ts";
import { heddle } from "./support/heddle.ts";
import { type NodeProxy, startProxy } from "./support/proxy.ts";

type Fields = Record<string, unknown>;

/** Adds one to slot 0, logs it, and pays a wei to the address in calldata. */
const COUNTER = `0x${"c1".repeat(20)}`;
const COUNTER_CODE = "0x5f54600101805f555f52600160205fa15f5f5f5f60015f355af100";
/** Reads the hash of the block four before, and its coinbase's balance, and keeps both. */
const READER = `0x${"c2".repeat(20)}`;
const READER_CODE = "0x600443034060015541316002 5500".replaceAll(" ", "");

let anvil: Anvil;
let proxy: NodeProxy;
const cache = mkdtempSync(join(tmpdir(), "heddle-replay-"));

before(async () => {
  anvil = await startAnvil("--chain-id", "4712", "--no-mining");
  const accounts = (await anvil.request("eth_accounts")) as string[];
  await anvil.request("anvil_setCode", COUNTER, COUNTER_CODE);
  await anvil.request("anvil_setBalance", COUNTER, "0x100");
  await anvil.request("anvil_setCode", READER, READER_CODE);
  await anvil.request("anvil_setCoinbase", `0x${"fe".repeat(20)}`);
  for (let block = 0; block < 6; block++) {
    for (let i = 0; i < 4; i++) {
      const from = accounts[i % 2];
      const gas = "0x30000";
      const payee = `0x${String(block * 10 + i + 1).padStart(64, "0")}`;
      const calls: Fields[] = [
        { from, gas, to: COUNTER, data: payee },
        { from, gas, to: READER },
        { from, gas, to: `0x${"ab".repeat(20)}`, value: "0x5" },
        { from, gas, data: "0x600160005560016000f3" },
      ];
      await anvil.request("eth_sendTransaction", calls[(block + i) % 4]);
    }
    await anvil.request("evm_mine");
  }
  proxy = await startProxy(anvil.url);
});
after(async () => {
  proxy.close();
  await anvil.close();
  rmSync(cache, { recursive: true, force: true });
});
beforeEach(() => {
  proxy.change = (_, answer) => answer;
  proxy.asked.length = 0;
});

const replay = (...args: string[]) =>
  heddle("replay", "--rpc", proxy.url, "--workers", "2", "--no-storage-caching", "--retries", "1", ...args);

const noTraces: NodeProxy["change"] = ({ method }, answer) =>
  /^debug_|AccessList|Receipts$/.test(method)
    ? { id: answer.id, error: { code: -32601, message: "no such method" } }
    : answer;

function lines(out: string): Fields[] {
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Fields);
}

function assertSame(out: string): void {
  const [first, second] = lines(out);
  const all = lines(out).at(-1)!;
  assert.deepEqual([all["blocks"], all["failed"], all["transactions"]], [5, 0, 20]);
  assert.equal(first?.["number"], "2");
  assert.deepEqual(first?.["differences"], []);
  assert.deepEqual(second?.["marks"], {
    gas: "same",
    bloom: "same",
    transactions: "same",
    receipts: "same",
    withdrawals: "same",
    state: "unknown",
  });
}

test("blocks of a node come out as on the node, with what its traces tell", async () => {
  const { code, out, err } = await replay("--block", "2..6", "--json");
  assert.equal(code, 0, err);
  assertSame(out);
  assert.ok(proxy.asked.includes("debug_traceBlockByNumber"));
  assert.ok(!proxy.asked.includes("eth_createAccessList"));
});

test("where a node cannot trace, state is read as it is missed, and kept for the next time", async () => {
  proxy.change = noTraces;
  const args = ["replay", "--rpc", proxy.url, "--workers", "2", "--cache-path", cache, "--json"];
  const { code, out, err } = await heddle(...args, "--block", "2..6");
  assert.equal(code, 0, err);
  assertSame(out);
  const before = proxy.asked.filter((method) => method === "eth_getStorageAt").length;
  assert.ok(before > 0);
  proxy.asked.length = 0;
  assertSame((await heddle(...args, "--block", "2..6")).out);
  assert.ok(!proxy.asked.includes("eth_getStorageAt") && !proxy.asked.includes("eth_getBalance"));
});

test("with proofs they come out the same, and a lie is found out", async () => {
  const { code, out, err } = await replay("--block", "2..6", "--json", "--verify-proofs");
  assert.equal(code, 0, err);
  assertSame(out);
  assert.ok(!proxy.asked.includes("eth_getStorageAt") && !proxy.asked.includes("eth_getBalance"));
  proxy.change = ({ method, params }, answer) => {
    if (method === "eth_getProof" && params[0] === COUNTER) (answer.result as Fields)["balance"] = "0x999";
    return answer;
  };
  const lied = await replay("--block", "4", "--verify-proofs");
  assert.equal(lied.code, 2);
  assert.match(lied.err, /eth_getProof.*the balance of 0xc1/);
});

test("a wrong value that nothing proves makes a difference that is told", async () => {
  proxy.change = (request, answer) => {
    if (request.method === "eth_getStorageAt" && request.params[0] === COUNTER)
      answer.result = `0x${"0".repeat(63)}9`;
    return noTraces(request, answer);
  };
  const { code, err, out } = await replay("--block", "4");
  assert.equal(code, 1);
  assert.match(out, /✗/);
  assert.match(err, /receiptsRoot/);
});

test("a node that breaks off, refuses or talks nonsense ends the run with one line and code 2", async () => {
  const faults: [RegExp, NodeProxy["change"]][] = [
    [
      /eth_getStorageAt of http:/,
      (request, answer) => (request.method === "eth_getStorageAt" ? null : noTraces(request, answer)),
    ],
    [
      /missing trie node/,
      (request, answer) =>
        request.method === "eth_getStorageAt"
          ? { id: answer.id, error: { code: -32000, message: "missing trie node" } }
          : noTraces(request, answer),
    ],
    [
      /logsBloom/,
      ({ method }, answer) => {
        if (method === "eth_getBlockByNumber") (answer.result as Fields)["logsBloom"] = "0x1";
        return answer;
      },
    ],
    [
      /a header that gives its hash/,
      ({ method }, answer) => {
        if (method === "eth_getBlockByNumber") (answer.result as Fields)["gasUsed"] = "0x1";
        return answer;
      },
    ],
    [
      /transaction with the hash/,
      ({ method }, answer) => {
        const { transactions = [] } = answer.result as { transactions?: Fields[] };
        if (method === "eth_getBlockByNumber" && typeof transactions[0] === "object")
          transactions[0]["value"] = "0x1";
        return answer;
      },
    ],
    [
      /block 4: met none|block 4.*none/,
      ({ method }, answer) => (method === "eth_getBlockByNumber" ? { id: answer.id, result: null } : answer),
    ],
  ];
  for (const [expected, change] of faults) {
    proxy.change = change;
    const { code, err } = await replay("--block", "4");
    assert.equal(code, 2, err);
    assert.match(err, expected);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
});

test("what is wrong on the command line is told", async () => {
  for (const args of [
    ["--block", "5..4"],
    ["--block", "0"],
    ["--header", "nonsense"],
    ["--timeout", "0"],
    ["file.json"],
  ]) {
    assert.equal((await replay(...args)).code, 2, args.join(" "));
  }
  assert.equal((await heddle("replay")).code, 2);
  assert.equal((await heddle("replay", "--rpc", "somewhere")).code, 2);
});
