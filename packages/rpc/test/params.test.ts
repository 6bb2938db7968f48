import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chainMethods } from "@heddle/rpc";
import { CONTRACTS, startTestNode, type TestNode } from "./support/node.ts";
import { call, post } from "./support/server.ts";

const ADDRESS = CONTRACTS.counter;
const HASH = `0x${"ab".repeat(32)}`;

describe("parameters", () => {
  let node: TestNode;
  before(async () => {
    node = await startTestNode();
  });
  after(() => node.close());

  const answer = async (method: string, ...params: unknown[]) =>
    (await post(node.server.url, call(method, ...params))).json;

  it("are refused with the place of what is wrong, what was expected and what was met", async () => {
    const cases: [method: string, params: unknown[], message: RegExp][] = [
      ["eth_getBalance", ["0x12"], /params\[0\] \(address\) must be an address .* but is "0x12"/],
      ["eth_getBalance", [ADDRESS, "newest"], /params\[1\] \(block\) must be a block: .* but is "newest"/],
      [
        "eth_getBalance",
        [ADDRESS, { blockHash: HASH, blockNumber: "0x1" }],
        /either blockNumber or blockHash/,
      ],
      ["eth_getBalance", [], /params\[0\] \(address\) .* but is nothing/],
      ["eth_getBlockByNumber", ["7"], /params\[0\]/],
      ["eth_getBlockByHash", ["0x1", true], /a hash \(32 bytes in hex\)/],
      [
        "eth_call",
        [{ to: ADDRESS, gas: "0xzz" }],
        /params\[0\] \(transaction\)\.gas must be a number in hex/,
      ],
      ["eth_call", [{ to: ADDRESS, gas: `0x1${"0".repeat(16)}` }], /below 2 \*\* 64/],
      ["eth_call", [{ to: ADDRESS, value: `0x${"1".repeat(1_000_000)}` }], /\.value must be a number in hex/],
      ["eth_call", [{ to: ADDRESS, data: "0x123" }], /\.data must be bytes in hex/],
      ["eth_call", [{ to: ADDRESS, data: "0x12", input: "0x13" }], /data and input are the same/],
      ["eth_call", [{ gasPrice: "0x1", maxFeePerGas: "0x1" }], /either gasPrice or maxFeePerGas/],
      [
        "eth_call",
        [{ accessList: [{ address: ADDRESS, storageKeys: ["0x1", 2] }] }],
        /accessList\[0\]\.storageKeys\[1\]/,
      ],
      ["eth_call", [{}, "latest", { [ADDRESS]: { state: {}, stateDiff: {} } }], /either state or stateDiff/],
      ["eth_getLogs", [{ blockHash: HASH, fromBlock: "0x1" }], /either blockHash or fromBlock and toBlock/],
      ["eth_getLogs", [{ topics: [null, null, null, null, null] }], /at most four topics/],
      [
        "eth_feeHistory",
        ["0x1", "latest", [50, 20]],
        /params\[2\] \(rewardPercentiles\)\[1\] must be a percentage from 50/,
      ],
      ["eth_getProof", [ADDRESS, "0x0"], /params\[1\] \(storageKeys\) must be an array/],
      ["eth_sendRawTransaction", ["f86c"], /bytes in hex/],
    ];
    for (const [method, params, message] of cases) {
      const { error } = await answer(method, ...params);
      assert.equal(error?.code, -32602, `${method} ${message}`);
      assert.match(error.message, message);
      assert.ok(error.message.length < 400, error.message);
    }
  });

  it("name blocks in every way that EIP-1898 knows", async () => {
    const { hash } = node.chain.genesis;
    for (const block of [
      "latest",
      "earliest",
      "safe",
      "finalized",
      "pending",
      "0x0",
      hash,
      { blockHash: hash, requireCanonical: true },
      { blockNumber: "0x0" },
    ]) {
      assert.equal((await answer("eth_getBalance", ADDRESS, block)).result, "0x0");
    }
    for (const block of ["0x5", HASH, { blockHash: HASH }]) {
      assert.deepEqual((await answer("eth_getBalance", ADDRESS, block)).error, {
        code: -32000,
        message: "header not found",
      });
    }
  });

  it("that are malformed never meet an error nobody expected", async () => {
    const values: unknown[] = [
      null,
      true,
      0,
      -1,
      1.5,
      1e308,
      "",
      "0x",
      "0x0",
      "0x1",
      "latest",
      "pending",
      "0x-1",
      HASH,
      ADDRESS,
      "0x02f8",
      `0x${"f".repeat(64)}`,
      `0x${"f".repeat(65)}`,
      "x".repeat(10_000),
      "\u0000",
      [],
      [[]],
      [null],
      [HASH],
      [ADDRESS, ADDRESS],
      {},
      { to: ADDRESS },
      { from: ADDRESS, gas: "0x0" },
      { to: null, data: "0x60016000f3" },
      { to: ADDRESS, value: `0x${"f".repeat(64)}` },
      { blockHash: HASH },
      { fromBlock: "earliest", toBlock: "latest" },
      { fromBlock: "latest", toBlock: "earliest" },
      { [ADDRESS]: { balance: "0x1" } },
      { [ADDRESS]: ["0x0"] },
      { address: [], topics: [[], null] },
      { number: "0xffffffffffffffff", time: "0xffffffffffffffff" },
      { gasLimit: "0x0", baseFeePerGas: `0x${"f".repeat(64)}` },
      { __proto__: null, constructor: 1 },
    ];
    const methods = Object.keys(chainMethods(node.chain, { clientVersion: "", testing: true }));
    let seed = 0x2545f491;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    for (let round = 0; round < 40; round++) {
      const batch = methods.map((method, id) => ({
        jsonrpc: "2.0",
        id,
        method,
        params: Array.from({ length: next(5) }, () => values[next(values.length)]),
      }));
      const { json } = await post(node.server.url, batch);
      for (const { id, error } of json) {
        assert.notEqual(error?.code, -32603, JSON.stringify(batch[id]).slice(0, 400));
      }
    }
    assert.equal((await answer("eth_blockNumber")).result, "0x0");
  });
});
