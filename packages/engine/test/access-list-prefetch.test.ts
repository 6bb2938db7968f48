import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BlockAccessList,
  createEngine,
  decodeBlockAccessList,
  EMPTY_TRIE_ROOT,
  type ExecuteInput,
  encodeBlockAccessList,
  type Hex,
} from "../src/index.ts";
import { address, createAddress, funding, sender } from "./support/blocks.ts";
import { executed, LISTED, listedBlock } from "./support/listed-blocks.ts";
import { MemorySource } from "./support/memory-source.ts";
import { deployment, mintData, TOKEN, transferData } from "./support/token.ts";

const COUNT = 200;
const LATENCY = 20;
const token: Hex = `0x${createAddress(sender(0), 0)}`;
/** Holders of the token that take no part: its storage trie is deep. */
const HOLDERS = 2000;

const state = new MemorySource();

/** Fills the source by blocks; the root after them. */
async function setUp(): Promise<Hex> {
  await using engine = await createEngine({ workers: 2, chain: LISTED, state, stateRoot: EMPTY_TRIE_ROOT });
  const fund = listedBlock([], 1n);
  fund.withdrawals = funding(COUNT);
  const gasLimit = 500_000_000n;
  const blocks = [
    fund,
    listedBlock([{ from: sender(0), to: undefined, data: deployment(TOKEN), gasLimit }], 2n),
    listedBlock(
      [{ from: sender(0), to: token, nonce: 1n, data: mintData(sender(0), 1, 1000n), gasLimit }],
      3n,
    ),
    listedBlock(
      [{ from: sender(0), to: token, nonce: 2n, data: mintData(address(0x77, 0), HOLDERS, 7n), gasLimit }],
      4n,
    ),
  ];
  for (const input of blocks) {
    const result = await engine.execute(input);
    assert.ok([...result.receipts].every(({ success }) => success));
    await result.commit();
  }
  return engine.stateRoot!;
}

const root = await setUp();

/** A dependent chain: each hands all on that it got. */
const block: ExecuteInput = listedBlock(
  Array.from({ length: COUNT - 1 }, (_, i) => ({
    from: sender(i),
    to: token,
    nonce: i === 0 ? 3n : 0n,
    data: transferData(sender(i + 1), 1000n),
  })),
  5n,
);

const fresh = (workers: number) => createEngine({ workers, chain: LISTED, state, stateRoot: root });

async function listOf(): Promise<{ list: Uint8Array; facts: unknown }> {
  state.latency = 0;
  await using engine = await fresh(2);
  return executed(engine, { ...block, mode: "sequential" });
}

/** Executes the block on an engine that knows nothing of the state yet. */
async function measure(workers: number, input: ExecuteInput) {
  await using engine = await fresh(workers);
  state.latency = LATENCY;
  state.waves = 0;
  state.reads = 0;
  state.peak = 0;
  const began = performance.now();
  const met = await executed(engine, input);
  return { ...met, wall: performance.now() - began, waves: state.waves, reads: state.reads };
}

const expected = await listOf();

for (const workers of [0, 2, 8]) {
  test(`on ${workers} workers all that a list names is asked for at once, and nobody is left twice for it`, async (t) => {
    const met = await measure(workers, { ...block, blockAccessList: expected.list });
    assert.deepEqual(met.facts, expected.facts);
    assert.ok(met.schedule.onAccessList);
    assert.equal(met.schedule.aborts, 0);
    const { waves, reads, wall } = met;
    const retries = met.schedule.coldReads;
    t.diagnostic(`${waves} round trips, ${reads} reads, ${retries} retries, ${wall.toFixed(0)} ms`);
    // Accounts and slots, code, and the levels of the tries.
    assert.ok(waves <= 9, `${waves} round trips`);
    assert.ok(retries <= COUNT, `${retries} retries`);
    if (workers !== 2) return;
    const without = await measure(workers, block);
    assert.deepEqual(without.facts, expected.facts);
    const { schedule } = without;
    t.diagnostic(
      `without the list: ${without.waves} round trips, ${without.reads} reads, ${schedule.coldReads} retries`,
    );
    assert.ok(reads <= without.reads, `${reads} reads, ${without.reads} without the list`);
  });
}

