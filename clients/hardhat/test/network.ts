import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { network } from "hardhat";
import { getAddress, parseEther, parseGwei } from "viem";

const STRANGER = "0x00000000000000000000000000000000000057a1";
const COPY = "0x000000000000000000000000000000000000c0de";

describe("the network", async () => {
  const { viem, networkHelpers, provider } = await network.create();
  const { time } = networkHelpers;
  const client = await viem.getPublicClient();
  const [sender] = await viem.getWalletClients();
  let begun: Awaited<ReturnType<typeof networkHelpers.takeSnapshot>>;
  before(async () => {
    begun = await networkHelpers.takeSnapshot();
  });
  after(() => begun.restore());

  it("shows a contract the block as it was set", async () => {
    const seen = await viem.deployContract("Surroundings");
    await networkHelpers.setCoinbase(STRANGER);
    await networkHelpers.setBlockGasLimit(25_000_000);
    await networkHelpers.setPrevRandao(77);
    await networkHelpers.setNextBlockBaseFeePerGas(parseGwei("3"));
    const at = (await time.latest()) + 1_000;
    await time.setNextBlockTimestamp(at);
    await seen.write.look();
    assert.equal(await seen.read.coinbase(), getAddress(STRANGER));
    assert.equal(await seen.read.gasLimit(), 25_000_000n);
    assert.equal(await seen.read.randao(), 77n);
    assert.equal(await seen.read.baseFee(), parseGwei("3"));
    assert.equal(await seen.read.time(), BigInt(at));
    assert.equal(await seen.read.number(), BigInt(await time.latestBlock()));
  });

  it("mines blocks a given time apart, and up to a number", async () => {
    const [number, from] = [await time.latestBlock(), await time.latest()];
    await networkHelpers.mine(5, { interval: 60 });
    assert.equal(await time.latestBlock(), number + 5);
    assert.ok((await time.latest()) >= from + 4 * 60);
    await networkHelpers.mineUpTo(number + 1_000);
    assert.equal(await time.latestBlock(), number + 1_000);
    assert.equal((await client.getBlock({ blockNumber: BigInt(number) + 500n })).transactions.length, 0);
    const later = await time.latest();
    await time.increase(time.duration.days(2));
    assert.ok((await time.latest()) >= later + 2 * 86_400);
  });

  it("lets anybody be spoken for, with ether that was given to him", async () => {
    await networkHelpers.impersonateAccount(STRANGER);
    await networkHelpers.setBalance(STRANGER, parseEther("2"));
    const stranger = await viem.getWalletClient(STRANGER);
    const hash = await stranger.sendTransaction({ to: sender!.account.address, value: parseEther("1") });
    assert.equal((await client.getTransaction({ hash })).from, STRANGER);
    await networkHelpers.stopImpersonatingAccount(STRANGER);
    await assert.rejects(stranger.sendTransaction({ to: sender!.account.address, value: 1n }));
  });

  it("takes code, nonces and storage as they are given", async () => {
    const { abi } = await viem.deployContract("Surroundings");
    const copied = await viem.deployContract("Surroundings");
    const code = await client.getCode({ address: copied.address });
    await networkHelpers.setCode(COPY, code!);
    await networkHelpers.setStorageAt(COPY, 3, parseGwei("9"));
    assert.equal(BigInt(await networkHelpers.getStorageAt(COPY, 3)), parseGwei("9"));
    const baseFee = await client.readContract({ address: COPY, abi, functionName: "baseFee" });
    assert.equal(baseFee, parseGwei("9"));
    await networkHelpers.setNonce(COPY, 40);
    assert.equal(await client.getTransactionCount({ address: COPY }), 40);
  });

  it("goes back to snapshots", async () => {
    const [number, balance] = [
      await time.latestBlock(),
      await client.getBalance({ address: sender!.account.address }),
    ];
    const snapshot = await networkHelpers.takeSnapshot();
    await sender!.sendTransaction({ to: STRANGER, value: parseEther("9") });
    await networkHelpers.mine(3);
    await snapshot.restore();
    assert.equal(await time.latestBlock(), number);
    assert.equal(await client.getBalance({ address: sender!.account.address }), balance);
    // A snapshot may be restored again.
    await networkHelpers.mine();
    await snapshot.restore();
    assert.equal(await time.latestBlock(), number);
  });

  it("holds transactions back and drops them", async () => {
    await provider.request({ method: "evm_setAutomine", params: [false] });
    try {
      const kept = await sender!.sendTransaction({ to: STRANGER, value: 1n });
      const dropped = await sender!.sendTransaction({ to: STRANGER, value: 2n });
      const pending = await client.getBlock({ blockTag: "pending" });
      assert.deepEqual(pending.transactions, [kept, dropped]);
      assert.equal(await networkHelpers.dropTransaction(dropped), true);
      await networkHelpers.mine();
      assert.deepEqual((await client.getBlock()).transactions, [kept]);
    } finally {
      await provider.request({ method: "evm_setAutomine", params: [true] });
    }
  });
});
