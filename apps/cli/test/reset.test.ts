import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { type DevChain, openDevChain } from "@heddle/chain";
import { Command } from "commander";
import pino from "pino";
import { FakeRemote } from "../../../packages/chain/test/support/fake-remote.ts";
import { ask } from "../../../packages/rpc/test/support/anvil.ts";
import { openSocket } from "../../../packages/rpc/test/support/server.ts";
import { type DevNode, openDevNode } from "../src/dev/node.ts";
import { addDevOptions, type DevOptions } from "../src/dev/options.ts";
import { chainOptions, settingsAt } from "../src/dev/settings.ts";
import { start } from "./support/heddle.ts";

/** Has as many wei at the remote as its block's number. */
const rich = `0x${"d1".repeat(20)}` as const;
/** Nobody listens there. */
const NOBODY = "http://127.0.0.1:1";

let far: DevChain;
let remote: FakeRemote;
before(async () => {
  far = await openDevChain({ workers: 0, memoryLimit: 2 ** 27, chainId: 4714, accounts: 1 });
  for (let i = 1n; i <= 5n; i++) {
    await far.mine();
    await far.setBalance(rich, i);
  }
  remote = await FakeRemote.start(far);
});
beforeEach(() => {
  remote.fault = () => false;
});
after(async () => {
  await remote.close();
  await far.close();
});

function optionsOf(...args: string[]): DevOptions {
  const command = addDevOptions(new Command("dev")).exitOverride();
  const few = ["--port", "0", "--workers", "1", "--accounts", "1", "--retries", "0", "--no-storage-caching"];
  return command.parse([...few, ...args], { from: "user" }).opts<DevOptions>();
}

interface TestNode extends DevNode {
  request(method: string, ...params: unknown[]): Promise<unknown>;
  /** Number of the head, chain id, and the wei of the rich account. */
  place(): Promise<number[]>;
}

async function nodeOf(t: TestContext, ...args: string[]): Promise<TestNode> {
  const node = await openDevNode(optionsOf(...args), pino({ level: "silent" }), "1.2.3");
  t.after(() => node.close());
  const request = (method: string, ...params: unknown[]) => ask(node.server.url, method, ...params);
  return Object.assign(node, {
    request,
    async place() {
      const asked = [
        request("eth_blockNumber"),
        request("eth_chainId"),
        request("eth_getBalance", rich, "latest"),
      ];
      return (await Promise.all(asked)).map(Number);
    },
  });
}

const forking = (blockNumber?: number | string, jsonRpcUrl: string | undefined = remote.url) => ({
  forking: { jsonRpcUrl, blockNumber },
});

test("a node goes from a chain of its own to a fork, to other blocks of it, and back", async (t) => {
  const node = await nodeOf(t);
  const { request } = node;
  await request("evm_mine");
  assert.deepEqual(await node.place(), [1, 31337, 0]);
  assert.equal(await request("anvil_reset", forking(3)), null);
  assert.deepEqual(await node.place(), [3, 4714, 3]);
  const { forkConfig } = (await request("anvil_nodeInfo")) as { forkConfig: Record<string, unknown> };
  assert.deepEqual([forkConfig["forkUrl"], forkConfig["forkBlockNumber"]], [remote.url, 3]);
  // Without an address that which is forked, without a number the newest block.
  assert.equal(await request("anvil_reset", { forking: { blockNumber: "0x2" } }), null);
  assert.deepEqual(await node.place(), [2, 4714, 2]);
  await request("evm_mine");
  assert.equal(await request("anvil_reset", { forking: {} }), null);
  assert.deepEqual(await node.place(), [5, 4714, 5]);
  assert.equal(await request("hardhat_reset", forking(4)), true);
  assert.deepEqual(await node.place(), [4, 4714, 4]);
  const health = await (await fetch(`${node.server.url}/health`)).json();
  assert.deepEqual(health, { status: "ok", chainId: 4714, block: 4 });
  // As Hardhat and Anvil have it: nothing named is no fork.
  assert.equal(await request("hardhat_reset"), true);
  assert.deepEqual(await node.place(), [0, 31337, 0]);
});

