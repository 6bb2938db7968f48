import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Anvil, ask, startAnvil } from "../../../packages/rpc/test/support/anvil.ts";
import { heddle, start } from "./support/heddle.ts";

let anvil: Anvil;
const cache = mkdtempSync(join(tmpdir(), "heddle-cache-"));
const rich = `0x${"d1".repeat(20)}`;

before(async () => {
  anvil = await startAnvil("--chain-id", "4713");
  await anvil.request("anvil_setBalance", rich, "0x64");
  for (let i = 0; i < 3; i++) await anvil.request("evm_mine");
});
after(async () => {
  await anvil.close();
  rmSync(cache, { recursive: true, force: true });
});

async function forked(...options: string[]): Promise<{ url: string; out: string; stop(): Promise<void> }> {
  const node = start("dev", "--port", "0", "--accounts", "1", "--workers", "1", ...options);
  const [, address] = await node.saw(/Listening on (\S+)/);
  return {
    url: `http://${address}`,
    out: node.out(),
    async stop() {
      node.child.kill("SIGTERM");
      const { code, err } = await node.ended;
      assert.equal(code, 0, err);
    },
  };
}

test("heddle dev forks a node, says so, and keeps what it has read", async () => {
  const node = await forked("--fork-url", anvil.url, "--fork-block-number", "-1", "--cache-path", cache);
  assert.match(node.out, new RegExp(`Fork +block 2 of ${anvil.url}`));
  assert.match(node.out, /Chain id +4713/);
  assert.equal(await ask(node.url, "eth_blockNumber"), "0x2");
  assert.equal(await ask(node.url, "eth_getBalance", rich, "latest"), "0x64");
  assert.deepEqual(
    await ask(node.url, "eth_getBlockByNumber", "0x1", false),
    await anvil.request("eth_getBlockByNumber", "0x1", false),
  );
  await node.stop();
  const { out } = await heddle("cache", "ls", "--json", "--cache-path", cache);
  const { blocks } = JSON.parse(out) as { blocks: Record<string, unknown>[] };
  assert.deepEqual(
    blocks.map(({ chainId, number }) => [chainId, number]),
    [[4713, 2]],
  );
  assert.match((await heddle("cache", "ls", "--cache-path", cache)).out, /4713 +2 +0x[0-9a-f]{16}/);
  assert.match((await heddle("cache", "clean", "--chain-id", "1", "--cache-path", cache)).out, /^0 files/);
  assert.match((await heddle("cache", "clean", "--block", "2", "--cache-path", cache)).out, /^1 file,/);
  assert.match((await heddle("cache", "ls", "--cache-path", cache)).out, /nothing is kept/);
});

test("the block may stand behind the address, and the chain gets another id where that is asked for", async () => {
  const node = await forked("--rpc-url", `${anvil.url}@1`, "--chain-id", "99", "--no-storage-caching");
  assert.equal(await ask(node.url, "eth_blockNumber"), "0x1");
  assert.equal(await ask(node.url, "eth_chainId"), "0x63");
  await node.stop();
});

test("a fork with a folder survives kill -9, and starts again while the node is away", async (t) => {
  const folder = ["--data-dir", join(cache, "chain"), "--no-storage-caching", "--retries", "0"];
  const options = ["--fsync", "always", ...folder];
  const node = start("dev", "--port", "0", "--accounts", "1", "--fork-url", anvil.url, ...options);
  t.after(() => node.child.kill("SIGKILL"));
  const url = `http://${(await node.saw(/Listening on (\S+)/))[1]}`;
  await ask(url, "anvil_impersonateAccount", rich);
  await ask(url, "anvil_setBalance", rich, "0x1000000000000000");
  const sent = { from: rich, to: `0x${"d2".repeat(20)}`, value: "0x7" };
  await ask(url, "eth_sendTransaction", sent);
  const { hash } = (await ask(url, "eth_getBlockByNumber", "latest", false)) as { hash: string };
  node.child.kill("SIGKILL");
  await node.ended;

  const again = await forked("--fork-url", "http://127.0.0.1:2", ...options);
  assert.match(again.out, /Fork +block 3/);
  const head = (await ask(again.url, "eth_getBlockByNumber", "latest", false)) as {
    number: string;
    hash: string;
  };
  assert.deepEqual([head.number, head.hash], ["0x4", hash]);
  assert.equal(await ask(again.url, "eth_getBalance", sent.to, "latest"), "0x7");
  assert.equal(await ask(again.url, "eth_getBalance", sent.to, "0x3"), "0x0");
  await again.stop();

  const other = await heddle("dev", "--port", "0", "--fork-url", `${anvil.url}@2`, ...options);
  assert.equal(other.code, 1);
  assert.match(other.err, /holds another chain: its remote block is 3, not 2/);
});

test("a node that cannot be forked is told in one line", async () => {
  const tried: [RegExp, string[]][] = [
    [/eth_chainId of http.*4713/, ["--fork-url", anvil.url, "--fork-chain-id", "1"]],
    [/eth_getBlockByNumber of http.*block 77/, ["--fork-url", anvil.url, "--fork-block-number", "77"]],
    [
      /http:\/\/127\.0\.0\.1:2\b.*ECONNREFUSED/,
      ["--fork-url", "http://me:secret@127.0.0.1:2/key", "--retries", "0"],
    ],
  ];
  for (const [expected, options] of tried) {
    const { code, err } = await heddle("dev", "--port", "0", "--no-storage-caching", ...options);
    assert.equal(code, 1, err);
    assert.match(err, expected);
    assert.equal(err.trim().split("\n").length, 1);
    assert.doesNotMatch(err, /secret|key/);
  }
  for (const options of [
    ["--fork-url", "nowhere"],
    ["--fork-url", anvil.url, "--fork-header", "none"],
    ["--fork-url", anvil.url, "--genesis", "genesis.json"],
  ]) {
    assert.equal((await heddle("dev", "--port", "0", ...options)).code, 2, options.join(" "));
  }
});