test("no more is asked for at the same time than the source takes", async () => {
  state.concurrency = 7;
  await using engine = await fresh(2);
  Object.assign(state, { latency: 1, peak: 0 });
  const met = await executed(engine, { ...block, computeStateRoot: false, blockAccessList: expected.list });
  delete state.concurrency;
  assert.ok(met.schedule.onAccessList);
  assert.equal(state.peak, 7);
});

test("a source that answers at once leaves no transaction to be suspended", async () => {
  for (const workers of [0, 2]) {
    await using engine = await fresh(workers);
    state.latency = 0;
    const met = await executed(engine, { ...block, blockAccessList: expected.list });
    assert.deepEqual(met.facts, expected.facts);
    assert.ok(met.schedule.onAccessList);
    assert.equal(met.schedule.coldReads, 0);
  }
});

/** Lists that name other locations than those accessed. */
const wrong: Record<string, (list: BlockAccessList) => void> = {
  "slots that nobody reads": (list) => {
    const entry = list.find(({ address }) => address === token)!;
    entry.storageReads.push(...Array.from({ length: 50 }, (_, i) => 2n ** 255n + BigInt(i)));
    entry.storageReads.sort((a, b) => (a < b ? -1 : 1));
  },
  "accounts that nobody accesses": (list) => {
    for (let i = 0; i < 50; i++) list.push({ ...NOTHING, address: address(0x99, i) });
    list.sort((a, b) => (a.address < b.address ? -1 : 1));
  },
  "one account only": (list) => void list.splice(1),
  "no account": (list) => void list.splice(0),
  "other values": (list) => {
    for (const { storageChanges, balances } of list) {
      for (const { changes } of storageChanges) for (const change of changes) change.value += 3n;
      for (const change of balances) change.value += 3n;
    }
  },
};
const NOTHING = { storageChanges: [], storageReads: [], balances: [], nonces: [], codes: [] };

for (const [name, change] of Object.entries(wrong)) {
  test(`over a slow source a list with ${name} is refused, and the right one taken afterwards`, async () => {
    state.latency = 1;
    for (const workers of [0, 2]) {
      await using engine = await fresh(workers);
      const list = decodeBlockAccessList(expected.list);
      change(list);
      await assert.rejects(engine.execute({ ...block, blockAccessList: encodeBlockAccessList(list) }), {
        name: "InvalidBlockError",
        reason: "InvalidBlockAccessList",
      });
      assert.equal(engine.stateRoot, root);
      const met = await executed(engine, { ...block, blockAccessList: expected.list });
      assert.deepEqual(met.facts, expected.facts);
      assert.ok(met.schedule.onAccessList);
    }
  });
}

test("an error of the source fails the block by the location, and it can be executed again", async () => {
  state.latency = 1;
  for (const workers of [0, 2]) {
    await using engine = await fresh(workers);
    state.failAt = sender(7);
    const failed = engine.execute({ ...block, blockAccessList: expected.list });
    await assert.rejects(failed, { name: "ColdReadError", field: `account ${sender(7)}` });
    state.failAt = undefined;
    const met = await executed(engine, { ...block, blockAccessList: expected.list });
    assert.deepEqual(met.facts, expected.facts);
  }
});

test("a block that is aborted while its list is asked for leaves nothing behind", async () => {
  state.latency = 5;
  await using engine = await fresh(2);
  for (const time of [1, 4, 8, 12, 20, 30]) {
    const signal = AbortSignal.timeout(time);
    const met = await engine
      .execute({ ...block, blockAccessList: expected.list, signal })
      .catch((error) => error);
    if (met instanceof Error) assert.equal(met.name, "AbortedError");
    else met.discard();
  }
  const met = await executed(engine, { ...block, blockAccessList: expected.list });
  assert.deepEqual(met.facts, expected.facts);
});