test("a node that was started as a fork gets a chain of its own, and back to the fork", async (t) => {
  const node = await nodeOf(t, "--fork-url", remote.url, "--fork-block-number", "2");
  assert.deepEqual(await node.place(), [2, 4714, 2]);
  await node.request("anvil_setBalance", rich, "0x64");
  // The block that it has: the remote is not needed.
  remote.fault = (_, response) => {
    response.destroy();
    return true;
  };
  await node.request("anvil_reset", forking(2));
  assert.deepEqual(await node.place(), [2, 4714, 2]);
  await node.request("anvil_reset");
  assert.deepEqual(await node.place(), [0, 31337, 0]);
  remote.fault = () => false;
  await node.request("anvil_reset", forking());
  assert.deepEqual(await node.place(), [5, 4714, 5]);
});

test("where the other chain cannot be opened, nothing changes", async (t) => {
  const node = await nodeOf(t);
  const { request } = node;
  await request("evm_mine");
  const snapshot = await request("evm_snapshot");
  const filter = await request("eth_newBlockFilter");
  const refused = (params: unknown, code: number, message: RegExp) =>
    assert.rejects(request("anvil_reset", params), { code, message });
  await refused(forking(2, NOBODY), -32000, /127\.0\.0\.1:1/);
  await refused(forking(99), -32000, /block 99/);
  await refused({ forking: { blockNumber: 2 } }, -32602, /jsonRpcUrl is missing/);
  await refused(forking(2, "file:///etc/hosts"), -32602, /params\[0\] \(options\)\.forking\.jsonRpcUrl/);
  await refused(forking("soon"), -32602, /forking\.blockNumber/);
  await refused({ forking: 7 }, -32602, /forking must be an object/);
  await refused("0x1", -32602, /must be an object/);
  assert.deepEqual(await node.place(), [1, 31337, 0]);
  await request("evm_mine");
  assert.equal(((await request("eth_getFilterChanges", filter)) as unknown[]).length, 1);
  assert.equal(await request("evm_revert", snapshot), true);
});

test("subscriptions of sockets go on with the new chain, once each; filters are gone", async (t) => {
  const node = await nodeOf(t);
  const filter = await node.request("eth_newBlockFilter");
  const { socket, next } = await openSocket(node.server.url);
  t.after(() => socket.terminate());
  const send = (method: string, ...params: unknown[]) =>
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
  send("eth_subscribe", "newHeads");
  const { result: id } = await next();
  for (const number of [3, 2]) {
    send("hardhat_reset", forking(number));
    assert.equal((await next()).result, true);
    send("evm_mine");
    const told = [await next(), await next()];
    const { params } = told.find(({ method }) => method === "eth_subscription");
    assert.equal(params.subscription, id);
    assert.equal(Number(params.result.number), number + 1);
    assert.ok(told.some(({ result }) => result === "0x0"));
  }
  send("eth_unsubscribe", id);
  assert.equal((await next()).result, true);
  send("evm_mine");
  assert.equal((await next()).result, "0x0");
  await assert.rejects(node.request("eth_getFilterChanges", filter), /filter not found/);
});

test("calls that run when the chain changes get their answers, and then the chain before is closed", async (t) => {
  const node = await nodeOf(t, "--fork-url", remote.url, "--fork-block-number", "3");
  const before = node.dev;
  let goOn: (() => void) | undefined;
  const isAsked = new Promise<void>((asked) => {
    remote.fault = async (requests) => {
      if (!requests.some(({ params }) => params[0] === rich)) return false;
      await new Promise<void>((resolve) => {
        goOn = resolve;
        asked();
      });
      return false;
    };
  });
  const balance = node.request("eth_getBalance", rich, "latest");
  await isAsked;
  remote.fault = () => false;
  // Both at the same time: one after the other.
  await Promise.all([node.request("anvil_reset", forking(2)), node.request("anvil_reset", forking(1))]);
  assert.deepEqual(await node.place(), [1, 4714, 1]);
  let isClosed = false;
  const close = before.close.bind(before);
  before.close = async () => {
    isClosed = true;
    await close();
  };
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isClosed, false);
  goOn!();
  assert.equal(await balance, "0x3");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isClosed, true);
  assert.deepEqual(await node.place(), [1, 4714, 1]);
});

