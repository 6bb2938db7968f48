import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ADDRESSES, CONTRACTS, startTestNode, type TestNode } from "./support/node.ts";
import { type Answer, call, post } from "./support/server.ts";

const [rich] = ADDRESSES;
const IDENTITY = `0x${"4".padStart(40, "0")}`;
const ELSEWHERE = `0x${"7e".repeat(20)}`;

describe("eth_simulateV1", () => {
  let node: TestNode;
  before(async () => {
    node = await startTestNode();
  });
  after(() => node.close());

  const ask = async (method: string, ...params: unknown[]): Promise<Answer> =>
    (await post(node.server.url, call(method, ...params))).json;
  const simulate = (calls: unknown[], more: object = {}, block: object = {}) =>
    ask("eth_simulateV1", { blockStateCalls: [{ calls, ...block }], ...more });

  it("tells what each call gave, with a revert's reason and the halt of other failures", async () => {
    const { result } = await simulate([
      { from: rich, to: CONTRACTS.counter },
      { from: rich, to: CONTRACTS.error },
      { from: rich, to: CONTRACTS.counter, gas: "0x6000" },
    ]);
    const [counted, reverted, failed] = result[0].calls;
    assert.equal(counted.status, "0x1");
    assert.equal(counted.logs.length, 1);
    assert.equal(counted.logs[0].blockHash, result[0].hash);
    assert.equal(reverted.error.code, 3);
    assert.match(reverted.error.message, /no entry/);
    assert.match(reverted.error.data, /^0x08c379a0/);
    assert.equal(reverted.returnData, "0x");
    assert.deepEqual(failed.error, { code: -32015, message: "out of gas" });
    assert.equal(failed.status, "0x0");
  });

  it("names each fault by its code", async () => {
    const paid = { from: rich, to: rich, maxFeePerGas: "0xffffffffff" };
    const cases: [code: number, calls: unknown[], more?: object, block?: object][] = [
      [-38010, [paid, { ...paid, nonce: "0x0" }], { validation: true }],
      [-38011, [{ ...paid, nonce: "0x9" }], { validation: true }],
      [-38012, [{ from: rich, to: rich }], { validation: true }],
      [-38013, [{ from: rich, to: rich, gas: "0x1" }]],
      [-38014, [{ from: ELSEWHERE, to: rich, value: "0x1" }]],
      [-38015, [{ from: rich, to: rich, gas: "0xffffffff" }]],
      [-38020, [], {}, { blockOverrides: { number: "0x0" } }],
      [-38021, [], {}, { blockOverrides: { time: "0x0" } }],
      [-38022, [], {}, { stateOverrides: { [IDENTITY]: { movePrecompileToAddress: IDENTITY } } }],
      [-38025, [{ from: rich, input: `0x${"00".repeat(49_153)}` }]],
      [-38026, [], {}, { blockOverrides: { number: "0x101" } }],
      [-32000, [], {}, { stateOverrides: { [rich]: { movePrecompileToAddress: ELSEWHERE } } }],
      [-32000, [{ from: rich, to: rich, chainId: "0x5" }]],
      [-32602, [{ from: rich, to: "0x1" }]],
      [-32602, [], { validation: 1 }],
    ];
    for (const [code, calls, more, block] of cases) {
      const answer = await simulate(calls, more, block);
      assert.equal(answer.error?.code, code, JSON.stringify([calls, more, block, answer]).slice(0, 600));
    }
    assert.equal((await ask("eth_simulateV1", { blockStateCalls: [] })).error.code, -32602);
    assert.equal((await ask("eth_simulateV1", { blockStateCalls: [{}] }, "0x99")).error.code, -32000);
  });

  it("shows types 0 to 4 as what they were executed as", async () => {
    const { result } = await simulate(
      [
        { from: rich, to: rich, gasPrice: "0x0" },
        { from: rich, to: rich, gasPrice: "0x0", accessList: [{ address: rich, storageKeys: ["0x1"] }] },
        { from: rich, to: rich },
        { from: rich, to: rich, blobVersionedHashes: [`0x01${"00".repeat(31)}`] },
        { from: rich, to: rich, authorizationList: [{ chainId: "0x0", address: rich, nonce: "0x0" }] },
      ],
      { returnFullTransactions: true },
    );
    assert.deepEqual(
      result[0].transactions.map(({ type }: { type: string }) => type),
      ["0x0", "0x1", "0x2", "0x3", "0x4"],
    );
    assert.equal(result[0].blobGasUsed, "0x20000");
  });

  it("is matched by eth_call where precompiles move and blob gas has another price", async () => {
    const moved = { [IDENTITY]: { movePrecompileToAddress: ELSEWHERE } };
    const identity = { to: IDENTITY, data: "0x1234" };
    assert.equal((await ask("eth_call", identity, "latest")).result, "0x1234");
    assert.equal((await ask("eth_call", identity, "latest", moved)).result, "0x");
    const there = { to: ELSEWHERE, data: "0x1234" };
    assert.equal((await ask("eth_call", there, "latest", moved)).result, "0x1234");
    // BLOBBASEFEE
    const code = { [ELSEWHERE]: { code: "0x4a5f5260205ff3" } };
    const overridden = await ask("eth_call", { to: ELSEWHERE }, "latest", code, { blobBaseFee: "0x77" });
    assert.equal(BigInt(overridden.result), 0x77n);
    const blocks = [
      { stateOverrides: code, blockOverrides: { blobBaseFee: "0x78" }, calls: [{ to: ELSEWHERE }] },
    ];
    const simulated = await ask("eth_simulateV1", { blockStateCalls: blocks });
    assert.equal(BigInt(simulated.result[0].calls[0].returnData), 0x78n);
  });
});
