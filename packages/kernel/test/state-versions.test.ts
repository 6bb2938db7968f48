import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededBelow } from "./support/random.ts";
import { KernelSignal } from "./support/room.ts";
import { FIELD, FORK, MODE, State } from "./support/state.ts";
import { onWorkers } from "./support/threads.ts";

const A = 0xa0_0000_0000_0000_0000_0000_0000_0000_0000_0001n;
const B = 0xb0_0000_0000_0000_0000_0000_0000_0000_0000_0002n;
const NONE = 0xffff_ffff;

function publish(
  state: State,
  location: number,
  transaction: number,
  incarnation: number,
  value: bigint,
): number {
  const node = state.call.versionNew(transaction, incarnation);
  state.write(state.call.versionValue(node), value);
  state.call.versionLink(location, node);
  return node;
}

/** What a read before `before` meets: a value, "estimate" or nothing. */
function read(state: State, location: number, before: number): bigint | "estimate" | undefined {
  try {
    const version = state.call.versionRead(location, before);
    return version === 0 ? undefined : state.read(state.call.versionValue(version));
  } catch (error) {
    if (error instanceof KernelSignal && error.code === 2) return "estimate";
    throw error;
  }
}

describe("versions of a location", () => {
  for (let seed = 1; seed <= 10; seed++) {
    it(`a read meets the newest write before it, in whatever order they came (seed ${seed})`, () => {
      const pick = seededBelow(seed);
      const state = State.fresh();
      const location = state.call.stateSlotRecord(state.word(A), state.word(1n)) | FIELD.slot;
      const model = new Map<number, { value: bigint; node: number; mark: number; incarnation: number }>();
      for (let step = 0; step < 200; step++) {
        const transaction = pick(12);
        const known = model.get(transaction);
        if (known !== undefined && pick(3) === 0) {
          const mark = pick(3);
          new DataView(state.room.memory.buffer).setUint32(known.node + 12, mark, true);
          known.mark = mark;
        } else {
          const incarnation = (known?.incarnation ?? -1) + 1;
          const value = BigInt(step + 1);
          const node = publish(state, location, transaction, incarnation, value);
          model.set(transaction, { value, node, mark: 0, incarnation });
        }
        for (const before of [0, pick(13), 12, NONE]) {
          let expected: bigint | "estimate" | undefined;
          for (let t = Math.min(before, 12) - 1; t >= 0; t--) {
            const version = model.get(t);
            if (version === undefined || version.mark === 2) continue;
            expected = version.mark === 1 ? "estimate" : version.value;
            break;
          }
          assert.equal(read(state, location, before), expected);
        }
      }
    });
  }

  it("are empty again in the next block", () => {
    const state = State.fresh();
    const location = state.call.stateSlotRecord(state.word(A), state.word(1n)) | FIELD.slot;
    publish(state, location, 1, 0, 5n);
    state.block(FORK.Cancun);
    assert.equal(read(state, location, NONE), undefined);
    publish(state, location, 3, 0, 6n);
    assert.equal(read(state, location, 3), undefined);
    assert.equal(read(state, location, 4), 6n);
  });

  it("stay complete and in order where another worker publishes one instruction earlier", () => {
    for (const there of [[], [5], [2, 8], [1, 4, 5, 6, 9]]) {
      for (const mine of [3, 5, 7, 10]) {
        for (const other of [3, 5, 7, 10]) {
          const state = State.fresh();
          const quicker = new State(state.room.memory, 1);
          quicker.call.beginArena();
          const location = state.call.stateSlotRecord(state.word(A), state.word(1n)) | FIELD.slot;
          for (const transaction of there) publish(state, location, transaction, 0, 0n);
          state.racing(
            () => publish(quicker, location, other, 1, 0n),
            () => publish(state, location, mine, 1, 0n),
          );
          const seen: number[] = [];
          for (let at = state.u32(state.call.versionHead(location)); at !== 0; at = state.u32(at)) {
            seen.push(state.u32(at + 4));
          }
          assert.deepEqual(
            seen,
            [...there, mine, other].sort((a, b) => b - a),
          );
        }
      }
    }
  });

  it("stay complete and in order when three workers publish at once", async () => {
    const state = State.fresh();
    const locations = [1n, 2n].map(
      (key) => state.call.stateSlotRecord(state.word(A), state.word(key)) | FIELD.slot,
    );
    const count = 400;
    await onWorkers(state, 3, { kind: "publish", count, locations });
    for (const location of locations) {
      const seen: number[] = [];
      let at = state.u32(state.call.versionHead(location));
      while (at !== 0) {
        seen.push(state.u32(at + 4));
        assert.equal(state.read(state.call.versionValue(at)), BigInt(seen.at(-1)!));
        at = state.u32(at);
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 3 * count }, (_, i) => 3 * count - i),
      );
    }
  });
});

