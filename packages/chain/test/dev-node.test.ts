import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodingError } from "@heddle/engine";
import { decodeTransaction, dumpedAccounts, dumpState, TransactionRefusedError } from "../src/index.ts";
import { open, pay, stranger } from "./support/dev.ts";
import { COUNTER, COUNTER_CODE, ETHER } from "./support/people.ts";

test("a reset brings back genesis, accounts, time and mining as they were at the beginning", async () => {
  const dev = await open({ timestamp: 5_000n });
  const { stateRoot } = dev.chain.head.header;
  await dev.setBalance(stranger, 9n);
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  await dev.snapshot();
  dev.impersonate(stranger);
  dev.setMining({ kind: "manual" });
  dev.clock.increase(1_000_000n);
  dev.setBlocks({ coinbase: stranger });
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  await dev.reset();
  assert.equal(dev.chain.head.number, 0n);
  assert.equal(dev.chain.engine.stateRoot, stateRoot);
  assert.deepEqual([dev.chain.pool.size, dev.snapshots.length, dev.isImpersonated(stranger)], [0, 0, false]);
  await dev.sendTransaction(dev.accounts[0]!.address, pay());
  const { header } = dev.chain.head;
  assert.ok(header.number === 1n && header.timestamp < 6_000n && header.coinbase !== stranger);
  assert.equal(await dev.snapshot(), 1);
});

test("where it is allowed, a block has the time of the one before it", async () => {
  const dev = await open({ sameTimestamp: true });
  dev.setNextTimestamp(1n << 33n);
  await dev.mine();
  dev.setNextTimestamp(1n << 33n);
  await dev.mine();
  assert.equal(dev.chain.head.header.timestamp, 1n << 33n);
  assert.throws(() => dev.setNextTimestamp((1n << 33n) - 1n), /timestamp must be at least 8589934592/);
});

test("another chain id holds for CHAINID and for transactions from then on, and for this chain alone", async () => {
  const dev = await open();
  const other = await open();
  const raw = (await dev.makeTransaction(dev.accounts[0]!.address, pay())).raw;
  // chainid, mstore, return
  await dev.setCode(stranger, "0x465f5260205ff3");
  const chainIdAtOnce = () =>
    BigInt(
      `0x${Buffer.from(dev.chain.state().callAtOnce({ to: stranger }, { isFree: true })!.output).toString("hex")}`,
    );
  assert.equal(chainIdAtOnce(), 31337n);
  dev.chain.setChainId(5n);
  assert.equal(chainIdAtOnce(), 5n);
  assert.deepEqual([dev.chain.chainId, other.chain.chainId], [5n, 31337n]);
  await assert.rejects(
    dev.send(raw),
    (error) => error instanceof TransactionRefusedError && error.reason === "InvalidChainId",
  );
  const hash = await dev.sendTransaction(dev.accounts[0]!.address, pay());
  const { block, index } = dev.chain.transaction(hash)!;
  assert.equal(decodeTransaction(block.rawTransaction(index)).chainId, 5n);
  const { output } = await dev.chain.state().call({ to: stranger });
  assert.equal(BigInt(`0x${Buffer.from(output).toString("hex")}`), 5n);
});

test("two transactions of one account that are made at the same time follow each other", async () => {
  const dev = await open();
  const from = dev.accounts[0]!.address;
  await Promise.all(Array.from({ length: 8 }, () => dev.sendTransaction(from, pay())));
  assert.equal((await dev.chain.state().account(from))!.nonce, 8n);
});

test("the state is written down and set up again on another chain, root by root", async () => {
  const dev = await open({ timestamp: 5_000n });
  await dev.setCode(COUNTER, COUNTER_CODE);
  await dev.setStorageAt(stranger, `0x${"07".repeat(32)}`, 7n);
  await dev.setBalance(stranger, 3n * ETHER);
  for (let i = 0; i < 3; i++)
    await dev.sendTransaction(dev.accounts[i]!.address, { to: COUNTER, gas: 100_000n });
  await dev.setStorageAt(stranger, `0x${"08".repeat(32)}`, 0n);
  const dump = JSON.parse(JSON.stringify(await dumpState(dev.chain)));
  assert.equal(dump.best_block_number, 3);
  const other = await open({ timestamp: 6_000n, balance: 1n });
  await other.chain.edit(dumpedAccounts(dump));
  assert.equal(other.chain.engine.stateRoot, dev.chain.engine.stateRoot);
  assert.deepEqual((await dumpState(other.chain)).accounts, dump.accounts);
});

test("what is no dump is refused with the place that is wrong", () => {
  const account = { nonce: 0, balance: "0x0", code: "0x", storage: {} };
  const refused = (dump: unknown, field: string) =>
    assert.throws(
      () => dumpedAccounts(dump),
      (error) => error instanceof DecodingError && error.field === field,
    );
  refused(null, "accounts");
  refused({ accounts: [] }, "accounts");
  refused({ accounts: { "0x12": account } }, "accounts.0x12");
  refused({ accounts: { [stranger]: { ...account, nonce: -1 } } }, `accounts.${stranger}.nonce`);
  refused({ accounts: { [stranger]: { ...account, code: "0x1" } } }, `accounts.${stranger}.code`);
  refused(
    { accounts: { [stranger]: { ...account, storage: { "0x1": null } } } },
    `accounts.${stranger}.storage.0x1`,
  );
});
