import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededBelow } from "./support/random.ts";
import { EMPTY_CODE_HASH, FORK, MODE, State } from "./support/state.ts";

const A = 0xa0_0000_0000_0000_0000_0000_0000_0000_0000_0001n;
const B = 0xb0_0000_0000_0000_0000_0000_0000_0000_0000_0002n;
const DELETED = 1;
const WIPED = 2;

/** Commits the built list and begins the next block. */
function commit(state: State, fork = FORK.Cancun): void {
  state.call.changesApply();
  state.block(fork);
  state.call.viewBegin(0);
}

describe("the end of a transaction", () => {
  it("removes a touched empty account from Spurious Dragon on, and makes one before", () => {
    const after = State.fresh({ fork: FORK.Spurious });
    after.load(A, {});
    const touch = (state: State) => [
      state.transaction(1, () => {
        state.call.accountAddBalance(state.account(A), state.word(0n));
        state.call.accountTouch(state.account(B));
      }),
    ];
    assert.deepEqual(
      after.build(touch(after)).map((change) => [change.address, change.flags & DELETED]),
      [[A, DELETED]],
    );
    const before = State.fresh({ fork: FORK.Homestead });
    assert.deepEqual(
      before.build(touch(before)).map((change) => [change.address, change.flags, change.balance]),
      [
        [A, 0, 0n],
        [B, 0, 0n],
      ],
    );
  });

  it("leaves an empty account alone that was only looked at", () => {
    const state = State.fresh();
    state.load(A, {});
    const execution = state.transaction(1, () => {
      assert.equal(state.call.accountIsEmpty(state.account(A)), 1);
      assert.equal(state.call.accountExists(state.account(A)), 1);
    });
    assert.deepEqual(state.build([execution]), []);
  });

  it("writes only what differs from what was read", () => {
    const state = State.fresh();
    state.load(A, { nonce: 1n, balance: 10n });
    state.loadSlot(A, 1n, 5n);
    const execution = state.transaction(1, () => {
      state.call.accountAddBalance(state.account(A), state.word(3n));
      state.call.accountSubtractBalance(state.account(A), state.word(3n));
      state.call.accountSetNonce(state.account(A), 1n);
      state.set(A, 1n, 6n);
      state.set(A, 1n, 5n);
      state.set(A, 2n, 0n);
      state.balance(B);
    });
    for (let field = 0; field < 4; field++) {
      assert.equal(state.call.versionRead(state.call.stateAccountRecord(state.word(A)) | field, 2), 0);
    }
    assert.deepEqual(state.build([execution]), []);
  });

  it("drops a change that a later transaction takes back", () => {
    const state = State.fresh();
    state.load(A, { nonce: 1n, balance: 10n });
    state.loadSlot(A, 1n, 5n);
    const executions = [
      state.transaction(1, () => state.set(A, 1n, 6n)),
      state.transaction(2, () => state.set(A, 1n, 5n)),
    ];
    assert.deepEqual(state.build(executions), []);
  });
});

