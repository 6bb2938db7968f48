import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hex } from "@heddle/engine";
import * as ContractAddress from "ox/ContractAddress";
import { Clock, TransactionRefusedError, UnknownAccountError } from "../src/index.ts";
import { balanceOf, open, pay, stranger } from "./support/dev.ts";
import { COUNTER, COUNTER_CODE, ETHER, person } from "./support/people.ts";

test("what is sent to the deployer that Foundry expects is created where CREATE2 says", async () => {
  const deployer = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
  const dev = await open();
  // Salt 7, and code that gives a contract of one byte, STOP.
  const data = `0x${"7".padStart(64, "0")}60015ff3` as Hex;
  await dev.sendTransaction(dev.accounts[0]!.address, { to: deployer, data, gas: 200_000n });
  const created = ContractAddress.fromCreate2({
    from: deployer,
    salt: `0x${"7".padStart(64, "0")}`,
    bytecode: "0x60015ff3",
  });
  assert.deepEqual(await dev.chain.state().code(created.toLowerCase() as Hex), new Uint8Array(1));
  const without = await open({ create2Deployer: false });
  assert.equal((await without.chain.state().code(deployer)).length, 0);
});

test("the accounts are those of the mnemonic that everybody knows, with ten thousand ether each", async () => {
  const dev = await open({ accounts: 3 });
  assert.deepEqual(
    dev.accounts.map(({ address }) => address),
    [
      "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
      "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
      "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
    ],
  );
  assert.equal(
    dev.accounts[0]!.privateKey,
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  );
  assert.equal(await balanceOf(dev, dev.accounts[2]!.address), 10_000n * ETHER);
  assert.equal(dev.chain.chainId, 31337n);
});

test("each transaction is in a block when it was sent, and several at once share one", async () => {
  const dev = await open();
  const [alice, bob] = dev.accounts;
  const hash = await dev.sendTransaction(alice!.address, pay());
  assert.equal(dev.chain.head.number, 1n);
  assert.deepEqual(dev.chain.transaction(hash), { block: dev.chain.head, index: 0 });
  assert.equal(dev.chain.head.receipt(0).success, true);
  const raws = await Promise.all([alice!, bob!].map(({ address }) => dev.makeTransaction(address, pay())));
  await Promise.all(raws.map(({ raw }) => dev.send(raw)));
  assert.equal(await balanceOf(dev, stranger), 3n);
  assert.ok(dev.chain.head.number <= 3n);
  // One behind a gap makes no block.
  await dev.sendTransaction(alice!.address, { ...pay(), nonce: 9n });
  const { number } = dev.chain.head;
  assert.equal(dev.chain.pool.size, 1);
  await dev.mine();
  assert.deepEqual([dev.chain.head.number, dev.chain.head.transactionCount], [number + 1n, 0]);
});

test("without automatic mining blocks are made when told, and automatic mining takes what has waited", async () => {
  const dev = await open({ mining: { kind: "manual" } });
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  assert.equal(dev.chain.head.number, 0n);
  await dev.mine();
  assert.deepEqual([dev.chain.head.number, dev.chain.head.transactionCount], [1n, 1]);
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  const block = new Promise((resolve) => dev.chain.once("block", resolve));
  dev.setMining({ kind: "auto" });
  await block;
  assert.equal(await balanceOf(dev, stranger), 2n);
});

test("blocks are made in an interval, also empty ones", async () => {
  const dev = await open({ mining: { kind: "interval", milliseconds: 5 } });
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = 3;
  dev.chain.on("block", () => {
    if (--left === 0) resolve();
  });
  const alive = setInterval(() => {}, 1000);
  await promise;
  clearInterval(alive);
  dev.setMining({ kind: "manual" });
  assert.ok(dev.chain.head.number >= 3n);
});

test("one acts in the name of any account, contracts too, and only while it is impersonated", async () => {
  const dev = await open();
  await dev.setCode(COUNTER, COUNTER_CODE);
  await dev.setBalance(COUNTER, ETHER);
  await assert.rejects(dev.sendTransaction(COUNTER, pay()), UnknownAccountError);
  dev.impersonate(COUNTER);
  const hash = await dev.sendTransaction(COUNTER, pay(stranger, 5n));
  const { block, index } = dev.chain.transaction(hash)!;
  assert.deepEqual([block.sender(index), block.receipt(index).success], [COUNTER, true]);
  assert.equal(await balanceOf(dev, stranger), 5n);
  dev.stopImpersonating(COUNTER);
  await assert.rejects(dev.sendTransaction(COUNTER, pay()), UnknownAccountError);
  dev.impersonateAll(true);
  await dev.setBalance(person(78).address, ETHER);
  await dev.setBalance(person(79).address, ETHER);
  const same = await Promise.all([78, 79].map((i) => dev.sendTransaction(person(i).address, pay())));
  assert.notEqual(same[0], same[1]);
  assert.equal(await balanceOf(dev, stranger), 7n);
});

