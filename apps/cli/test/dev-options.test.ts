import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Command } from "commander";
import { createTestClient, http, publicActions, walletActions } from "viem";
import { foundry } from "viem/chains";
import { addDevOptions, type DevOptions } from "../src/dev/options.ts";
import { knownNames } from "../src/dev/other-names.ts";
import { chainOptions } from "../src/dev/settings.ts";
import { UnofferedOptionError } from "../src/errors.ts";
import { heddle, type Running, start } from "./support/heddle.ts";

const running: Running[] = [];
after(() => {
  for (const { child } of running) child.kill("SIGKILL");
});

/** What a chain is opened with by a command line. */
function chosen(...args: string[]) {
  const command = addDevOptions(new Command("dev"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(knownNames(args), { from: "user" });
  return chainOptions(command.opts<DevOptions>());
}

test("options of Anvil, Hardhat's node and Ganache are known by their names there", async () => {
  assert.deepEqual(knownNames(["--miner.blockTime=2", "--hostname", "::1", "-p", "1"]), [
    "--block-time=2",
    "--host",
    "::1",
    "-p",
    "1",
  ]);
  const options = await chosen(
    "--wallet.totalAccounts",
    "3",
    "--chain.chainId",
    "5",
    "--no-create2",
    "--no-mine",
  );
  assert.deepEqual(
    [options.accounts, options.chainId, options.create2Deployer, options.mining],
    [3, 5, false, { kind: "manual" }],
  );
  await chosen("--steps-tracing", "-vvv", "--enable-tx-gas-limit", "--no-priority-fee");
});

test("what is not offered is refused with what to do instead", async () => {
  for (const option of ["--ipc", "--code-size-limit=5", "--print-traces", "--slots-in-an-epoch", "--celo"]) {
    assert.throws(
      () => knownNames([option]),
      (error) => {
        assert.ok(error instanceof UnofferedOptionError);
        assert.equal(error.option, option.split("=")[0]);
        assert.match(error.message, /^--[a-z-]+ is not offered: .{10,}/);
        return true;
      },
    );
  }
  assert.deepEqual(await heddle("dev", "--ipc", "/tmp/x"), {
    code: 2,
    out: "",
    err: "heddle: --ipc is not offered: it is asked over HTTP and WebSocket, both on --port\n",
  });
});

test("blocks can be made by the clock and for transactions, which needs the clock", async () => {
  assert.deepEqual((await chosen("--block-time", "2", "--mixed-mining")).mining, {
    kind: "mixed",
    milliseconds: 2000,
  });
  await assert.rejects(chosen("--mixed-mining"), /--mixed-mining must be given with --block-time/);
  await assert.rejects(async () => chosen("--mixed-mining", "--no-mining"), /cannot be used with/);
});

test("history can be cut without saying where", async () => {
  assert.equal((await chosen("--prune-history")).history, 128);
  assert.equal((await chosen("--prune-history", "3")).history, 3);
  assert.equal((await chosen()).history, undefined);
});

test("a node has keys of its own, begins at a block, mines both ways, and lets no page ask", async () => {
  const node = start(
    ...["dev", "--port", "0", "--mnemonic-random", "15", "--number", "5", "--no-cors"],
    ...["--block-time", "600", "--mixed-mining", "--accounts", "2", "--gas-price", "7"],
  );
  running.push(node);
  const [, address] = await node.saw(/^Listening on (\S+)$/m);
  const [, mnemonic = ""] = /^Mnemonic +(.+)$/m.exec(node.out()) ?? [];
  assert.equal(mnemonic.split(" ").length, 15);
  assert.match(node.out(), /WARNING: these keys were printed/);
  assert.match(node.out(), /^Blocks +one as soon as a transaction comes, and one every 600 s$/m);
  const client = createTestClient({ chain: foundry, mode: "anvil", transport: http(`http://${address}`) })
    .extend(publicActions)
    .extend(walletActions);
  assert.equal(await client.getBlockNumber({ cacheTime: 0 }), 5n);
  assert.equal(await client.getAutomine(), true);
  const [alice, bob] = await client.getAddresses();
  await client.sendTransaction({ account: alice!, to: bob!, value: 1n });
  assert.equal(await client.getBlockNumber({ cacheTime: 0 }), 6n);
  // Foundry's scripts deploy by it.
  const deployer = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
  const hash = await client.sendTransaction({
    account: alice!,
    to: deployer,
    data: `0x${"00".repeat(32)}6001600c60003960016000f300`,
  });
  assert.equal((await client.getTransactionReceipt({ hash })).status, "success");
  const answer = await fetch(`http://${address}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: "http://localhost:3000" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" }),
  });
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
  node.child.kill("SIGTERM");
  const { code, err } = await node.ended;
  assert.deepEqual(
    [code, err],
    [0, "heddle: --gas-price means nothing from London on: --base-fee says what gas costs\n"],
  );
});
