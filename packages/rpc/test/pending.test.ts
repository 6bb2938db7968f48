// The pending state: what waits in the pool has happened for whoever asks of it, and for nobody else.

import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import { startDevNode, type TestDevNode } from "./support/dev-node.ts";

const ALICE = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const BOB = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const STRANGER = "0x00000000000000000000000000000000000ca11e";
/** Stores calldata's first word where there is calldata, and answers slot 0. */
const CELL = "0x36156009575f355f555b5f545f5260205ff3";
const word = (value: number) => `0x${value.toString(16).padStart(64, "0")}`;

describe("the pending state", () => {
  let node: TestDevNode;
  const request: TestDevNode["request"] = (...params) => node.request(...params);
  beforeEach(async () => {
    await node?.close();
    node = await startDevNode();
    await request("anvil_setCode", STRANGER, CELL);
    await request("evm_setAutomine", false);
  });
  after(() => node.close());

  it("has what waits, where the latest has not, until a block is made of it", async () => {
    await request("eth_sendTransaction", { from: ALICE, to: BOB, value: "0x5", gas: "0x5208" });
    await request("eth_sendTransaction", { from: ALICE, to: STRANGER, data: word(7), gas: "0x186a0" });
    const before = BigInt(await request("eth_getBalance", BOB, "latest"));
    assert.equal(BigInt(await request("eth_getBalance", BOB, "pending")), before + 5n);
    assert.equal(await request("eth_getStorageAt", STRANGER, "0x0", "pending"), word(7));
    assert.equal(await request("eth_getStorageAt", STRANGER, "0x0", "latest"), word(0));
    assert.equal(await request("eth_call", { to: STRANGER }, "pending"), word(7));
    assert.equal(await request("eth_call", { to: STRANGER }, "latest"), word(0));
    assert.equal(BigInt((await request("eth_getProof", BOB, [], "pending")).balance), before + 5n);
    await request("evm_mine");
    for (const block of ["latest", "pending"]) {
      assert.equal(await request("eth_call", { to: STRANGER }, block), word(7));
      assert.equal(BigInt(await request("eth_getBalance", BOB, block)), before + 5n);
    }
  });

  it("follows the pool and what is set from outside", async () => {
    const balance = async () => BigInt(await request("eth_getBalance", BOB, "pending"));
    const first = await request("eth_sendTransaction", { from: ALICE, to: BOB, value: "0x5", gas: "0x5208" });
    const before = (await balance()) - 5n;
    const second = await request("eth_sendTransaction", {
      from: ALICE,
      to: BOB,
      value: "0x6",
      gas: "0x5208",
    });
    assert.equal(await balance(), before + 11n);
    await request("anvil_dropTransaction", second);
    assert.equal(await balance(), before + 5n);
    await request("anvil_setBalance", BOB, "0x64");
    assert.equal(await balance(), 105n);
    await request("anvil_dropTransaction", first);
    assert.equal(await balance(), 100n);
  });

  it("can be overridden for one call, which leaves no trace in the block that is made", async () => {
    await request("evm_setNextBlockTimestamp", "0xf0000000");
    await request("eth_sendTransaction", { from: ALICE, to: STRANGER, data: word(7), gas: "0x186a0" });
    const built = await request("eth_getBlockByNumber", "pending", false);
    const set = { [STRANGER]: { stateDiff: { [word(0)]: word(9) } } };
    assert.equal(await request("eth_call", { to: STRANGER }, "pending", set), word(9));
    assert.equal(await request("eth_call", { to: STRANGER }, "pending"), word(7));
    const { accessList } = await request("eth_createAccessList", { to: STRANGER }, "pending");
    assert.deepEqual(accessList, [{ address: STRANGER, storageKeys: [word(0)] }]);
    await request("evm_mine");
    const made = await request("eth_getBlockByNumber", "latest", false);
    assert.equal(made.stateRoot, built.stateRoot);
    assert.equal(made.receiptsRoot, built.receiptsRoot);
  });

  it("is that of which gas is estimated where it is named, and of the latest with the next header where nothing is", async () => {
    await request("eth_sendTransaction", { from: ALICE, to: STRANGER, data: word(7), gas: "0x186a0" });
    const gasAt = async (...block: string[]) =>
      Number(await request("eth_estimateGas", { from: BOB, to: STRANGER, data: word(8) }, ...block));
    // A slot that is not zero any more costs 17,100 less.
    const first = await gasAt();
    assert.equal(await gasAt("latest"), first);
    assert.ok(first - (await gasAt("pending")) > 15_000);
  });
});