test("time is moved, set for one block, or goes in steps", async () => {
  const dev = await open({ timestamp: 1_000n });
  const next = async () => (await dev.mine()).header.timestamp;
  const first = await next();
  dev.clock.increase(3_600n);
  const later = await next();
  assert.ok(later > first + 3_500n && later < first + 3_700n);
  dev.setNextTimestamp(9_000n);
  assert.equal(await next(), 9_000n);
  const after = await next();
  assert.ok(after > 9_000n && after < 9_100n);
  assert.throws(() => dev.setNextTimestamp(9_000n), /timestamp must be at least/);
  dev.clock.setInterval(100n);
  assert.deepEqual([await next(), await next()], [after + 100n, after + 200n]);
  await dev.mineMany(3, 7n);
  assert.equal(dev.chain.head.header.timestamp, after + 300n + 14n);
});

test("the pending block has what waits and the time that is next, and is not kept", async () => {
  const dev = await open({ mining: { kind: "manual" } });
  const hash = await dev.sendTransaction(dev.accounts[0]!.address, pay());
  dev.setNextTimestamp(1n << 33n);
  const pending = await dev.build();
  assert.deepEqual(
    [pending.number, pending.header.timestamp, pending.transactionHash(0)],
    [1n, 1n << 33n, hash],
  );
  assert.deepEqual([dev.chain.head.number, dev.chain.pool.size], [0n, 1]);
  assert.equal((await dev.mine()).hash, pending.hash);
});

test("a clock that stands still gives each block a later time", () => {
  const clock = new Clock(() => 50n);
  assert.deepEqual([clock.peek(10n), clock.peek(50n), clock.peek(80n)], [50n, 51n, 81n]);
});

test("state is set from outside, and the next block is executed on it", async () => {
  const dev = await open();
  const slot: Hex = `0x${stranger.slice(2).padStart(64, "0")}`;
  await dev.setCode(COUNTER, COUNTER_CODE);
  await dev.setStorageAt(COUNTER, slot, 41n);
  await dev.setBalance(stranger, ETHER);
  await dev.setNonce(stranger, 5n);
  dev.impersonate(stranger);
  await dev.sendTransaction(stranger, { to: COUNTER, gas: 100_000n });
  assert.equal(await dev.chain.state().storage(COUNTER, slot), 42n);
  assert.equal((await dev.chain.state().account(stranger))?.nonce, 6n);
});

