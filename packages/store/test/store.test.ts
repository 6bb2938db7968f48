import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hex } from "@heddle/engine";
import { openStore, type Store } from "../src/index.ts";
import { TestChain } from "./support/chain.ts";
import { folder } from "./support/folders.ts";

const hashAt = (hashes: Uint8Array, i: number): Hex =>
  `0x${Buffer.from(hashes.subarray(i * 32, i * 32 + 32)).toString("hex")}`;

/** The store has every block of the chain, and nothing else. */
function assertBlocks(chain: TestChain): void {
  const { store, blocks } = chain;
  assert.equal(store.head, BigInt(blocks.length - 1));
  for (const { number, hash, payload, transactionHashes, undo } of blocks) {
    assert.equal(store.hash(number), hash);
    assert.equal(store.number(hash), number);
    assert.deepEqual(Buffer.from(store.payload(number)!), Buffer.from(payload));
    assert.deepEqual(
      store.undo(number)?.map((part) => Buffer.from(part)),
      undo.map((part) => Buffer.from(part)),
    );
    for (let i = 0; i * 32 < transactionHashes.length; i++) {
      assert.deepEqual(store.transaction(hashAt(transactionHashes, i)), { block: number, index: i });
    }
  }
  assert.equal(store.payload(store.head + 1n), undefined);
  assert.equal(store.hash(store.head + 1n), undefined);
  assert.equal(store.payload(-1n), undefined);
  assert.deepEqual(
    [...store.blooms(0n, 1_000_000n)].map(([number, bloom]) => [number, bloom[0]]),
    blocks.map(({ number }) => [number, Number(number % 256n)]),
  );
}

/** History gives the state after every block. */
async function assertHistory(chain: TestChain): Promise<void> {
  for (const [number, snapshot] of chain.snapshots.entries()) {
    assert.deepEqual(await chain.lookBack(BigInt(number)), snapshot, `state after block ${number}`);
  }
}

const stores: [string, () => Promise<Store>][] = [
  ["in memory", () => openStore()],
  ["in a directory", () => openStore({ directory: folder(), checkpointEvery: 1_000_000 })],
  [
    "in a directory with checkpoints all the time",
    () => openStore({ directory: folder(), checkpointDistance: 3, checkpointEvery: 2 }),
  ],
];

for (const [where, open] of stores) {
  test(`a store ${where} gives back blocks and the state after each of them`, async () => {
    const chain = await TestChain.begin(await open(), 5);
    for (let i = 0; i < 40; i++) await chain.mine();
    assertBlocks(chain);
    await assertHistory(chain);
    await chain.store.writeCheckpoint(chain.store.head - 10n);
    assertBlocks(chain);
    await assertHistory(chain);
    await chain.close();
  });

  test(`a store ${where} goes back to any block and on from there`, async () => {
    const chain = await TestChain.begin(await open(), 11);
    for (const [count, back] of [
      [20, 18n],
      [10, 15n],
      [25, 3n],
      [12, 0n],
      [15, 14n],
    ] as const) {
      for (let i = 0; i < count; i++) await chain.mine();
      const gone = chain.blocks.slice(Number(back) + 1);
      await chain.goBack(back);
      assertBlocks(chain);
      for (const { hash, transactionHashes } of gone) {
        assert.equal(chain.store.number(hash), undefined);
        if (transactionHashes.length > 0) {
          assert.equal(chain.store.transaction(hashAt(transactionHashes, 0)), undefined);
        }
      }
      await assertHistory(chain);
    }
    for (let i = 0; i < 10; i++) await chain.mine();
    await chain.store.writeCheckpoint(chain.store.head);
    assertBlocks(chain);
    await assertHistory(chain);
    await chain.close();
  });
}

test("history is the same whichever block is asked for first, and after going back", async () => {
  const chain = await TestChain.begin(await openStore(), 31);
  for (let i = 0; i < 40; i++) await chain.mine();
  for (const number of [39, 37, 38, 30, 36, 3, 20, 0]) {
    assert.deepEqual(await chain.lookBack(BigInt(number)), chain.snapshots[number], `block ${number}`);
  }
  await chain.goBack(33n);
  assert.deepEqual(await chain.lookBack(32n), chain.snapshots[32]);
  for (let i = 0; i < 10; i++) await chain.mine();
  assert.deepEqual(await chain.lookBack(42n), chain.snapshots[42]);
  await chain.goBack(35n);
  for (const number of [35, 34, 1]) {
    assert.deepEqual(await chain.lookBack(BigInt(number)), chain.snapshots[number], `block ${number}`);
  }
  await chain.close();
});
