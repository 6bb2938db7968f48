import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import * as Envelope from "ox/TxEnvelopeEip1559";
import { AnsweredError, startDevNode, type TestDevNode } from "./support/dev-node.ts";

const ALICE = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const BOB = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const STRANGER = "0x00000000000000000000000000000000000ca11e";
const TOKEN = "0x00000000000000000000000000000000000070ce";
/** Reverts with Error("no entry"). */
const REVERTING = `0x6064600a5f3960645ffd08c379a0${"20".padStart(64, "0")}${"8".padStart(64, "0")}${Buffer.from("no entry").toString("hex").padEnd(64, "0")}`;
/** Answers sload(keccak256(the word behind the selector, 3)) , whatever it is asked. */
const TOKEN_CODE = "0x6004355f52600360205260405f20545f5260205ff3";

const failing = (code: number, message: RegExp) => (error: unknown) =>
  error instanceof AnsweredError && error.code === code && message.test(error.message);

describe("methods of a local chain", () => {
  let node: TestDevNode;
  const request: TestDevNode["request"] = (...params) => node.request(...params);
  before(async () => {
    node = await startDevNode();
  });
  after(() => node.close());

  const transfer = (more: object = {}) => ({ from: ALICE, to: BOB, value: "0x1", ...more });
  const latest = () => request("eth_getBlockByNumber", "latest", false);

  it("sends what is asked for in the form of its type, and null as what is left out", async () => {
    const typeOf = async (more: object) =>
      (await request("eth_getTransactionByHash", await request("eth_sendTransaction", transfer(more)))).type;
    assert.equal(
      await typeOf({ gasPrice: null, gas: null, data: null, accessList: null, nonce: null }),
      "0x2",
    );
    assert.equal(await typeOf({ gasPrice: "0x77359400" }), "0x0");
    assert.equal(await typeOf({ type: "0x0" }), "0x0");
    assert.equal(await typeOf({ type: "0x1" }), "0x1");
    assert.equal(await typeOf({ maxFeePerGas: "0x77359400" }), "0x2");
    await assert.rejects(
      request("eth_sendTransaction", transfer({ chainId: "0x1" })),
      failing(-32602, /params\[0\]\.chainId must be 31337/),
    );
    await assert.rejects(request("eth_sendTransaction", { to: BOB }), failing(-32602, /\.from must be/));
    await assert.rejects(
      request("eth_sendTransaction", transfer({ nonce: "0x0" })),
      failing(-32000, /nonce too low/),
    );
    await assert.rejects(
      request("eth_sendTransaction", transfer({ value: `0x${"f".repeat(30)}`, gas: "0x5208" })),
      failing(-32000, /insufficient funds/),
    );
  });

  it("sends a transaction that fails, and gives its hash", async () => {
    const hash = await request("eth_sendTransaction", { from: ALICE, data: REVERTING });
    const receipt = await request("eth_getTransactionReceipt", hash);
    assert.equal(receipt.status, "0x0");
  });

  it("mines a raw transaction at once, and answers the receipt where that is asked for", async () => {
    const nonce = BigInt(await request("eth_getTransactionCount", ALICE, "latest"));
    const envelope = Envelope.from({
      chainId: 31337,
      nonce,
      to: BOB,
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
    });
    const { privateKey } = node.dev.accounts[0]!;
    const signature = Secp256k1.sign({ payload: Envelope.getSignPayload(envelope), privateKey });
    const receipt = await request("eth_sendRawTransactionSync", Envelope.serialize(envelope, { signature }));
    assert.deepEqual([receipt.status, receipt.from], ["0x1", ALICE]);
  });

  it("signs and fills transactions without sending them", async () => {
    const count = node.dev.chain.head.number;
    const raw = await request("eth_signTransaction", transfer());
    assert.match(raw, /^0x02/);
    const { raw: unsigned, tx } = await request("eth_fillTransaction", transfer());
    assert.equal(Envelope.deserialize(unsigned).gas, 21_000n);
    assert.deepEqual([tx.from, tx.gas, tx.type, tx.r], [ALICE, "0x5208", "0x2", "0x0"]);
    assert.equal(node.dev.chain.head.number, count);
    await request("eth_sendRawTransaction", raw);
    assert.equal(node.dev.chain.head.number, count + 1n);
    await assert.rejects(
      request("eth_signTransaction", transfer({ from: STRANGER })),
      failing(-32000, /no key/),
    );
  });

  it("signs messages for its own accounts alone", async () => {
    const signature = await request("personal_sign", "0x1234", ALICE);
    assert.equal(
      signature,
      "0x87b638f4675a39ef49eb0379a7f5d248affd109cc6cb5b69457d7e8394d7d85274c8b407ca2b2b37ba4cc9c3bcfde488f7f59748175764b928324bd31c0f93851c",
    );
    assert.equal(await request("eth_sign", ALICE, "0x1234"), signature);
    await assert.rejects(request("eth_sign", STRANGER, "0x1234"), failing(-32000, /no key/));
    for (const wrong of ["{", { types: {}, primaryType: "Vote", domain: {}, message: {} }, 7]) {
      await assert.rejects(request("eth_signTypedData_v4", ALICE, wrong), failing(-32602, /typedData/));
    }
  });

  it("answers what a wallet is asked about the one chain that there is", async () => {
    assert.deepEqual(await request("eth_requestAccounts"), await request("eth_accounts"));
    assert.equal(await request("wallet_switchEthereumChain", { chainId: "0x7a69" }), null);
    await assert.rejects(request("wallet_switchEthereumChain", { chainId: "0x1" }), failing(4902, /31337/));
  });

  it("estimates for the block to come where no block is named", async () => {
    // Writes slot 0 once the time is 2^33.
    await request("anvil_setCode", STRANGER, "0x640200000000421060105760015f55005b00");
    const call = { from: ALICE, to: STRANGER };
    const before = BigInt(await request("eth_estimateGas", call));
    await request("evm_setNextBlockTimestamp", 2 ** 33 + 1);
    assert.ok(BigInt(await request("eth_estimateGas", call)) > before + 20_000n);
    assert.equal(BigInt(await request("eth_estimateGas", call, "latest")), before);
  });

  it("takes numbers of seconds in hex, in decimals and as numbers", async () => {
    const offset = await request("evm_increaseTime", 10);
    assert.equal(await request("evm_increaseTime", "0xa"), offset + 10);
    assert.equal(await request("evm_increaseTime", "10"), offset + 20);
    for (const wrong of [-1, 1.5, "ten", null, "0x", 2 ** 60]) {
      await assert.rejects(request("evm_increaseTime", wrong), failing(-32602, /params\[0\]/));
    }
  });

  it("mines blocks at a time, several at once, and tells of them where that is asked for", async () => {
    const at = Number((await latest()).timestamp) + 1000;
    assert.equal(await request("evm_mine", at), "0x0");
    assert.equal(Number((await latest()).timestamp), at);
    await request("evm_mine", { timestamp: at + 500, blocks: 3 });
    const { number, timestamp } = await latest();
    const first = await request("eth_getBlockByNumber", HexOf.fromNumber(Number(number) - 2), false);
    assert.equal(Number(first.timestamp), at + 500);
    assert.ok(Number(timestamp) >= at + 502);
    const [block] = await request("anvil_mine_detailed", { blocks: 1 });
    assert.equal(block.hash, (await latest()).hash);
    assert.equal(await request("hardhat_mine", "0x2", "0x3c"), true);
    assert.equal(await request("anvil_mine", "0x1"), null);
    await assert.rejects(request("anvil_mine", 10 ** 7), failing(-32602, /at most 1000000/));
  });

  it("sets the time of the chain", async () => {
    const now = Number((await latest()).timestamp) + 100_000;
    assert.ok((await request("evm_setTime", now)) > 90_000);
    await request("evm_mine");
    assert.ok(Math.abs(Number((await latest()).timestamp) - now) < 5);
  });

  it("adds to balances and sets tokens, where one slot is certain to be the balance", async () => {
    await request("anvil_setBalance", STRANGER, "0x5");
    await request("anvil_addBalance", STRANGER, 7);
    assert.equal(await request("eth_getBalance", STRANGER, "latest"), "0xc");
    await request("anvil_setCode", TOKEN, TOKEN_CODE);
    await request("anvil_dealERC20", STRANGER, TOKEN, "0x1234");
    const balance = await request("eth_call", {
      to: TOKEN,
      data: `0x70a08231${STRANGER.slice(2).padStart(64, "0")}`,
    });
    assert.equal(BigInt(balance), 0x1234n);
    await request("anvil_setERC20Allowance", ALICE, BOB, TOKEN, 9);
    assert.equal(
      BigInt(await request("eth_call", { to: TOKEN, data: `0xdd62ed3e${ALICE.slice(2).padStart(64, "0")}` })),
      9n,
    );
    await assert.rejects(request("anvil_dealERC20", STRANGER, BOB, "0x1"), failing(-32603, /no slot found/));
  });

  it("takes blocks back and replaces them with given transactions", async () => {
    const { number, hash } = await latest();
    await request("anvil_mine", 2);
    await request("anvil_rollback", 1);
    assert.equal(Number((await latest()).number), Number(number) + 1);
    await request("anvil_rollback");
    assert.equal((await latest()).hash, hash);
    await request("anvil_mine", 2);
    const raw = await request("eth_signTransaction", transfer({ from: BOB, to: ALICE }));
    await request("anvil_reorg", 2, [
      [raw, 0],
      [transfer(), 1],
      [transfer(), 1],
    ]);
    const second = await latest();
    assert.equal(Number(second.number), Number(number) + 2);
    assert.equal(second.transactions.length, 2);
    const first = await request("eth_getBlockByHash", second.parentHash, true);
    assert.equal(first.transactions[0].from, BOB);
    await request("anvil_reorg", { depth: 1, txBlockPairs: [] });
    assert.equal((await latest()).transactions.length, 0);
    await assert.rejects(request("anvil_rollback", 10 ** 6), failing(-32602, /depth must be at most/));
    await assert.rejects(request("anvil_reorg", 1, [[raw, 1]]), failing(-32602, /blocks below the depth 1/));
  });

  it("drops all transactions, or those of one account", async () => {
    await request("evm_setAutomine", false);
    await request("eth_sendTransaction", transfer());
    await request("eth_sendTransaction", transfer({ from: BOB }));
    await request("anvil_removePoolTransactions", ALICE);
    assert.equal((await request("txpool_status")).pending, "0x1");
    await request("anvil_dropAllTransactions");
    assert.equal((await request("txpool_status")).pending, "0x0");
    const unknown = `0x${"11".repeat(32)}`;
    assert.equal(await request("anvil_dropTransaction", unknown), null);
    assert.equal(await request("hardhat_dropTransaction", unknown), false);
    await request("evm_setAutomine", true);
  });

  it("tells what it is and where it stands", async () => {
    const { hash, number } = await latest();
    const info = await request("anvil_nodeInfo");
    assert.deepEqual(
      [info.currentBlockHash, info.hardFork, info.environment.chainId],
      [hash, "Osaka", 31337],
    );
    const snapshot = await request("anvil_snapshot");
    const metadata = await request("anvil_metadata");
    assert.deepEqual(metadata.snapshots, { [snapshot]: [Number(number), hash] });
    const { instanceId, ...rest } = await request("hardhat_metadata");
    assert.match(instanceId, /^0x[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      clientVersion: "heddle/test",
      chainId: 31337,
      latestBlockNumber: Number(number),
      latestBlockHash: hash,
    });
    assert.equal(await request("anvil_revert", snapshot), true);
  });

  it("tells an account as a whole, as Anvil does", async () => {
    const at = `0x${"ac".repeat(20)}`;
    await request("anvil_setBalance", at, "0x5");
    await request("anvil_setCode", at, "0x00");
    assert.deepEqual(await request("eth_getAccountInfo", at, "latest"), {
      balance: "0x5",
      nonce: "0x0",
      code: "0x00",
    });
    assert.deepEqual(await request("eth_getAccount", at, "latest"), {
      balance: "0x5",
      nonce: "0x0",
      codeHash: "0xbc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a",
      storageRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    });
  });

  it("answers a sent transaction with its receipt, and makes a block as by the clock", async () => {
    const [from] = await request("eth_accounts");
    const { status, blockNumber } = await request("eth_sendTransactionSync", { from, to: from });
    assert.deepEqual([status, blockNumber], ["0x1", (await latest()).number]);
    assert.equal(await request("hardhat_intervalMine"), true);
    assert.equal(Number((await latest()).number), Number(blockNumber) + 1);
    assert.equal(await request("eth_networkId"), "31337");
    const nonce = Number(await request("eth_getTransactionCount", from)) - 1;
    const found = await request("eth_getTransactionBySenderAndNonce", from, `0x${nonce.toString(16)}`);
    assert.deepEqual([found.from, Number(found.nonce), found.blockNumber], [from, nonce, blockNumber]);
    assert.equal(await request("eth_getTransactionBySenderAndNonce", from, "0xffff"), null);
  });

  it("sets prevRandao of the next block", async () => {
    const wanted = `0x${"77".repeat(32)}`;
    assert.equal(await request("hardhat_setPrevRandao", wanted), true);
    await request("evm_mine");
    assert.equal((await latest()).mixHash, wanted);
  });

  it("acts for every account where that is switched on", async () => {
    await request("anvil_setBalance", STRANGER, "0xde0b6b3a7640000");
    await request("anvil_autoImpersonateAccount", true);
    await request("eth_sendTransaction", transfer({ from: STRANGER }));
    await request("anvil_autoImpersonateAccount", false);
    await assert.rejects(
      request("eth_sendTransaction", transfer({ from: STRANGER })),
      failing(-32000, /no key/),
    );
  });

  it("sets another chain id", async () => {
    await request("anvil_setChainId", 5);
    assert.equal(await request("eth_chainId"), "0x5");
    await request("anvil_setChainId", "0x7a69");
    assert.equal(await request("net_version"), "31337");
  });

  it("refuses to fork, and states that are none", async () => {
    await assert.rejects(
      request("anvil_reset", { forking: { jsonRpcUrl: "http://localhost:1" } }),
      failing(-32004, /does not fork/),
    );
    for (const wrong of ["0x1234", "0x1f8b00", "0x7b7d"]) {
      await assert.rejects(request("anvil_loadState", wrong), AnsweredError);
    }
  });
});

