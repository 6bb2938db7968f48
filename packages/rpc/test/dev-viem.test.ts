import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  createTestClient,
  hashTypedData,
  http,
  parseEther,
  publicActions,
  recoverMessageAddress,
  recoverTypedDataAddress,
  walletActions,
} from "viem";
import { foundry } from "viem/chains";
import { startDevNode, type TestDevNode } from "./support/dev-node.ts";

const STRANGER = "0x00000000000000000000000000000000000ca11e";
const ALICE = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const BOB = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

for (const mode of ["anvil", "hardhat"] as const) {
  describe(`viem's test client in mode ${mode}`, () => {
    let node: TestDevNode;
    let client: ReturnType<typeof connect>;
    const connect = () =>
      createTestClient({
        mode,
        chain: foundry,
        transport: http(node.server.url),
        cacheTime: 0,
        pollingInterval: 20,
      })
        .extend(publicActions)
        .extend(walletActions);
    before(async () => {
      node = await startDevNode(
        { timestamp: 1_700_000_000n },
        { intervalInMilliseconds: mode === "hardhat" },
      );
      client = connect();
    });
    after(() => node.close());

    const send = (value = 1n) => client.sendTransaction({ account: ALICE, to: BOB, value });

    it("sends from the node's accounts, and the receipt is there when the hash is", async () => {
      assert.equal((await client.getAddresses()).length, 10);
      const hash = await send();
      const receipt = await client.getTransactionReceipt({ hash });
      assert.deepEqual([receipt.status, receipt.gasUsed], ["success", 21_000n]);
      const transaction = await client.getTransaction({ hash });
      assert.equal(transaction.maxPriorityFeePerGas, 10n ** 9n);
    });

    it("signs messages and typed data so that the signer is recovered", async () => {
      const message = "hello";
      const signature = await client.signMessage({ account: ALICE, message });
      assert.equal((await recoverMessageAddress({ message, signature })).toLowerCase(), ALICE);
      const typed = {
        domain: { name: "Test", version: "1", chainId: 31337 },
        types: {
          Vote: [
            { name: "id", type: "uint256" },
            { name: "by", type: "address" },
          ],
        },
        primaryType: "Vote",
        message: { id: 2n ** 200n, by: BOB },
      } as const;
      assert.equal(hashTypedData(typed).length, 66);
      const signed = await client.signTypedData({ account: ALICE, ...typed });
      assert.equal((await recoverTypedDataAddress({ ...typed, signature: signed })).toLowerCase(), ALICE);
    });

    it("sets balance, nonce, code and storage", async () => {
      await client.setBalance({ address: STRANGER, value: parseEther("3") });
      await client.setNonce({ address: STRANGER, nonce: 5 });
      await client.setCode({ address: STRANGER, bytecode: "0x5f545f5260205ff3" });
      await client.setStorageAt({ address: STRANGER, index: 0, value: `0x${"00".repeat(31)}2a` });
      assert.equal(await client.getBalance({ address: STRANGER }), parseEther("3"));
      assert.equal(await client.getTransactionCount({ address: STRANGER }), 5);
      assert.equal(await client.getCode({ address: STRANGER }), "0x5f545f5260205ff3");
      assert.equal((await client.call({ to: STRANGER })).data, `0x${"00".repeat(31)}2a`);
    });

    it("acts for an account without a key, only while it is impersonated", async () => {
      await client.setBalance({ address: STRANGER, value: parseEther("1") });
      const transfer = () => client.sendTransaction({ account: STRANGER, to: BOB, value: 1n });
      await assert.rejects(transfer(), /no key of 0x0+ca11e is known/);
      await client.impersonateAccount({ address: STRANGER });
      const receipt = await client.getTransactionReceipt({ hash: await transfer() });
      assert.equal(receipt.from, STRANGER);
      await client.stopImpersonatingAccount({ address: STRANGER });
      await assert.rejects(transfer(), /no key/);
    });

    it("mines blocks apart from each other, and moves and sets time", async () => {
      const before = await client.getBlock();
      await client.mine({ blocks: 3, interval: 60 });
      const third = await client.getBlock();
      assert.equal(third.number, before.number + 3n);
      const second = await client.getBlock({ blockNumber: third.number - 1n });
      assert.equal(third.timestamp - second.timestamp, 60n);
      await client.increaseTime({ seconds: 1000 });
      await client.mine({ blocks: 1 });
      const moved = await client.getBlock();
      assert.ok(moved.timestamp >= third.timestamp + 1000n && moved.timestamp < third.timestamp + 1010n);
      await client.setNextBlockTimestamp({ timestamp: moved.timestamp + 5000n });
      await send();
      assert.equal((await client.getBlock()).timestamp, moved.timestamp + 5000n);
      await assert.rejects(client.setNextBlockTimestamp({ timestamp: 1n }), /timestamp must be at least/);
    });

    it("goes back to a snapshot once", async () => {
      const id = await client.snapshot();
      const { number } = await client.getBlock();
      await send(parseEther("5"));
      await client.revert({ id });
      assert.equal((await client.getBlock()).number, number);
      assert.equal(await node.request("evm_revert", id), false);
    });

    it("keeps transactions in the pool where blocks are made when told, and drops them", async () => {
      await client.setAutomine(false);
      assert.equal(await client.getAutomine(), false);
      const hash = await send();
      assert.equal((await client.getTransaction({ hash })).blockHash, null);
      assert.deepEqual(await client.getTxpoolStatus(), { pending: 1, queued: 0 });
      await client.dropTransaction({ hash });
      assert.deepEqual(await client.getTxpoolStatus(), { pending: 0, queued: 0 });
      const kept = await send();
      await client.mine({ blocks: 1 });
      assert.equal((await client.getTransactionReceipt({ hash: kept })).status, "success");
      await client.setAutomine(true);
      assert.equal(await client.getAutomine(), true);
    });

    it("makes blocks in an interval", async () => {
      await client.setIntervalMining({ interval: 1 });
      const { number } = await client.getBlock();
      const mined = new Promise((resolve) => node.dev.chain.once("block", resolve));
      await mined;
      assert.equal((await client.getBlock()).number, number + 1n);
      await client.setIntervalMining({ interval: 0 });
      await client.setAutomine(true);
    });

    it("sets coinbase, gas limit and the next base fee", async () => {
      await client.setCoinbase({ address: STRANGER });
      await client.setBlockGasLimit({ gasLimit: 12_345_678n });
      await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 77n });
      // What fees are computed from tells of it before the block is there.
      const { baseFeePerGas } = await client.getFeeHistory({ blockCount: 1, rewardPercentiles: [] });
      assert.equal(baseFeePerGas.at(-1), 77n);
      await client.mine({ blocks: 1 });
      const block = await client.getBlock();
      assert.deepEqual([block.miner, block.gasLimit, block.baseFeePerGas], [STRANGER, 12_345_678n, 77n]);
      await assert.rejects(client.setMinGasPrice({ gasPrice: 1n }), /not supported when EIP-1559 is active/);
    });

    it("makes transactions that nobody signed", async () => {
      await client.setBalance({ address: STRANGER, value: parseEther("1") });
      const hash = await client.sendUnsignedTransaction({
        from: STRANGER,
        to: BOB,
        value: 2n,
        gas: 21_000n,
      });
      assert.equal((await client.getTransactionReceipt({ hash })).from, STRANGER);
    });

    it("writes the state down, forgets it, and sets it up again", async () => {
      await client.setBalance({ address: STRANGER, value: 123n });
      const state = await client.dumpState();
      await client.setLoggingEnabled(false);
      await client.reset();
      assert.equal((await client.getBlock()).number, 0n);
      assert.equal(await client.getBalance({ address: STRANGER }), 0n);
      await client.loadState({ state });
      assert.equal(await client.getBalance({ address: STRANGER }), 123n);
    });

    if (mode === "anvil") {
      it("keeps a fixed time between blocks until that is removed", async () => {
        await client.setBlockTimestampInterval({ interval: 7 });
        await client.mine({ blocks: 2 });
        const { number, timestamp } = await client.getBlock();
        assert.equal(timestamp - (await client.getBlock({ blockNumber: number - 1n })).timestamp, 7n);
        await client.removeBlockTimestampInterval();
        assert.equal(await node.request("anvil_removeBlockTimestampInterval"), false);
      });
    }
  });
}
