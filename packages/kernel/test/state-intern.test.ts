import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KernelSignal } from "./support/room.ts";
import { State } from "./support/state.ts";
import { onWorkers } from "./support/threads.ts";

describe("interning", () => {
  it("gives 10,000 keys one record each, whichever of three workers comes first", async () => {
    const state = State.fresh();
    const owner = state.call.stateAccountRecord(state.word(1n));
    const count = 10_000;
    const answers = await onWorkers(state, 3, { kind: "intern", count, locations: [owner] });
    const byKey = answers.map((records) => ({
      accounts: records.filter((_, i) => i % 2 === 0),
      slots: records.filter((_, i) => i % 2 === 1),
    }));
    assert.deepEqual(byKey[1], byKey[0]);
    assert.deepEqual(byKey[2], byKey[0]);
    assert.equal(new Set([...byKey[0]!.accounts, ...byKey[0]!.slots]).size, 2 * count);
    assert.equal(state.call.testCount(0), count + 1);
    assert.equal(state.call.testCount(1), count);
    for (let key = 0; key < count; key += 501) {
      assert.equal(state.call.stateAccountRecord(state.word(BigInt(key) << 100n)), byKey[0]!.accounts[key]);
      assert.equal(state.read(byKey[0]!.slots[key]! + 8), BigInt(key));
    }
  });

  it("takes the other worker's record where that one was quicker by one instruction", () => {
    const state = State.fresh();
    const quicker = new State(state.room.memory, 1);
    quicker.call.beginArena();
    const owner = state.call.stateAccountRecord(state.word(1n));
    const [third, fourth] = [3n, 4n].map((key) => state.call.internAccount(state.word(key)));
    let theirs = 0;
    const account = state.racing(
      () => {
        theirs = quicker.call.internAccount(quicker.word(5n));
      },
      () => state.call.internAccount(state.word(5n)),
    );
    assert.equal(account, theirs);
    const slot = state.racing(
      () => {
        theirs = quicker.call.internSlot(owner, quicker.word(5n));
      },
      () => state.call.internSlot(owner, state.word(5n)),
    );
    assert.equal(slot, theirs);
    assert.equal(state.call.testCount(0), 4);
    assert.equal(state.call.testCount(1), 1);
    // The record that was made in vain is used for the next key.
    assert.equal(state.call.internAccount(state.word(6n)) - fourth!, fourth! - third!);
  });

  it("tells keys apart that differ in one bit only", () => {
    const state = State.fresh();
    const owners = [1n, 2n].map((address) => state.call.stateAccountRecord(state.word(address)));
    const records = new Set<number>();
    for (const owner of owners) {
      for (let bit = 0n; bit < 256n; bit++) records.add(state.call.internSlot(owner, state.word(1n << bit)));
    }
    for (let bit = 0n; bit < 160n; bit++) records.add(state.call.internAccount(state.word(1n << bit)));
    assert.equal(records.size, 2 * 256 + 160);
  });

  it("says when a table is full, and finds everything again after it has grown", () => {
    const state = State.fresh();
    const records: number[] = [];
    let full: unknown;
    try {
      for (let i = 0n; i < 40_000n; i++) records.push(state.call.internAccount(state.word(i)));
    } catch (error) {
      full = error;
    }
    assert.ok(full instanceof KernelSignal && full.code === 5 && full.detail === 0);
    assert.equal(records.length, Math.ceil(32_768 * 0.7));
    state.call.internGrow(0);
    records.forEach((record, i) => {
      assert.equal(state.call.internAccount(state.word(BigInt(i))), record);
    });
    assert.equal(state.call.testCount(0), records.length);
    state.call.internAccount(state.word(1n << 80n));
  });

  it("spreads keys by a seed that nobody knows", () => {
    // Where the first record of each key stands in the table depends on the seed, not on the key alone.
    const places = [1n, 2n].map((seed) => {
      const state = State.fresh({ seed: seed * 0x9876_5432_1234_5671n });
      return [1n, 2n, 3n, 4n].map((key) => state.call.hashSlotKey(5, state.word(key)));
    });
    assert.equal(new Set(places.flat()).size, 8);
  });

  it("forgets everything on reset, in its own bump chunks too", () => {
    const state = State.fresh();
    state.load(5n, { balance: 1n });
    state.call.internReset();
    assert.equal(state.call.testCount(0), 0);
    state.call.viewBegin(1);
    assert.equal(state.balance(5n), 0n);
    assert.equal(state.call.testCount(0), 1);
  });
});
