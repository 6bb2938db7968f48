import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { createPublicClient, createTestClient, http, publicActions, walletActions } from "viem";
import { foundry } from "viem/chains";
import { heddle, type Running, start } from "./support/heddle.ts";

const running: Running[] = [];
after(() => {
  for (const { child } of running) child.kill("SIGKILL");
});

/** A node on a free port, as soon as it says that it listens. */
async function startDev(...args: string[]): Promise<Running & { url: string }> {
  const node = start("dev", "--port", "0", ...args);
  running.push(node);
  const [, address] = await node.saw(
    args.includes("--json") ? /"url":"http:\/\/([^"]+)"/ : /^Listening on (\S+)$/m,
  );
  return { ...node, url: `http://${address}` };
}

const clientOf = ({ url }: { url: string }) => createPublicClient({ transport: http(url) });

const testClientOf = ({ url }: { url: string }) =>
  createTestClient({ chain: foundry, mode: "anvil", transport: http(url), pollingInterval: 20 })
    .extend(publicActions)
    .extend(walletActions);

const folder = () => mkdtempSync(join(tmpdir(), "heddle-dev-"));

describe("heddle dev", () => {
  it("says accounts, keys, settings and where it listens, answers, and stops when told", async () => {
    const node = await startDev();
    const out = node.out();
    assert.match(
      out,
      /0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 {2}0xac0974bec39a17e36ba4a6b4d238ff944bacb478/,
    );
    assert.match(out, /test test test test test test test test test test test junk/);
    assert.match(out, /WARNING: everybody knows these keys/);
    assert.match(out, /Chain id +31337\n/);
    assert.match(out, /Base fee +1 gwei\n/);
    assert.match(out, /Gas limit +30,000,000\n/);
    const client = clientOf(node);
    assert.equal(await client.getChainId(), 31337);
    const balance = await client.getBalance({ address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" });
    assert.equal(balance, 10_000n * 10n ** 18n);
    node.child.kill("SIGTERM");
    const { code, err } = await node.ended;
    assert.deepEqual([code, err], [0, ""]);
  });

  it("makes a block of a transaction at once, and when it is told, and goes back to a snapshot", async () => {
    const node = await startDev();
    const client = testClientOf(node);
    const [alice, bob] = await client.getAddresses();
    const hash = await client.sendTransaction({ account: alice!, to: bob!, value: 5n });
    assert.equal((await client.getTransactionReceipt({ hash })).status, "success");
    await node.saw(
      /^block 1 {2}0x[0-9a-f]{8}… {2}1 transaction {2}21,000 gas {2}[0-9.]+ ms {2}1 lane {2}0 aborts$/m,
    );
    const id = await client.snapshot();
    await client.mine({ blocks: 2 });
    assert.equal(await client.getBlockNumber({ cacheTime: 0 }), 3n);
    await client.revert({ id });
    assert.equal(await client.getBlockNumber({ cacheTime: 0 }), 1n);
    await node.saw(/^back to block 1 {2}2 blocks taken back$/m);
    node.child.kill("SIGTERM");
    assert.equal((await node.ended).code, 0);
  });

  it("prints what contracts do, and why transactions fail, in the words of programs too", async () => {
    // Passes its input on to the console, and reverts where there is value.
    const code = "0x365f5f375f5f365f73000000000000000000636f6e736f6c652e6c6f675afa5034602557005b5f5ffd";
    const at = `0x${"c0".repeat(20)}` as const;
    // log(string) of "hi".
    const data =
      `0x41304fac${"20".padStart(64, "0")}${"2".padStart(64, "0")}${"6869".padEnd(64, "0")}` as const;
    const tried = async (...args: string[]) => {
      const node = await startDev(...args);
      const client = testClientOf(node);
      const [account] = await client.getAddresses();
      await client.setCode({ address: at, bytecode: code });
      await client.call({ account: account!, to: at, data });
      const hash = await client.sendTransaction({ account: account!, to: at, data });
      await client.sendTransaction({ account: account!, to: at, data, value: 1n, gas: 100_000n });
      return { node, hash };
    };
    const { node, hash } = await tried();
    await node.saw(/^eth_call 0x(?:c0){20} {2}console.log: hi$/m);
    await node.saw(new RegExp(`^block 1 .*\n  ${hash} {2}console.log: hi$`, "m"));
    await node.saw(
      /^block 2 .*\n {2}(0x.{64}) {2}console.log: hi\n {2}\1 {2}failed: reverted without a reason$/m,
    );
    const programs = await tried("--json");
    const facts = JSON.parse((await programs.node.saw(/.*"transaction".*"console.log".*/))[0]);
    const { block, transaction, contract, text, values, msg } = facts;
    assert.deepEqual(
      { block, transaction, contract, text, values, msg },
      { block: 1, transaction: programs.hash, contract: at, text: "hi", values: ["hi"], msg: "console.log" },
    );
    const failure = JSON.parse((await programs.node.saw(/.*"failed".*/))[0]);
    assert.deepEqual([failure.block, failure.reason, failure.data], [2, "reverted without a reason", "0x"]);
    const { node: quiet } = await tried("--disable-console-log");
    await quiet.saw(/failed: reverted without a reason$/m);
    assert.doesNotMatch(quiet.out(), /console.log/);
  });

  it("leaves its state in a file, and begins with it", async () => {
    const file = join(folder(), "state.json");
    const first = await startDev("--state", file, "--state-interval", "0.1");
    const client = testClientOf(first);
    const [alice, bob] = await client.getAddresses();
    await client.sendTransaction({ account: alice!, to: bob!, value: 5n });
    await client.setCode({ address: `0x${"c0".repeat(20)}`, bytecode: "0x5f545f5260205ff3" });
    await client.setStorageAt({ address: `0x${"c0".repeat(20)}`, index: 0, value: `0x${"00".repeat(31)}2a` });
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
    first.child.kill("SIGTERM");
    assert.equal((await first.ended).code, 0);

    const second = await startDev("--load-state", file);
    assert.match(second.out(), /with at least 9,999\.9999 ETH each/);
    const later = testClientOf(second);
    assert.equal(await later.getBlockNumber(), 1n);
    assert.equal(await later.getTransactionCount({ address: alice! }), 1);
    assert.equal(await later.getBalance({ address: bob! }), 10_000n * 10n ** 18n + 5n);
    const { data } = await later.call({ to: `0x${"c0".repeat(20)}` });
    assert.equal(BigInt(data!), 42n);
    await later.sendTransaction({ account: alice!, to: bob!, value: 5n });
    assert.equal(await later.getBlockNumber({ cacheTime: 0 }), 2n);
    second.child.kill("SIGTERM");
    await second.ended;
  });

  it("begins with a state that Anvil has left, packed or not", async () => {
    const account = { nonce: 3, balance: "0x7", code: "0x", storage: {} };
    const time = 4_000_000_000;
    const state = {
      block: {
        number: 9,
        beneficiary: `0x${"00".repeat(20)}`,
        timestamp: time,
        gas_limit: 7_000_000,
        basefee: 11,
      },
      accounts: { [`0x${"ab".repeat(20)}`]: account },
      best_block_number: 9,
      blocks: [],
      transactions: [],
    };
    const file = join(folder(), "packed");
    writeFileSync(file, gzipSync(JSON.stringify(state)));
    const node = await startDev("--load-state", file);
    const client = testClientOf(node);
    const { number, gasLimit, baseFeePerGas } = await client.getBlock();
    assert.deepEqual([number, gasLimit, baseFeePerGas], [9n, 7_000_000n, 11n]);
    assert.equal(await client.getTransactionCount({ address: `0x${"ab".repeat(20)}` }), 3);
    await client.mine({ blocks: 1 });
    const next = await client.getBlock();
    assert.ok(next.number === 10n && next.timestamp > time && next.timestamp < BigInt(time) + 60n);
    node.child.kill("SIGTERM");
    await node.ended;
  });

  it("makes blocks by the clock and tells each in a line; SIGINT ends it too", async () => {
    const node = await startDev("--block-time", "0.2", "--workers", "1");
    await node.saw(/^block 2 {2}0x[0-9a-f]{8}… {2}0 transactions {2}0 gas {2}[0-9.]+ ms$/m);
    assert.ok((await clientOf(node).getBlockNumber()) >= 2n);
    node.child.kill("SIGINT");
    assert.equal((await node.ended).code, 0);
  });

  it("takes its settings from options, also by the names that Anvil has for them", async () => {
    const file = join(folder(), "config.json");
    const node = await startDev(
      ...["--accounts", "3", "--balance", "1.5", "--chain-id", "777", "--gas-limit", "0x989680"],
      ...["--block-base-fee-per-gas=7", "--timestamp", "1700000000", "--hardfork", "cancun"],
      ...["--threads", "1", "--no-mine", "--config-out", file],
      ...["--mnemonic", "legal winner thank year wave sausage worth useful legal winner thank yellow"],
      ...["--derivation-path", "m/44'/60'/1'/0"],
    );
    const out = node.out();
    assert.match(out, /Accounts: 3 with 1\.5 ETH each/);
    assert.doesNotMatch(out, /everybody knows/);
    assert.match(out, /Hardfork +Cancun\n/);
    assert.match(out, /Blocks +only when told/);
    const client = clientOf(node);
    assert.equal(await client.getChainId(), 777);
    const { baseFeePerGas, gasLimit, timestamp } = await client.getBlock();
    assert.deepEqual([baseFeePerGas, gasLimit, timestamp], [7n, 10_000_000n, 1_700_000_000n]);
    const config = JSON.parse(readFileSync(file, "utf8"));
    assert.equal(config.available_accounts.length, 3);
    assert.equal(config.private_keys.length, 3);
    assert.equal(config.wallet.derivation_path, "m/44'/60'/1'/0/");
    assert.equal(config.url, node.url);
    const [address] = config.available_accounts;
    assert.equal(await client.getBalance({ address }), 15n * 10n ** 17n);
    node.child.kill("SIGTERM");
    await node.ended;
  });

  it("begins with a genesis file", async () => {
    const file = join(folder(), "genesis.json");
    const alloc = { "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266": { balance: "0x5" } };
    const config = { chainId: 99, homesteadBlock: 0, terminalTotalDifficulty: 0 };
    writeFileSync(file, JSON.stringify({ config, alloc, gasLimit: "0x1000000", timestamp: "0x5" }));
    const node = await startDev("--init", file, "--accounts", "1");
    const client = clientOf(node);
    assert.equal(await client.getChainId(), 99);
    assert.equal((await client.getBlock()).timestamp, 5n);
    assert.equal(await client.getBalance({ address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" }), 5n);
    node.child.kill("SIGTERM");
    await node.ended;
  });

  it("keeps its chain in a folder, and goes on from there", async () => {
    const data = join(folder(), "data");
    const first = await startDev("--data-dir", data, "--block-time", "0.1", "--fsync", "always");
    await first.saw(/^block 3 /m);
    first.child.kill("SIGTERM");
    const { code, out } = await first.ended;
    assert.equal(code, 0);
    const [, last] = [...out.matchAll(/^block (\d+) {2}/gm)].at(-1)!;

    const second = await startDev("--data-dir", data, "--no-mining");
    assert.match(second.out(), new RegExp(`Goes on +from block ${last}\n`));
    assert.equal(await clientOf(second).getBlockNumber(), BigInt(last!));
    const locked = await heddle("dev", "--port", "0", "--data-dir", data);
    assert.equal(locked.code, 1);
    assert.match(locked.err, new RegExp(`^heddle: .*${second.child.pid}.*\n$`));
    assert.equal((await heddle("db", "check", data)).code, 1);
    second.child.kill("SIGTERM");
    assert.equal((await second.ended).code, 0);

    const other = await heddle("dev", "--port", "0", "--data-dir", data, "--chain-id", "5");
    assert.equal(other.code, 1);
    assert.match(other.err, /^heddle: .*chain.*\n$/);
    assert.equal((await heddle("db", "check", data)).code, 0);
  });

  it("writes one JSON object a line for programs", async () => {
    const node = start("dev", "--port", "0", "--json", "--block-time", "0.1", "--accounts", "2");
    running.push(node);
    await node.saw(/"msg":"block"/);
    node.child.kill("SIGTERM");
    const { code, out } = await node.ended;
    assert.equal(code, 0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [listening, block] = lines;
    assert.equal(listening.msg, "listening");
    assert.match(listening.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual([listening.chainId, listening.accounts.length], [31337, 2]);
    assert.doesNotMatch(out, /ac0974be/, "no keys");
    assert.deepEqual(
      [block.msg, block.number, block.transactions, block.gasUsed, block.lanes],
      ["block", 1, 0, 0, 0],
    );
    assert.equal(lines.at(-1).msg, "stopping");
  });

  it("says nothing where it is told to be silent", async () => {
    const port = await freePort();
    const node = start("dev", "--port", String(port), "--silent", "--block-time", "0.05");
    running.push(node);
    const client = createPublicClient({ transport: http(`http://127.0.0.1:${port}`) });
    while (!((await client.getBlockNumber({ cacheTime: 0 }).catch(() => 0n)) >= 1n));
    node.child.kill("SIGTERM");
    assert.deepEqual(await node.ended, { code: 0, out: "", err: "" });
  });

  it("asks only who it was told to, and takes long messages where it was told to", async () => {
    const node = await startDev(
      "--cors-origin",
      "https://a.example,https://b.example",
      "--no-request-size-limit",
    );
    const ask = (origin: string, body: string) =>
      fetch(node.url, { method: "POST", headers: { "content-type": "application/json", origin }, body });
    const call = { jsonrpc: "2.0", id: 1, method: "web3_sha3", params: [`0x${"00".repeat(4 * 2 ** 20)}`] };
    const long = await ask("https://b.example", JSON.stringify(call));
    assert.equal(long.headers.get("access-control-allow-origin"), "https://b.example");
    assert.match((await long.json()).result, /^0x[0-9a-f]{64}$/);
    const other = await ask("http://localhost:3000", "[]");
    assert.equal(other.headers.get("access-control-allow-origin"), null);
    node.child.kill("SIGTERM");
    await node.ended;
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("what is wrong with the options of heddle dev is told in a line, with exit code 2", () => {
  const files = folder();
  writeFileSync(join(files, "text"), "no JSON");
  writeFileSync(join(files, "empty"), "{}");
  const cases: [args: string[], message: RegExp][] = [
    [["--prot", "1"], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [
      ["--port", "65536"],
      /'-p, --port <n>' argument '65536' is invalid\. It must be a whole number from 0 to 65535/,
    ],
    [["--accounts", "-1"], /--accounts/],
    [["--accounts", "1.5"], /--accounts .*whole number/],
    [["--balance", "ten"], /--balance .*It must be a number/],
    [["--block-time", "0"], /--block-time .*above 0/],
    [["--block-time", "9999999999"], /--block-time .*at most/],
    [["--hardfork", "brelin"], /--hardfork .*berlin/],
    [["--order", "random"], /--order .*fees, fifo/],
    [["--base-fee", "1gwei"], /--base-fee .*whole number/],
    [["--derivation-path", "44/60"], /--derivation-path .*m\/44'/],
    [["--host", "http://x"], /--host .*without a port/],
    [
      ["--no-mining", "--block-time", "1"],
      /'--no-mining' cannot be used with option '-b, --block-time <seconds>'/,
    ],
    [
      ["--mnemonic", "test test"],
      /--mnemonic must be 12, 15, 18, 21 or 24 words of BIP-39, but 2 words do not pass/,
    ],
    [["--mnemonic", "tset test"], /--mnemonic must be .*"tset" is not one of BIP-39's words/],
    [["--genesis", join(files, "none")], /--genesis must be a file, but .*none cannot be read/],
    [["--genesis", join(files, "text")], /--genesis must be a genesis file, but in .*text.*JSON/],
    [["--genesis", join(files, "empty")], /--genesis must be a genesis file, but in .*empty.*alloc/],
    [["--genesis", "x", "--chain-id", "5"], /--genesis.* cannot be used with option '--chain-id <id>'/],
    [
      ["--host", "192.0.2.1"],
      /--host must be an address or a name of this machine, but 192\.0\.2\.1 is none/,
    ],
    [["--config-out", join(files, "no", "folder")], /--config-out must be a file that can be written/],
    [["--load-state", join(files, "none")], /--load-state must be a state .*none cannot be read/],
    [["--state", join(files, "text")], /--state must be a state .*text is none/],
    [["--load-state", join(files, "empty")], /--load-state must be a state .*empty is none .*accounts/],
    [["--dump-state", join(files, "no", "file")], /--dump-state must be a file that can be written/],
    [
      ["--state", "x", "--data-dir", "y"],
      /'--state <file>' cannot be used with option '--data-dir <folder>'/,
    ],
    [["--load-state", "x", "--fork-url", "http://127.0.0.1:1"], /'--load-state <file>' cannot be used with/],
    [["more"], /too many arguments/],
  ];
  for (const [args, message] of cases) {
    it(args.join(" ").replace(files, "…"), async () => {
      const { code, out, err } = await heddle("dev", "--port", "0", ...args);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.match(err, message);
      assert.doesNotMatch(err, /\n {4}at /, "no stack");
    });
  }

  it("a port that another process has", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { code, err } = await heddle("dev", "--port", String(port));
    assert.equal(code, 2);
    assert.match(
      err,
      new RegExp(`^heddle: --port must be a free port .*${port} is in use on 127\\.0\\.0\\.1.*\n$`),
    );
    server.close();
  });
});

it("docs/dev.md has every option of heddle dev, and no other", async () => {
  const { out } = await heddle("dev", "--help");
  const offered = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
  const document = readFileSync(new URL("../../../docs/dev.md", import.meta.url), "utf8");
  const [, tables = ""] = /^## Options\n(.*?)^## /ms.exec(document) ?? [];
  const documented = [...tables.matchAll(/^\| (?:`-\w`, )?`(--[\w-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(documented.sort(), offered.filter((name) => name !== "--help").sort());
});
