import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_BLOCK_SIZE } from "@heddle/engine";
import { cutBatch, EIP_ACCESS_LISTS, makeChain } from "../src/chain.ts";
import { Follower, type Way } from "../src/follower.ts";
import type { Batch } from "../src/script.ts";
import { workloads } from "../src/workloads/index.ts";

const named = (name: string) => workloads.find((workload) => workload.name === name)!;

function batchOf(lengths: readonly number[]): Batch {
  return {
    transactions: lengths.map((length) => new Uint8Array(length)),
    senders: lengths.map(() => new Uint8Array(20)),
    gasLimits: lengths.map((_, i) => BigInt(i)),
  };
}

test("a long list is cut where the wanted number of transactions is reached, in its order", () => {
  const cut = cutBatch(batchOf([1, 2, 3, 4, 5]), 2);
  assert.deepEqual(
    cut.map(({ gasLimits }) => gasLimits),
    [[0n, 1n], [2n, 3n], [4n]],
  );
});

test("a block's bytes end it before the number does", () => {
  const third = Math.floor(MAX_BLOCK_SIZE / 3);
  const cut = cutBatch(batchOf([third, third, third, third]), 100);
  assert.deepEqual(
    cut.map(({ transactions }) => transactions.length),
    [2, 2],
  );
});

test("every way of following a chain gives the same blocks, whether senders are given or recovered", async () => {
  const chain = await makeChain(named("erc20"), { size: 40, blocks: 3, shape: { accounts: 50 } });
  assert.deepEqual(
    chain.blocks.map(({ header, transactions }) => [header.number, transactions.length]),
    [1n, 2n, 3n].map((number) => [number, 40]),
  );
  assert.equal(chain.blocks[1]!.header.parentHash, chain.blocks[0]!.hash);
  const ways: Way[] = [
    { mode: "sequential", workers: 1, signatures: "before", root: true },
    { mode: "parallel", workers: 2, signatures: "included", root: true },
    { mode: "parallel", workers: 2, signatures: "before", root: false },
  ];
  for (const way of ways) {
    const follower = await Follower.create(chain, way);
    try {
      const round = await follower.follow(chain.blocks);
      assert.equal(round.transactions, 120);
      assert.equal(
        round.gas,
        chain.blocks.reduce((gas, { header }) => gas + Number(header.gasUsed), 0),
      );
    } finally {
      await follower.close();
    }
  }
});

test("a block that is not the one of the chain is found", async () => {
  const chain = await makeChain(named("ether"), { size: 10, blocks: 1, signed: false });
  const [block] = chain.blocks;
  const follower = await Follower.create(chain, {
    mode: "sequential",
    workers: 1,
    signatures: "before",
    root: true,
  });
  try {
    const wrong = { ...block!, header: { ...block!.header, stateRoot: block!.hash } };
    await assert.rejects(follower.follow([wrong]), /stateRoot/);
  } finally {
    await follower.close();
  }
});

test("what a set-up left is the genesis of the chain, and its blocks can be imported with their lists", async () => {
  const options = { size: 30, blocks: 2, signed: false, eips: [EIP_ACCESS_LISTS] };
  const chain = await makeChain(named("weth"), options);
  assert.ok(chain.genesis.number > 0n);
  const follower = await Follower.create(chain, {
    mode: "import",
    workers: 2,
    signatures: "before",
    root: true,
  });
  try {
    assert.equal((await follower.follow(chain.blocks)).aborts, 0);
  } finally {
    await follower.close();
  }
});