describe("storage wipes", () => {
  it("do not happen where the creation was reverted", () => {
    const state = State.fresh();
    state.load(A, { balance: 10n });
    const execution = state.transaction(1, () => {
      const checkpoint = state.call.viewCheckpoint();
      state.call.accountCreate(state.account(A));
      state.set(A, 1n, 1n);
      state.call.viewRevert(checkpoint);
      assert.equal(state.call.accountWasCreated(state.account(A)), 0);
    });
    assert.deepEqual(state.build([execution]), []);
  });

  for (const mode of [MODE.sequential, MODE.parallel]) {
    it(`a destroyed contract's storage is gone, a re-created one's is its own (mode ${mode})`, () => {
      const state = State.fresh({ fork: FORK.Byzantium });
      state.call.setViewMode(mode);
      state.load(A, { nonce: 1n, balance: 10n });
      state.loadSlot(A, 1n, 5n);
      state.loadSlot(A, 2n, 6n);
      const executions = [
        state.transaction(1, () => state.set(A, 3n, 7n)),
        state.transaction(2, () => {
          state.set(A, 1n, 8n);
          state.call.accountDestruct(state.account(A));
          assert.equal(state.value(A, 1n), 8n);
        }),
        state.transaction(3, () => {
          assert.equal(state.value(A, 1n), 0n);
          assert.equal(state.value(A, 2n), 0n);
          assert.equal(state.value(A, 3n), 0n);
          assert.equal(state.balance(A), 0n);
          assert.equal(state.nonce(A), 0n);
          assert.equal(state.call.accountExists(state.account(A)), 0);
        }),
        state.transaction(4, () => {
          state.call.accountCreate(state.account(A));
          assert.equal(state.original(A, 2n), 0n);
          state.set(A, 2n, 6n);
          state.set(A, 4n, 9n);
          assert.equal(state.original(A, 4n), 0n);
        }),
        state.transaction(5, () => {
          assert.equal(state.value(A, 2n), 6n);
          assert.equal(state.value(A, 3n), 0n);
          state.set(A, 4n, 0n);
        }),
      ];
      const [change, ...others] = state.build(executions);
      assert.equal(others.length, 0);
      assert.equal(change!.flags & (DELETED | WIPED), WIPED);
      assert.equal(change!.nonce, 1n);
      assert.equal(change!.balance, 0n);
      // Slot 2 has its old value again, but the storage began empty: it belongs into the list.
      assert.deepEqual(change!.slots, [[2n, 6n]]);
      commit(state);
      assert.deepEqual(
        [1n, 2n, 3n, 4n].map((key) => state.value(A, key)),
        [0n, 6n, 0n, 0n],
      );
      state.call.setViewMode(MODE.sequential);
    });
  }

  it("a contract created and destroyed in one transaction leaves nothing, also where money waited", () => {
    const state = State.fresh();
    state.load(A, { balance: 10n });
    const execution = state.transaction(1, () => {
      state.call.accountCreate(state.account(A));
      state.set(A, 1n, 1n);
      state.call.accountDestruct(state.account(A));
    });
    assert.deepEqual(
      state.build([execution]).map((change) => [change.address, change.flags & DELETED, change.slots]),
      [[A, DELETED, []]],
    );
    commit(state);
    assert.equal(state.call.accountExists(state.account(A)), 0);
    assert.equal(state.call.accountHasStorage(state.account(A)), 0);
    const fresh = State.fresh();
    const other = fresh.transaction(1, () => {
      fresh.call.accountCreate(fresh.account(B));
      fresh.set(B, 1n, 1n);
      fresh.call.accountDestruct(fresh.account(B));
    });
    assert.deepEqual(fresh.build([other]), []);
  });

  it("knows whether a committed account has storage (EIP-7610)", () => {
    const state = State.fresh();
    state.load(A, { nonce: 1n });
    state.load(B, { root: 0x1234n });
    const has = (address: bigint) => state.call.accountHasStorage(state.account(address)) === 1;
    const execution = state.transaction(1, () => {
      assert.equal(has(A), false);
      assert.equal(has(B), true);
      state.set(A, 1n, 1n);
    });
    state.build([execution]);
    commit(state);
    assert.equal(has(A), true);
    const clear = state.transaction(1, () => state.set(A, 1n, 0n));
    state.build([clear]);
    commit(state);
    assert.equal(has(A), false);
  });
});