test("the next block's base fee, and the coinbase and limit of all blocks, are as they were set", async () => {
  const dev = await open();
  dev.setBlocks({ coinbase: stranger, gasLimit: 12_345_678n });
  dev.setNextBlock({ baseFeePerGas: 0n });
  const free = { ...pay(person(80).address), maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
  await dev.sendTransaction(dev.accounts[0]!.address, free);
  const { header } = dev.chain.head;
  assert.deepEqual([header.baseFeePerGas, header.coinbase, header.gasLimit], [0n, stranger, 12_345_678n]);
  await dev.setBalance(dev.accounts[1]!.address, 1n);
  await assert.rejects(
    dev.sendTransaction(dev.accounts[1]!.address, pay()),
    (error) => error instanceof TransactionRefusedError && error.reason === "InsufficientFunds",
  );
});

test("a snapshot brings back blocks, state, time and pool, once", async () => {
  const dev = await open({ mining: { kind: "manual" } });
  const [alice, bob] = dev.accounts;
  await dev.sendTransaction(alice!.address, pay());
  await dev.mine();
  await dev.setBalance(stranger, 100n);
  const waiting = await dev.sendTransaction(bob!.address, pay());
  const id = await dev.snapshot();
  const head = dev.chain.head;
  await dev.mine();
  await dev.setBalance(stranger, 7n);
  dev.clock.increase(500n);
  const younger = await dev.snapshot();
  await dev.sendTransaction(alice!.address, pay());
  assert.equal(await dev.revert(id), true);
  assert.equal(dev.chain.head, head);
  assert.equal(await balanceOf(dev, stranger), 100n);
  assert.deepEqual(
    Array.from(dev.chain.pool.transactions(), ({ hash }) => hash),
    [waiting],
  );
  assert.equal(dev.clock.offset < 500n, true);
  assert.deepEqual([await dev.revert(id), await dev.revert(younger)], [false, false]);
  await dev.mine();
  assert.equal(await balanceOf(dev, stranger), 101n);
});

test("a snapshot tells again of what waited only where it had left the pool meanwhile", async () => {
  const dev = await open({ mining: { kind: "manual" } });
  const [alice, bob] = dev.accounts;
  const told: Hex[] = [];
  dev.chain.on("pending", ({ hash }) => told.push(hash));
  const mined = await dev.sendTransaction(alice!.address, pay());
  const id = await dev.snapshot();
  await dev.mine();
  const staying = await dev.sendTransaction(bob!.address, pay());
  const other = await dev.snapshot();
  assert.equal(await dev.revert(other), true);
  assert.deepEqual(told.splice(0), [mined, staying]);
  assert.equal(await dev.revert(id), true);
  assert.deepEqual(told, [mined]);
});

test("a snapshot goes with the block behind which it was taken, whichever way the block goes", async () => {
  const dev = await open();
  const sent = () => dev.sendTransaction(dev.accounts[0]!.address, pay());
  await sent();
  const below = await dev.snapshot();
  await sent();
  await dev.snapshot();
  await dev.setBalance(stranger, 100n);
  const above = await dev.snapshot();
  await dev.rollback(1);
  assert.deepEqual(dev.snapshots, [below]);
  assert.equal(await dev.revert(above), false);
  await sent();
  const replaced = await dev.snapshot();
  await dev.reorg(1);
  assert.equal(await dev.revert(replaced), false);
  assert.equal(await dev.revert(below), true);
  assert.equal(dev.chain.head.number, 1n);
  assert.equal(await balanceOf(dev, stranger), 1n);
});

test("blocks are rolled back, or replaced by others", async () => {
  const dev = await open();
  for (let i = 0; i < 4; i++) await dev.sendTransaction(dev.accounts[0]!.address, pay());
  const before = dev.chain.block(2n);
  await dev.rollback(2);
  assert.equal(dev.chain.head, before);
  assert.equal(await balanceOf(dev, stranger), 2n);
  assert.throws(() => dev.chain.mark(3n));
  await assert.rejects(dev.rollback(3), /depth/);
  const bob = await dev.makeTransaction(dev.accounts[1]!.address, pay(stranger, 50n));
  const reorgs: unknown[] = [];
  dev.chain.on("reorg", (change) => reorgs.push(change.removed.length));
  await dev.reorg(1, [[bob]]);
  assert.deepEqual([dev.chain.head.number, await balanceOf(dev, stranger), reorgs], [2n, 51n, [1]]);
  assert.notEqual(dev.chain.head, before);
});

test("a chain crosses a fork by time while it runs", async () => {
  const dev = await open({ hardfork: "CancunToPragueAtTime15k", timestamp: 14_000n });
  const cancun = await dev.mine();
  assert.equal(cancun.header.requestsHash, undefined);
  dev.setNextTimestamp(15_000n);
  const prague = await dev.mine();
  assert.notEqual(prague.header.requestsHash, undefined);
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  assert.equal(dev.chain.head.receipt(0).success, true);
});

test("a message finds the state behind its block however often it is run, and leaves the head as it is", async () => {
  const dev = await open();
  const [alice] = dev.accounts;
  // Gives what `stranger` has.
  const reader = person(78).address;
  await dev.setCode(reader, `0x73${stranger.slice(2)}3160005260206000f3`);
  const COUNT = 6n;
  for (let i = 0n; i < COUNT; i++) await dev.sendTransaction(alice!.address, pay());
  await dev.setBalance(stranger, 100n);
  const root = dev.chain.engine.stateRoot;
  const readAt = async (number: bigint) =>
    BigInt(`0x${Buffer.from((await dev.chain.state(number).call({ to: reader })).output).toString("hex")}`);
  for (const number of [5n, 5n, 2n, 5n, 5n, 5n, 5n, 6n, 1n, 4n]) {
    assert.equal(await readAt(number), number === COUNT ? 100n : number);
    assert.equal(dev.chain.engine.stateRoot, root);
  }
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) =>
      assert.equal(await readAt(BigInt(1 + (i % 5))), 1n + BigInt(i % 5)),
    ),
  );
  await dev.sendTransaction(alice!.address, pay());
  assert.deepEqual([await readAt(6n), await readAt(7n)], [100n, 101n]);
});
