import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BlockEntry } from "@heddle/chain";
import { Fork, type Hex } from "@heddle/engine";
import { blockRewards } from "../src/block-rewards.ts";
import type { FlatTrace } from "../src/tracers/flat-call-tracer.ts";
import type { Replay } from "../src/tracers/replay-tracer.ts";
import { startDevNode } from "./support/dev-node.ts";

const MINER: Hex = `0x${"a1".repeat(20)}`;
const DOOMED: Hex = `0x${"d1".repeat(20)}`;
const HEIR: Hex = `0x${"d2".repeat(20)}`;
const ETHER = 10n ** 18n;

describe("traces under earlier rules", () => {
  it("tell what a block of proof of work paid its miner, who has it then", async () => {
    for (const [hardfork, ether] of [
      ["Frontier", 5n],
      ["Byzantium", 3n],
      ["London", 2n],
    ] as const) {
      const node = await startDevNode({ hardfork, coinbase: MINER });
      try {
        await node.request("evm_mine");
        const traces = await node.request("trace_block", "0x1");
        assert.deepEqual(traces, [
          {
            action: { author: MINER, rewardType: "block", value: `0x${(ether * ETHER).toString(16)}` },
            result: null,
            subtraces: 0,
            traceAddress: [],
            type: "reward",
            blockHash: node.dev.chain.head.hash,
            blockNumber: 1,
            transactionHash: null,
            transactionPosition: null,
          },
        ]);
        assert.equal(BigInt(await node.request("eth_getBalance", MINER, "latest")), ether * ETHER);
        const received = await node.request("trace_filter", { toAddress: MINER });
        assert.deepEqual(received, traces);
        const { issuance } = await node.request("ots_getBlockDetails", 1);
        assert.equal(BigInt(issuance.issuance), ether * ETHER);
      } finally {
        await node.close();
      }
    }
  });

  it("tell what uncles and their nephew get (Yellow Paper, section 11.3)", () => {
    const uncle = (number: bigint, coinbase: Hex) => ({ number, coinbase });
    const block = {
      header: { number: 10n, coinbase: MINER },
      uncles: [uncle(9n, DOOMED), uncle(4n, HEIR)],
    } as unknown as BlockEntry;
    const told = blockRewards(block, Fork.Frontier).map(({ author, kind, wei }) => [
      author,
      kind,
      Number(wei) / 1e18,
    ]);
    assert.deepEqual(told, [
      [MINER, "block", 5 + 2 * 0.15625],
      [DOOMED, "uncle", 5 * (7 / 8)],
      [HEIR, "uncle", 5 * (2 / 8)],
    ]);
    assert.deepEqual(blockRewards(block, Fork.Paris), []);
  });

  it("tell an account that destructed itself as gone, with what it had", async () => {
    const node = await startDevNode({ hardfork: "Shanghai" });
    try {
      const [from] = node.dev.accounts.map(({ address }) => address);
      const key: Hex = `0x${"00".repeat(32)}`;
      // Reads its slot, so that it is told, and destructs itself.
      await node.dev.chain.edit([
        {
          address: DOOMED,
          code: `0x5f545073${HEIR.slice(2)}ff`,
          nonce: 1n,
          balance: 7n,
          storage: [[key, 42n]],
        },
      ]);
      const hash = await node.dev.sendTransaction(from!, { to: DOOMED, gas: 100_000n });
      const replay: Replay = await node.request("trace_replayTransaction", hash, ["trace", "stateDiff"]);
      assert.deepEqual(replay.stateDiff![DOOMED], {
        balance: { "-": "0x7" },
        code: { "-": `0x5f545073${HEIR.slice(2)}ff` },
        nonce: { "-": "0x1" },
        storage: { [key]: { "-": `0x${"2a".padStart(64, "0")}` } },
      });
      assert.deepEqual(replay.stateDiff![HEIR]!.balance, { "+": "0x7" });
      const [, suicide] = replay.trace as [FlatTrace, FlatTrace];
      assert.deepEqual(suicide.action, { address: DOOMED, balance: "0x7", refundAddress: HEIR });
      assert.equal(suicide.type, "suicide");
      // A call after it, on the state that it leaves, finds nothing there.
      const call = [{ from, to: DOOMED }, ["vmTrace"]];
      const [, second]: Replay[] = await node.request("trace_callMany", [call, call], "0x0");
      assert.deepEqual(second!.vmTrace!.ops, []);
    } finally {
      await node.close();
    }
  });
});