describe("a read set", () => {
  function parallel(): State {
    const state = State.fresh();
    state.load(A, { nonce: 1n, balance: 10n });
    state.load(B, { nonce: 1n, balance: 10n });
    state.loadSlot(A, 1n, 5n);
    state.call.setViewMode(MODE.parallel);
    return state;
  }
  const valid = (state: State, execution: number) => state.call.readSetValid(execution) === 1;

  it("holds while nothing changed, and where a changed version has the value that was read", () => {
    const state = parallel();
    const reader = state.transaction(5, () => {
      state.value(A, 1n);
      state.balance(A);
      state.nonce(A);
      state.call.accountCodeHash(state.account(A));
      state.call.accountExists(state.account(A));
    });
    assert.ok(valid(state, reader));
    state.transaction(3, () => state.set(A, 1n, 6n));
    assert.ok(!valid(state, reader));
    state.transaction(4, () => state.set(A, 1n, 5n));
    assert.ok(valid(state, reader));
    state.transaction(6, () => state.set(A, 1n, 9n));
    assert.ok(valid(state, reader), "a later transaction concerns nobody before it");
  });

  it("fails for each field that another transaction changed", () => {
    const changes: ((state: State) => void)[] = [
      (state) => state.call.accountAddBalance(state.account(A), state.word(1n)),
      (state) => state.call.accountSetNonce(state.account(A), 2n),
      (state) => state.call.accountSetCode(state.account(A), state.code([1])),
      (state) => state.set(A, 1n, 6n),
      (state) => state.call.accountDestruct(state.account(A)),
    ];
    for (const change of changes) {
      const state = parallel();
      const reader = state.transaction(5, () => {
        state.value(A, 1n);
        state.balance(A);
        state.nonce(A);
        state.call.accountCodeHash(state.account(A));
      });
      const other = state.transaction(6, () => state.balance(B));
      state.transaction(2, () => change(state));
      assert.ok(!valid(state, reader));
      assert.ok(valid(state, other));
    }
  });

  it("fails for a slot whose contract was destroyed, though nobody wrote the slot", () => {
    const state = parallel();
    const reader = state.transaction(5, () => state.value(A, 1n));
    state.transaction(2, () => state.call.accountDestruct(state.account(A)));
    assert.ok(!valid(state, reader));
    const again = state.transaction(5, () => assert.equal(state.value(A, 1n), 0n));
    assert.ok(valid(state, again));
  });

  it("does not hold the fee recipient to a balance that nobody read", () => {
    const state = parallel();
    const reader = state.transaction(5, () => state.call.accountTouch(state.account(A)));
    state.transaction(2, () => state.call.accountAddBalance(state.account(A), state.word(1n)));
    assert.ok(valid(state, reader));
  });

  it("waits for an aborted writer, and forgets what its next incarnation does not write", () => {
    const state = parallel();
    const first = state.transaction(2, () => state.set(A, 1n, 6n));
    state.call.versionEstimate(first);
    state.call.viewBegin(5);
    assert.throws(
      () => state.value(A, 1n),
      (error) => error instanceof KernelSignal && error.code === 2 && error.detail === 2,
    );
    state.call.viewBegin(2);
    state.set(A, 2n, 7n);
    state.call.viewEnd();
    const second = state.call.viewExecution();
    state.call.testIncarnation(second, 1);
    state.call.versionPublish(second);
    state.call.versionWithdraw(first);
    state.call.viewBegin(5);
    assert.equal(state.value(A, 1n), 5n);
    assert.equal(state.value(A, 2n), 7n);
  });
});
