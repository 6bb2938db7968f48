import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Contract, isError, JsonRpcProvider, parseEther, Wallet, WebSocketProvider } from "ethers";
import { ADDRESSES, CONTRACTS, KEYS, startTestNode, type TestNode } from "./support/node.ts";

const ABI = ["error Denied(uint256 code)", "function run()", "function read() view returns (uint256)"];

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail("it should have failed"),
    (error: unknown) => error,
  );
}

describe("ethers", () => {
  let node: TestNode;
  let provider: JsonRpcProvider;
  before(async () => {
    node = await startTestNode();
    provider = new JsonRpcProvider(node.server.url, undefined, {
      polling: true,
      pollingInterval: 20,
      cacheTimeout: -1,
    });
  });
  after(async () => {
    provider.destroy();
    await node.close();
  });

  it("sends a transaction and waits for its receipt", async () => {
    const wallet = new Wallet(KEYS[0]!, provider);
    const sent = await wallet.sendTransaction({ to: ADDRESSES[1], value: parseEther("2") });
    await node.chain.mine();
    const receipt = await sent.wait();
    assert.equal(receipt!.status, 1);
    assert.equal(receipt!.gasUsed, 21_000n);
    assert.equal(await provider.getBalance(ADDRESSES[1]), parseEther("1002"));
    const block = await provider.getBlock("latest", true);
    assert.equal(block!.getPrefetchedTransaction(0).hash, sent.hash);
  });

  it("decodes reverts: strings, panics and custom errors", async () => {
    const at = (address: string) => new Contract(address, ABI, provider);
    const error = await failure(at(CONTRACTS.error).getFunction("read").staticCall());
    assert.ok(isError(error, "CALL_EXCEPTION"));
    assert.equal(error.reason, "no entry");
    const panic = await failure(at(CONTRACTS.panic).getFunction("read").staticCall());
    assert.ok(isError(panic, "CALL_EXCEPTION"));
    assert.equal(panic.revert?.name, "Panic");
    const custom = await failure(at(CONTRACTS.custom).getFunction("read").staticCall());
    assert.ok(isError(custom, "CALL_EXCEPTION"));
    assert.equal(custom.revert?.name, "Denied");
    const estimated = await failure(at(CONTRACTS.error).getFunction("run").estimateGas());
    assert.ok(isError(estimated, "CALL_EXCEPTION"));
  });

  it("knows a nonce that was used, missing funds and an underpriced replacement by their codes", async () => {
    const wallet = new Wallet(KEYS[0]!, provider);
    const fields = {
      to: ADDRESSES[1],
      value: 1n,
      gasLimit: 21_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
    };
    assert.ok(isError(await failure(wallet.sendTransaction({ ...fields, nonce: 0 })), "NONCE_EXPIRED"));
    const poor = new Wallet(KEYS[2]!, provider).sendTransaction({
      ...fields,
      nonce: 0,
      value: parseEther("9999"),
    });
    assert.ok(isError(await failure(poor), "INSUFFICIENT_FUNDS"));
    await wallet.sendTransaction({ ...fields, nonce: 1 });
    const replacement = wallet.sendTransaction({ ...fields, nonce: 1, value: 2n });
    assert.ok(isError(await failure(replacement), "REPLACEMENT_UNDERPRICED"));
    await node.chain.mine();
  });

  it("hears of blocks and logs over a WebSocket", async () => {
    const socket = new WebSocketProvider(node.server.url.replace("http", "ws"));
    const blocks: number[] = [];
    const logs: string[] = [];
    await socket.on("block", (number: number) => blocks.push(number));
    await socket.on({ address: CONTRACTS.counter }, (log: { transactionHash: string }) =>
      logs.push(log.transactionHash),
    );
    await socket.getBlockNumber();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const wallet = new Wallet(KEYS[1]!, provider);
    const { hash } = await wallet.sendTransaction({ to: CONTRACTS.counter, gasLimit: 100_000n });
    const { number } = await node.chain.mine();
    const until = Date.now() + 5_000;
    while ((blocks.length === 0 || logs.length === 0) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual([blocks.at(-1), logs], [Number(number), [hash]]);
    await socket.destroy();
  });
});