test("a reset that nobody waits for any more changes nothing, and does not keep a node from stopping", async (t) => {
  const node = await nodeOf(t);
  const met: (() => void)[] = [];
  remote.fault = () => {
    met.shift()?.();
    return true;
  };
  const gone = new AbortController();
  const isAsked = new Promise<void>((resolve) => met.push(resolve));
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "anvil_reset", params: [forking(2)] });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body, signal: gone.signal };
  const asked = fetch(node.server.url, init);
  await isAsked;
  gone.abort();
  await assert.rejects(asked);
  // The turn is the next one's.
  remote.fault = () => false;
  await node.request("anvil_reset", forking(4));
  assert.deepEqual(await node.place(), [4, 4714, 4]);
  const isAskedAgain = new Promise<void>((resolve) => met.push(resolve));
  remote.fault = () => {
    met.shift()?.();
    return true;
  };
  const given = assert.rejects(node.request("anvil_reset", forking(2)), { code: -32000 });
  await isAskedAgain;
  await node.close();
  await given;
});

test("a chain with a folder stays where it was begun", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-reset-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const node = await nodeOf(t, "--data-dir", folder, "--fork-url", remote.url, "--fork-block-number", "3");
  for (const params of [[], [{ forking: {} }], [forking(3)]]) {
    await node.request("evm_mine");
    await node.request("anvil_reset", ...params);
    assert.deepEqual(await node.place(), [3, 4714, 3]);
  }
  const refused = { code: -32004, message: /--data-dir/ };
  await assert.rejects(node.request("anvil_reset", forking(2)), refused);
  await assert.rejects(node.request("anvil_reset", forking(3, NOBODY)), refused);
  assert.deepEqual(await node.place(), [3, 4714, 3]);
});

test("what the command line says of a remote is for that one alone", async () => {
  const options = optionsOf(
    ...["--fork-url", "https://a.example/key@7", "--fork-chain-id", "1", "--timestamp", "99"],
    ...["--fork-header", "Authorization: Bearer secret"],
  );
  const chosen = await chainOptions(options);
  const same = settingsAt({ url: "https://a.example:443/key", blockNumber: 9n }, chosen, options);
  assert.deepEqual(same.fork?.headers, { Authorization: "Bearer secret" });
  assert.deepEqual([same.fork?.chainId, same.fork?.blockNumber, same.timestamp], [1n, 9n, 99n]);
  const other = settingsAt({ url: "https://b.example/key" }, chosen, options);
  assert.deepEqual(
    [other.fork?.headers, other.fork?.chainId, other.fork?.blockNumber],
    [undefined, undefined, undefined],
  );
  assert.equal(settingsAt(undefined, chosen, options).fork, undefined);
});

test("the node tells of the other chain and of its blocks, and counts on", async (t) => {
  const node = start("dev", "--port", "0", "--workers", "1", "--accounts", "1", "--no-storage-caching");
  t.after(() => node.child.kill("SIGKILL"));
  const url = `http://${(await node.saw(/Listening on (\S+)/))[1]}`;
  await ask(url, "evm_mine");
  await ask(url, "anvil_reset", forking(3));
  await node.saw(new RegExp(`reset to block 3 of ${remote.url} +chain id 4714`));
  await ask(url, "evm_mine");
  await node.saw(/block +4\b/);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^heddle_blocks_total 2$/m);
  assert.match(metrics, /^heddle_block_number\{tag="latest"\} 4$/m);
  node.child.kill("SIGTERM");
  assert.equal((await node.ended).code, 0);
});
