import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KernelSignal } from "./support/room.ts";
import { FORK, State } from "./support/state.ts";

/** The memory map (assembly/memory/layout.ts). */
const CHUNK_TABLE = 8192;
const MAX_CHUNKS = 16384;
const CHUNK_SIZE = 262144;
const HEAP_START = 262144;

const OLD = 0x1000n;
const NEW = 0x2000n;

/** 2,000 accounts of two slots each; the second block touches half of the accounts and one slot of some others. */
function twoBlocks(): { state: State; threshold: number } {
  const state = State.fresh({ cold: true });
  for (let i = 0n; i < 1000n; i++) {
    for (const address of [OLD + i, NEW + i]) {
      state.load(address, { nonce: i, balance: 7n * i });
      state.loadSlot(address, 1n, i + 1n);
      state.loadSlot(address, 2n, i + 2n);
    }
  }
  state.block(FORK.Cancun);
  state.call.viewBegin(1);
  for (let i = 0n; i < 1000n; i++) state.balance(NEW + i);
  for (let i = 0n; i < 10n; i++) state.value(NEW + i, 1n);
  for (let i = 0n; i < 5n; i++) state.value(OLD + i, 2n);
  state.call.viewEnd();
  return { state, threshold: state.call.testEpoch() };
}

function isCold(body: () => unknown): boolean {
  try {
    body();
    return false;
  } catch (error) {
    if (error instanceof KernelSignal && error.code === 1) return true;
    throw error;
  }
}

describe("eviction", () => {
  it("drops what no block since has touched, and keeps the owners of kept slots", () => {
    const { state, threshold } = twoBlocks();
    // Kept: 1,000 touched accounts, 5 owners; 15 slots.
    assert.equal(state.call.internEvict(threshold, 0, 1), 2000 + 4000 - 1005 - 15);
    assert.equal(state.call.testCount(0), 1005);
    assert.equal(state.call.testCount(1), 15);
    state.block(FORK.Cancun);
    state.call.viewBegin(1);
    for (let i = 0n; i < 1000n; i++) {
      assert.equal(state.nonce(NEW + i), i);
      assert.equal(state.balance(NEW + i), 7n * i);
    }
    for (let i = 0n; i < 10n; i++) assert.equal(state.value(NEW + i, 1n), i + 1n);
    for (let i = 0n; i < 5n; i++) assert.equal(state.value(OLD + i, 2n), i + 2n);
    assert.ok(isCold(() => state.balance(OLD + 5n)));
    assert.ok(isCold(() => state.value(OLD, 1n)));
    assert.ok(isCold(() => state.value(NEW + 10n, 1n)));
  });

  it("takes back what comes again, and goes on interning in new chunks", () => {
    const { state, threshold } = twoBlocks();
    state.call.internEvict(threshold, 0, 1);
    state.block(FORK.Cancun);
    state.load(OLD + 900n, { balance: 5n });
    state.loadSlot(OLD + 900n, 1n, 6n);
    state.load(0x5000n, { balance: 8n });
    const execution = state.transaction(1, () => state.set(OLD + 900n, 1n, 9n));
    state.build([execution]);
    state.call.changesApply();
    state.block(FORK.Cancun);
    state.call.viewBegin(1);
    assert.equal(state.balance(OLD + 900n), 5n);
    assert.equal(state.value(OLD + 900n, 1n), 9n);
    assert.equal(state.balance(0x5000n), 8n);
    assert.equal(state.balance(NEW + 3n), 21n);
  });

  it("gives back the memory", () => {
    const { state } = twoBlocks();
    state.call.internReserve(0, 200_000);
    for (let i = 0n; i < 20_000n; i++) state.load(0x100_0000n + i, {});
    const before = state.call.testCacheBytes();
    state.block(FORK.Cancun);
    state.call.internEvict(state.call.testEpoch(), 0, 1);
    const after = state.call.testCacheBytes();
    assert.ok(before > 4_000_000n);
    // Two tables of the smallest size and no record chunk.
    assert.equal(after, 2n * 262_144n);
    assert.equal(state.call.testCount(0), 0);
  });

  it("drops all where the kept records find no room beside the old ones, never only a part", () => {
    const outcomes = new Set<number>();
    for (let spare = 0; spare < 14; spare++) {
      const { state } = twoBlocks();
      state.block(FORK.Cancun);
      const table = new Uint32Array(state.room.memory.buffer, CHUNK_TABLE, MAX_CHUNKS);
      const used = table.findLastIndex((kind) => kind !== 0) + 1;
      state.call.testMemoryLimit(BigInt(HEAP_START + (used + spare) * CHUNK_SIZE));
      // Everything would be kept.
      const dropped = state.call.internEvict(1, 0, 1);
      outcomes.add(dropped);
      assert.equal(state.call.testCount(0), dropped === 0 ? 2000 : 0);
      assert.equal(state.call.testCount(1), dropped === 0 ? 4000 : 0);
      state.call.viewBegin(1);
      for (let i = 0n; i < 1000n; i += 7n) {
        if (dropped === 0) assert.equal(state.value(OLD + i, 2n), i + 2n);
        else assert.ok(isCold(() => state.value(OLD + i, 2n)));
      }
      state.load(OLD + 1n, { balance: 9n });
      state.loadSlot(OLD + 1n, 1n, 5n);
      state.block(FORK.Cancun);
      state.call.viewBegin(1);
      assert.equal(state.balance(OLD + 1n), 9n);
      assert.equal(state.value(OLD + 1n, 1n), 5n);
    }
    assert.deepEqual(outcomes, new Set([6000, 0]));
  });

  it("drops nothing where nobody could bring it back", () => {
    const state = State.fresh();
    state.load(OLD, { balance: 1n });
    state.block(FORK.Cancun);
    assert.equal(state.call.internEvict(state.call.testEpoch(), 0, 1), 0);
    state.call.viewBegin(1);
    assert.equal(state.balance(OLD), 1n);
  });
});