describe("a local chain that tells failures as Hardhat does", () => {
  let node: TestDevNode;
  before(async () => {
    node = await startDevNode(
      {},
      {
        bailOnTransactionFailure: true,
        bailOnCallFailure: false,
        unfundedCalls: true,
        defaultGas: 1_000_000n,
      },
    );
  });
  after(() => node.close());

  it("answers with the reason, and the transaction is in its block", async () => {
    const sent = node.request("eth_sendTransaction", { from: ALICE, data: REVERTING });
    await assert.rejects(sent, (error) => {
      assert.ok(error instanceof AnsweredError);
      assert.equal(
        error.message,
        "VM Exception while processing transaction: reverted with reason string 'no entry'",
      );
      assert.equal(error.data.data.slice(0, 10), "0x08c379a0");
      assert.equal(error.data.transactionHash, node.dev.chain.head.transactionHash(0));
      return true;
    });
    const { gas } = node.dev.chain.head.transaction(0);
    assert.equal(gas, 1_000_000n);
    await assert.rejects(
      node.request("eth_sendTransaction", { from: ALICE, data: "0xfe" }),
      failing(-32000, /processing transaction: invalid opcode/),
    );
    await assert.rejects(
      node.request("eth_sendTransaction", { from: ALICE, data: "0x5f5ffd" }),
      failing(-32000, /reverted without a reason/),
    );
  });

  it("answers a call that is reverted with what it gave, where that is asked for", async () => {
    const output = await node.request("eth_call", { from: ALICE, data: REVERTING });
    assert.match(output, /^0x08c379a0/);
    await assert.rejects(
      node.request("eth_call", { from: ALICE, data: "0xfe" }),
      failing(-32000, /invalid opcode/),
    );
  });

  it("runs calls of senders that do not have what they carry, where that is asked for", async () => {
    const call = { from: STRANGER, to: BOB, value: "0x1" };
    assert.equal(await node.request("eth_estimateGas", call, "pending"), "0x5208");
    assert.equal(await node.request("eth_call", call), "0x");
  });
});

describe("a local chain of an old fork", () => {
  it("refuses what offers less than the least gas price", async () => {
    const node = await startDevNode({ hardfork: "Berlin" });
    await node.request("anvil_setMinGasPrice", "0x77359400");
    const send = (gasPrice: string) =>
      node.request("eth_sendTransaction", { from: ALICE, to: BOB, gasPrice });
    await assert.rejects(send("0x773593ff"), failing(-32000, /transaction underpriced/));
    await send("0x77359400");
    assert.equal(node.dev.chain.head.transactionCount, 1);
    await node.close();
  });
});