describe("the change list", () => {
  it("is sorted by address and key and has every location once", () => {
    const state = State.fresh();
    const pick = seededBelow(3);
    const addresses = Array.from({ length: 40 }, (_, i) => (BigInt(i % 7) << 130n) + BigInt(pick(1000)));
    const last = new Map<bigint, Map<bigint, bigint>>();
    const executions: number[] = [];
    for (const address of addresses) state.load(address, { nonce: 1n });
    for (let index = 1; index <= 60; index++) {
      executions.push(
        state.transaction(index, () => {
          for (let i = 0; i < 20; i++) {
            const address = addresses[pick(addresses.length)]!;
            const key = pick(2) === 0 ? BigInt(pick(50)) : BigInt(pick(50)) << 240n;
            const value = BigInt(pick(1000));
            state.set(address, key, value);
            last.set(address, (last.get(address) ?? new Map()).set(key, value));
          }
        }),
      );
    }
    const expected = [...last]
      .map(([address, slots]) => ({
        address,
        slots: [...slots].filter(([, value]) => value !== 0n).sort(([a], [b]) => (a < b ? -1 : 1)),
      }))
      .sort((a, b) => (a.address < b.address ? -1 : 1));
    assert.deepEqual(
      state
        .build(executions)
        .map(({ address, slots }) => ({ address, slots: slots.map(([k, v]) => [k, v]) })),
      expected,
    );
  });

  it("sorts thousands of slots of one account, half of them small numbers", () => {
    const state = State.fresh();
    state.load(A, { nonce: 1n });
    const pick = seededBelow(4);
    const keys = new Set<bigint>();
    while (keys.size < 3000)
      keys.add(keys.size % 2 === 0 ? BigInt(pick(100_000)) : BigInt(pick(2 ** 31)) << 222n);
    const execution = state.transaction(1, () => {
      for (const key of keys) state.set(A, key, key + 1n);
    });
    const [change] = state.build([execution]);
    assert.deepEqual(
      change!.slots.map(([key]) => key),
      [...keys].sort((a, b) => (a < b ? -1 : 1)),
    );
    assert.ok(change!.slots.every(([key, value]) => value === key + 1n));
  });

  it("carries new code, and commits it", () => {
    const state = State.fresh();
    const code = state.code([0x60, 0x00]);
    const hash = state.readBytes32(state.call.codeHash(code));
    const execution = state.transaction(1, () => {
      state.call.accountCreate(state.account(A));
      state.call.accountSetCode(state.account(A), code);
    });
    assert.equal(state.build([execution])[0]!.codeHash, hash);
    commit(state);
    assert.equal(state.call.accountCode(state.account(A)), code);
    assert.equal(state.readBytes32(state.call.accountCodeHash(state.account(A))), hash);
    const removed = state.transaction(1, () =>
      state.call.accountSetCode(state.account(A), state.call.EMPTY_CODE.value),
    );
    state.build([removed]);
    commit(state);
    assert.equal(state.call.accountCode(state.account(A)), state.call.EMPTY_CODE.value);
    assert.equal(state.readBytes32(state.call.accountCodeHash(state.account(A))), EMPTY_CODE_HASH);
  });
});

describe("a commit", () => {
  /** One block with changes of every kind. */
  function build(): { state: State; read: () => unknown[] } {
    const state = State.fresh({ fork: FORK.Byzantium });
    state.load(A, { nonce: 1n, balance: 10n });
    state.load(B, { nonce: 3n, balance: 30n });
    state.loadSlot(A, 1n, 5n);
    state.loadSlot(B, 1n, 5n);
    const executions = [
      state.transaction(1, () => {
        state.set(A, 1n, 0n);
        state.set(A, 2n, 9n);
        state.call.accountSetNonce(state.account(A), 2n);
        state.call.accountDestruct(state.account(B));
      }),
      state.transaction(2, () => state.call.accountAddBalance(state.account(0x99n), state.word(5n))),
    ];
    state.build(executions);
    // Records as they stand: all bytes but the version heads and the mark of the list.
    const records = [A, B, 0x99n].map((address) => state.call.stateAccountRecord(state.word(address)));
    const slots = [
      [A, 1n],
      [A, 2n],
      [B, 1n],
    ].map(([address, key]) => state.call.stateSlotRecord(state.word(address!), state.word(key!)));
    return {
      state,
      read: () => [
        ...records.map((at) => state.room.bytes(at, 192)),
        ...slots.map((at) => state.room.bytes(at, 116)),
      ],
    };
  }

  it("is taken back exactly, from applied and from half applied", () => {
    const { state, read } = build();
    const before = read();
    state.call.changesApply();
    const after = read();
    assert.notDeepEqual(after, before);
    state.call.changesRollback();
    assert.deepEqual(read(), before);
    state.call.changesApply();
    assert.deepEqual(read(), after);
    // A worker that died after it had written one account only: the others are as before, the state says Applying.
    state.call.changesRollback();
    state.call.changesApply();
    const second = state.call.stateAccountRecord(state.word(B));
    state.room.write(second, before[1] as Uint8Array);
    state.call.changesSetState(2);
    state.call.changesApply();
    assert.deepEqual(read(), after);
    state.room.write(second, before[1] as Uint8Array);
    state.call.changesSetState(2);
    state.call.changesRollback();
    assert.deepEqual(read(), before);
  });

  it("does nothing a second time", () => {
    const { state, read } = build();
    state.call.changesApply();
    const after = read();
    state.call.changesApply();
    assert.deepEqual(read(), after);
  });

  it("shows the next block the new state", () => {
    const { state } = build();
    commit(state);
    assert.deepEqual(
      [state.value(A, 1n), state.value(A, 2n), state.value(B, 1n), state.nonce(A), state.nonce(B)],
      [0n, 9n, 0n, 2n, 0n],
    );
    assert.equal(state.balance(B), 0n);
    assert.equal(state.balance(0x99n), 5n);
  });
});
