import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  http,
  InsufficientFundsError,
  NonceTooLowError,
  parseAbi,
  parseEther,
  webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { ADDRESSES, CONTRACTS, KEYS, startTestNode, type TestNode } from "./support/node.ts";

const abi = parseAbi(["error Denied(uint256 code)", "function run()", "function runView() view"]);

/** The cause of this class, or a failed test. */
async function causeOf<E>(promise: Promise<unknown>, type: abstract new (...args: never[]) => E): Promise<E> {
  const error = await promise.then(
    () => assert.fail("it should have failed"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BaseError, String(error));
  const cause = error.walk((one) => one instanceof (type as unknown as new () => unknown));
  assert.ok(cause !== null, error.message);
  return cause as E;
}

describe("viem", () => {
  let node: TestNode;
  before(async () => {
    node = await startTestNode();
  });
  after(() => node.close());

  const publicClient = () =>
    createPublicClient({
      chain: foundry,
      transport: http(node.server.url),
      cacheTime: 0,
      pollingInterval: 20,
    });
  const wallet = (key = 0) =>
    createWalletClient({
      chain: foundry,
      transport: http(node.server.url),
      account: privateKeyToAccount(KEYS[key]!),
    });

  it("sends ether and reads transaction, receipt and block", async () => {
    const client = publicClient();
    const hash = await wallet().sendTransaction({ to: ADDRESSES[1], value: parseEther("1") });
    const waiting = await client.getTransaction({ hash });
    assert.equal(waiting.blockHash, null);
    assert.equal(await client.getTransactionCount({ address: ADDRESSES[0], blockTag: "pending" }), 1);
    const pending = await client.getBlock({ blockTag: "pending" });
    assert.deepEqual(pending.transactions, [hash]);
    const block = await node.chain.mine();
    const receipt = await client.getTransactionReceipt({ hash });
    assert.equal(receipt.status, "success");
    assert.equal(receipt.blockHash, block.hash);
    assert.equal(receipt.gasUsed, 21_000n);
    const found = await client.getBlock({ blockHash: block.hash, includeTransactions: true });
    assert.equal(found.transactions[0]!.hash, hash);
    assert.equal(found.transactions[0]!.type, "eip1559");
    assert.equal(await client.getBalance({ address: ADDRESSES[1] }), parseEther("1001"));
    assert.equal(
      await client.getBalance({ address: ADDRESSES[1], blockNumber: block.number - 1n }),
      parseEther("1000"),
    );
  });

  it("decodes why a call was reverted", async () => {
    const client = publicClient();
    const simulate = (address: `0x${string}`) =>
      client.simulateContract({ address, abi, functionName: "run", account: ADDRESSES[0] });
    const custom = await causeOf(simulate(CONTRACTS.custom), ContractFunctionRevertedError);
    assert.deepEqual([custom.data?.errorName, custom.data?.args], ["Denied", [7n]]);
    const error = await causeOf(simulate(CONTRACTS.error), ContractFunctionRevertedError);
    assert.equal(error.reason, "no entry");
    const panic = await causeOf(simulate(CONTRACTS.panic), ContractFunctionRevertedError);
    assert.match(panic.reason ?? "", /Arithmetic/);
    await assert.rejects(client.estimateGas({ account: ADDRESSES[0], to: CONTRACTS.error }), /no entry/);
  });

  it("knows what is wrong with a transaction", async () => {
    const fields = {
      to: ADDRESSES[1],
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
    };
    await causeOf(wallet().sendTransaction({ ...fields, nonce: 0 }), NonceTooLowError);
    await causeOf(
      wallet(1).sendTransaction({ ...fields, nonce: 0, value: parseEther("5000") }),
      InsufficientFundsError,
    );
    await wallet(1).sendTransaction({ ...fields, nonce: 0 });
    await assert.rejects(wallet(1).sendTransaction({ ...fields, nonce: 0 }), /already known/);
    await assert.rejects(
      wallet(1).sendTransaction({ ...fields, nonce: 0, value: 2n }),
      /replacement transaction underpriced/,
    );
    await node.chain.mine();
  });

  it("finds logs, and estimates no less gas than is used and hardly more", async () => {
    const client = publicClient();
    const gas = await client.estimateGas({ account: ADDRESSES[0], to: CONTRACTS.counter });
    const hash = await wallet().sendTransaction({ to: CONTRACTS.counter });
    const filter = await client.createEventFilter({ address: CONTRACTS.counter });
    const { number } = await node.chain.mine();
    const receipt = await client.getTransactionReceipt({ hash });
    assert.ok(
      gas >= receipt.gasUsed && gas < (receipt.gasUsed * 103n) / 100n,
      `${gas} for ${receipt.gasUsed}`,
    );
    const logs = await client.getLogs({ address: CONTRACTS.counter, fromBlock: 0n });
    assert.equal(logs.length, 1);
    assert.equal(logs[0]!.blockNumber, number);
    assert.deepEqual(
      (await client.getFilterChanges({ filter })).map(({ transactionHash }) => transactionHash),
      [hash],
    );
    assert.deepEqual(await client.getFilterChanges({ filter }), []);
    assert.equal(await client.uninstallFilter({ filter }), true);
    assert.equal(
      await client.getStorageAt({ address: CONTRACTS.counter, slot: "0x0" }),
      `0x${"0".repeat(63)}1`,
    );
  });

  it("calls with state and block as it wishes them", async () => {
    const client = publicClient();
    // NUMBER, and slot 0, in two words.
    const code = "0x435f525f5460205260405ff3";
    const { data } = await client.call({
      to: ADDRESSES[2],
      stateOverride: [
        {
          address: ADDRESSES[2],
          code,
          stateDiff: [{ slot: `0x${"00".repeat(32)}`, value: `0x${"00".repeat(31)}2a` }],
        },
      ],
      blockOverrides: { number: 77n },
    });
    assert.equal(BigInt(data!.slice(0, 66)), 77n);
    assert.equal(BigInt(`0x${data!.slice(66)}`), 42n);
    assert.equal(await client.getCode({ address: ADDRESSES[2] }), undefined);
  });

  it("lists what a call uses, and charges for the list", async () => {
    const client = publicClient();
    const call = { account: ADDRESSES[0], to: CONTRACTS.counter } as const;
    const slot = `0x${"00".repeat(32)}` as const;
    const { accessList, gasUsed } = await client.createAccessList(call);
    assert.deepEqual(accessList, [{ address: CONTRACTS.counter, storageKeys: [slot] }]);
    assert.equal(await client.estimateGas({ ...call, accessList }), gasUsed);
    const useless = [{ address: ADDRESSES[2], storageKeys: [slot] }];
    const plain = await client.estimateGas({ account: ADDRESSES[0], to: ADDRESSES[1] });
    const charged = await client.estimateGas({
      account: ADDRESSES[0],
      to: ADDRESSES[1],
      accessList: useless,
    });
    assert.deepEqual([plain, charged], [21_000n, 25_300n]);
    const reverted = await client.request({
      method: "eth_createAccessList",
      params: [{ to: CONTRACTS.error }, "latest"],
    });
    assert.equal((reverted as { error?: string }).error, "execution reverted");
  });

  it("calls what an authorization would delegate to", async () => {
    const client = publicClient();
    const account = privateKeyToAccount(KEYS[2]!);
    const authorization = await account.signAuthorization({
      address: CONTRACTS.error,
      chainId: 31337,
      nonce: 0,
    });
    const call = { account: ADDRESSES[0], to: ADDRESSES[2] } as const;
    await assert.rejects(client.call({ ...call, authorizationList: [authorization] }), /no entry/);
    const stale = await account.signAuthorization({ address: CONTRACTS.error, chainId: 31337, nonce: 9 });
    assert.equal((await client.call({ ...call, authorizationList: [stale] })).data, undefined);
    assert.equal(await client.estimateGas({ ...call, authorizationList: [stale] }), 46_000n);
  });

  it("reads fees and proofs", async () => {
    const client = publicClient();
    const history = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] });
    assert.equal(history.baseFeePerGas.length, 3);
    assert.equal(history.reward!.length, 2);
    const fees = await client.estimateFeesPerGas();
    assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas);
    const proof = await client.getProof({
      address: CONTRACTS.counter,
      storageKeys: [`0x${"00".repeat(32)}`],
    });
    assert.equal(proof.storageProof[0]!.value, 1n);
    assert.ok(proof.accountProof.length > 0);
  });

  it("watches blocks, logs and pending transactions over a WebSocket", async () => {
    const transport = webSocket(node.server.url.replace("http", "ws"), { reconnect: false });
    const client = createPublicClient({ chain: foundry, transport });
    const blocks: bigint[] = [];
    const logs: string[] = [];
    const pending: string[] = [];
    const stop = [
      client.watchBlockNumber({ onBlockNumber: (number) => blocks.push(number), emitMissed: false }),
      client.watchEvent({
        address: CONTRACTS.counter,
        onLogs: (found) => logs.push(...found.map((log) => log.transactionHash!)),
      }),
      client.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
    ];
    // What was asked for before is answered before.
    await client.getBlockNumber();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const hash = await wallet().sendTransaction({ to: CONTRACTS.counter });
    const { number } = await node.chain.mine();
    const until = Date.now() + 5_000;
    while ((blocks.length === 0 || logs.length === 0 || pending.length === 0) && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual([blocks.at(-1), logs, pending], [number, [hash], [hash]]);
    for (const one of stop) one();
    const socket = await transport({}).value!.getRpcClient();
    socket.close();
  });

  it("gets the receipt with eth_sendRawTransactionSync as soon as the block is there", async () => {
    const account = privateKeyToAccount(KEYS[0]!);
    const nonce = await publicClient().getTransactionCount({ address: ADDRESSES[0] });
    const serializedTransaction = await account.signTransaction({
      chainId: 31337,
      to: ADDRESSES[1],
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
      nonce,
      type: "eip1559",
    });
    const receipt = publicClient().request({
      method: "eth_sendRawTransactionSync",
      params: [serializedTransaction],
    });
    while (node.chain.pool.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { hash } = await node.chain.mine();
    assert.equal((await receipt).blockHash, hash);
  });
});
