import assert from "node:assert/strict";
import { test } from "node:test";
import { OtherChainError } from "@heddle/store";
import type { DevChain, DevChainOptions } from "../src/index.ts";
import { balanceOf, open as openDev, pay, stranger } from "./support/dev.ts";
import { directory } from "./support/directories.ts";
import { COUNTER, COUNTER_CODE, ETHER, person } from "./support/people.ts";

function open(path: string, options: DevChainOptions = {}): Promise<DevChain> {
  return openDev({ checkpointDistance: 2, checkpointEvery: 1, ...options, directory: path });
}

test("settings are what they were: impersonation, time, mining, attributes of blocks", async () => {
  const path = directory();
  const dev = await open(path);
  dev.impersonate(stranger);
  dev.clock.increase(1000n);
  dev.clock.setInterval(7n);
  dev.setBlocks({ coinbase: COUNTER, gasLimit: 12_345_678n });
  dev.setNextBlock({ baseFeePerGas: 99n });
  dev.setMining({ kind: "manual" });
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  const { clock } = dev;
  const before = { clock: clock.state, mining: dev.mining };
  await dev.close();

  const again = await open(path);
  assert.deepEqual({ clock: again.clock.state, mining: again.mining }, before);
  assert.equal(again.isImpersonated(stranger), true);
  assert.equal(again.chain.pool.size, 1);
  const { header } = await again.mine();
  assert.equal(header.baseFeePerGas, 99n);
  assert.equal(header.coinbase, COUNTER);
  assert.equal(header.gasLimit, 12_345_678n);
  assert.equal(header.timestamp, again.chain.genesis.header.timestamp + 7n);
  again.impersonateAll(true);
  await again.close();

  // What was set for one block is not set for the next one.
  const third = await open(path, { mining: { kind: "interval", milliseconds: 1e6 } });
  assert.deepEqual(third.mining, { kind: "interval", milliseconds: 1e6 });
  assert.equal(third.isImpersonated(person(3).address), true);
  assert.notEqual((await third.mine()).header.baseFeePerGas, 99n);
});

test("a snapshot whose block was rolled back is gone after a restart too", async () => {
  const path = directory();
  const dev = await open(path);
  const kept = await dev.snapshot();
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  const gone = await dev.snapshot();
  await dev.rollback(1);
  await dev.close();

  const again = await open(path);
  assert.deepEqual(again.snapshots, [kept]);
  assert.equal(await again.revert(gone), false);
  assert.equal(await again.revert(kept), true);
  await again.close();
});

test("a snapshot can be gone back to after a restart, also behind the checkpoint and to changes from outside", async () => {
  const path = directory();
  const dev = await open(path);
  const [alice] = dev.accounts;
  await dev.sendTransaction(alice!.address, pay());
  await dev.setBalance(stranger, 5n * ETHER);
  await dev.setCode(COUNTER, COUNTER_CODE);
  const first = await dev.snapshot();
  await dev.setBalance(stranger, 1n);
  for (let i = 0; i < 12; i++) await dev.sendTransaction(alice!.address, pay());
  const second = await dev.snapshot();
  const { hash } = dev.chain.head;
  await dev.mine();
  await dev.close();

  const again = await open(path);
  assert.deepEqual(again.snapshots, [first, second]);
  assert.equal(await again.revert(second), true);
  assert.equal(again.chain.head.hash, hash);
  assert.equal(await again.revert(first), true);
  assert.equal(again.chain.head.number, 1n);
  assert.equal(await balanceOf(again), 5n * ETHER);
  assert.deepEqual(again.snapshots, []);
  // Blocks go on from there, and what was changed from outside goes with them.
  for (let i = 0; i < 6; i++) await again.sendTransaction(alice!.address, pay());
  assert.equal(await again.snapshot(), second + 1);
  const { root, number } = { root: again.chain.engine.stateRoot, number: again.chain.head.number };
  await again.close();

  const third = await open(path);
  assert.equal(third.chain.engine.stateRoot, root);
  assert.equal(third.chain.head.number, number);
  assert.equal(await balanceOf(third), 5n * ETHER + 6n);
  assert.equal((await third.chain.state(1n).account(stranger))?.balance, 5n * ETHER);
  assert.equal((await third.chain.state(2n).account(stranger))?.balance, 5n * ETHER + 1n);
  assert.equal((await third.chain.state(0n).account(stranger))?.balance, undefined);
  assert.equal((await third.chain.state(1n).code(COUNTER)).length, COUNTER_CODE.length / 2 - 1);
});

test("a directory keeps its genesis, though another moment would give another one", async () => {
  const path = directory();
  const dev = await open(path, { timestamp: 1_700_000_000n, hardfork: "Cancun", chainId: 77 });
  const { hash } = dev.chain.genesis;
  await dev.close();
  const again = await open(path);
  assert.equal(again.chain.genesis.hash, hash);
  assert.equal(again.chain.chainId, 77n);
  assert.equal(again.chain.config.pragueTime, undefined);
  await again.close();
  await assert.rejects(open(path, { chainId: 78 }), OtherChainError);
  await assert.rejects(open(path, { balance: 1n }), OtherChainError);
  await (await open(path)).close();
});

test("a chain id that was set holds after a restart, and blocks are executed again by the id of their time", async () => {
  const path = directory();
  let dev = await open(path);
  const send = () => dev.sendTransaction(dev.accounts[0]!.address, pay());
  await send();
  dev.chain.setChainId(99n);
  await send();
  await dev.close();
  dev = await open(path);
  assert.deepEqual([dev.chain.head.number, dev.chain.chainId], [2n, 99n]);
  await send();
  assert.equal(dev.chain.head.transaction(0).chainId, 99n);
  await dev.reset();
  assert.equal(dev.chain.chainId, 31337n);
  await send();
  await dev.close();
  dev = await open(path);
  assert.deepEqual([dev.chain.head.number, dev.chain.chainId], [1n, 31337n]);
  await dev.close();
});
