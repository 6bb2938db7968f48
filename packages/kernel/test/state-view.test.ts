import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededBelow } from "./support/random.ts";
import { KernelSignal } from "./support/room.ts";
import { EMPTY_CODE_HASH, FORK, MODE, State } from "./support/state.ts";

const A = 0xa0_0000_0000_0000_0000_0000_0000_0000_0000_0001n;
const B = 0xb0_0000_0000_0000_0000_0000_0000_0000_0000_0002n;

describe("a transaction's view", () => {
  it("reads what was loaded, and nothing where nothing was", () => {
    const state = State.fresh();
    state.load(A, { nonce: 7n, balance: 100n });
    state.loadSlot(A, 1n, 42n);
    state.call.viewBegin(1);
    assert.equal(state.nonce(A), 7n);
    assert.equal(state.balance(A), 100n);
    assert.equal(state.value(A, 1n), 42n);
    assert.equal(state.value(A, 2n), 0n);
    assert.equal(state.balance(B), 0n);
    assert.equal(state.readBytes32(state.call.accountCodeHash(state.account(B))), EMPTY_CODE_HASH);
    assert.equal(state.call.accountExists(state.account(A)), 1);
    assert.equal(state.call.accountExists(state.account(B)), 0);
  });

  it("gives the same pointer for the same location, also after 20,000 others", () => {
    const state = State.fresh();
    state.call.internReserve(0, 20_000);
    state.call.viewBegin(1);
    const first = state.account(A);
    const pointers = new Set<number>();
    for (let i = 0n; i < 20_000n; i++) pointers.add(state.account(0x1000n + i));
    assert.equal(pointers.size, 20_000);
    assert.equal(state.account(A), first);
    for (let i = 0n; i < 20_000n; i += 997n) assert.ok(pointers.has(state.account(0x1000n + i)));
  });

  it("shows later transactions what earlier ones published, and starts each one cold", () => {
    const state = State.fresh();
    state.load(A, { nonce: 1n, balance: 100n });
    state.loadSlot(A, 1n, 42n);
    state.transaction(1, () => {
      assert.equal(state.call.accountWarm(state.account(A)), 1);
      assert.equal(state.call.accountWarm(state.account(A)), 0);
      assert.equal(state.call.slotWarm(state.slot(A, 1n)), 1);
      state.set(A, 1n, 43n);
      state.setTransient(A, 1n, 9n);
      state.call.accountSubtractBalance(state.account(A), state.word(30n));
    });
    state.call.viewBegin(2);
    assert.equal(state.original(A, 1n), 43n);
    assert.equal(state.balance(A), 70n);
    assert.equal(state.transient(A, 1n), 0n);
    assert.equal(state.call.accountWarm(state.account(A)), 1);
    assert.equal(state.call.slotWarm(state.slot(A, 1n)), 1);
  });

  it("refuses to subtract more than there is, and changes nothing then", () => {
    const state = State.fresh();
    state.load(A, { balance: 5n });
    state.call.viewBegin(1);
    assert.equal(state.call.accountSubtractBalance(state.account(A), state.word(6n)), 0);
    assert.equal(state.balance(A), 5n);
    assert.equal(state.call.accountSubtractBalance(state.account(A), state.word(5n)), 1);
    assert.equal(state.balance(A), 0n);
  });

  it("keeps the original value of a slot while the current one changes", () => {
    const state = State.fresh();
    state.load(A, { nonce: 1n });
    state.loadSlot(A, 1n, 42n);
    state.call.viewBegin(1);
    state.set(A, 1n, 1n);
    state.set(A, 1n, 2n);
    assert.equal(state.original(A, 1n), 42n);
    assert.equal(state.value(A, 1n), 2n);
  });

  it("asks for a value that is not in the cache, once, and reads it when it has come", () => {
    const state = State.fresh({ cold: true });
    state.call.viewBegin(1);
    const expectCold = (body: () => unknown) =>
      assert.throws(body, (error) => error instanceof KernelSignal && error.code === 1);
    expectCold(() => state.balance(A));
    state.load(A, { balance: 5n });
    state.call.viewBegin(1);
    assert.equal(state.balance(A), 5n);
    expectCold(() => state.value(A, 1n));
    state.loadSlot(A, 1n, 3n);
    state.call.viewBegin(1);
    assert.equal(state.value(A, 1n), 3n);
  });

  it("asks for nothing in the storage of an account that does not exist or was just created", () => {
    const state = State.fresh({ cold: true });
    state.call.stateLoadAccount(
      state.word(A),
      0n,
      state.word(0n),
      state.bytes32(EMPTY_CODE_HASH),
      state.bytes32(0n),
      0,
    );
    state.call.viewBegin(1);
    assert.equal(state.value(A, 1n), 0n);
    state.call.accountCreate(state.account(A));
    assert.equal(state.value(A, 2n), 0n);
  });

  it("does not tell the fee recipient's balance before its turn", () => {
    const state = State.fresh();
    state.block(FORK.Cancun, A);
    state.load(A, { balance: 5n });
    state.call.setViewMode(MODE.parallel);
    state.call.viewBegin(1);
    state.call.accountAddBalance(state.account(A), state.word(0n));
    assert.equal(state.nonce(A), 0n);
    assert.throws(
      () => state.balance(A),
      (error) => error instanceof KernelSignal && error.code === 3,
    );
    state.call.setViewMode(MODE.inTurn);
    state.call.viewBegin(1);
    assert.equal(state.balance(A), 5n);
  });

  it("copies logs in order and drops those of a reverted call", () => {
    const state = State.fresh();
    state.call.viewBegin(1);
    const log = (topic: bigint, data: number[]) => {
      const at = state.call.arenaAllocate(8);
      state.room.write(at, Uint8Array.from(data));
      state.call.viewLog(state.word(A), state.word(topic), 1, at, data.length);
      state.room.write(at, new Uint8Array(data.length));
    };
    log(1n, [1, 2, 3]);
    const checkpoint = state.call.viewCheckpoint();
    log(2n, [4]);
    state.call.viewRevert(checkpoint);
    log(3n, [5]);
    state.call.viewEnd();
    const seen: unknown[] = [];
    let at = state.call.testExecutionFirstLog(state.call.viewExecution());
    while (at !== 0) {
      seen.push([
        state.read(state.call.logTopics(at)),
        state.room.bytes(state.call.logData(at), state.u32(at + 12)),
      ]);
      assert.equal(state.read(at + 16), A);
      at = state.u32(at);
    }
    assert.deepEqual(seen, [
      [1n, Uint8Array.of(1, 2, 3)],
      [3n, Uint8Array.of(5)],
    ]);
  });
});

// A model in plain maps: a revert restores a deep copy.
interface Model {
  balances: bigint[];
  nonces: bigint[];
  codes: number[];
  slots: bigint[][];
  transient: bigint[][];
  warm: boolean[];
  warmSlots: boolean[][];
  created: boolean[];
  destructed: boolean[];
  refund: bigint;
}

describe("a revert", () => {
  const accounts = [A, B, 0x55n, 0x77n];
  const keys = [0n, 1n, 2n ** 255n];

  for (let seed = 1; seed <= 25; seed++) {
    it(`restores exactly what was at the checkpoint (seed ${seed})`, () => {
      const pick = seededBelow(seed);
      const state = State.fresh();
      const codes = [state.call.EMPTY_CODE.value, state.code([1, 2, 3]), state.code([4, 5])];
      let model: Model = {
        balances: accounts.map((_, i) => BigInt(i * 1000)),
        nonces: accounts.map((_, i) => BigInt(i)),
        codes: accounts.map(() => 0),
        slots: accounts.map((_, i) => keys.map((_, j) => (i === 0 ? 0n : BigInt(10 * i + j)))),
        transient: accounts.map(() => keys.map(() => 0n)),
        warm: accounts.map(() => false),
        warmSlots: accounts.map(() => keys.map(() => false)),
        created: accounts.map(() => false),
        destructed: accounts.map(() => false),
        refund: 0n,
      };
      accounts.forEach((address, i) => {
        state.load(address, { nonce: model.nonces[i]!, balance: model.balances[i]! });
        keys.forEach((key, j) => {
          state.loadSlot(address, key, model.slots[i]![j]!);
        });
      });
      const checkpoints: { at: number; model: Model }[] = [];
      state.call.viewBegin(1);
      for (let step = 0; step < 300; step++) {
        const i = pick(accounts.length);
        const j = pick(keys.length);
        const account = state.account(accounts[i]!);
        const value = BigInt(pick(4));
        switch (pick(14)) {
          case 0:
            state.call.accountAddBalance(account, state.word(value));
            model.balances[i]! += value;
            break;
          case 1: {
            const done = state.call.accountSubtractBalance(account, state.word(value)) === 1;
            assert.equal(done, model.balances[i]! >= value);
            if (done) model.balances[i]! -= value;
            break;
          }
          case 2:
            state.call.accountSetNonce(account, value);
            model.nonces[i] = value;
            break;
          case 3: {
            const code = pick(codes.length);
            state.call.accountSetCode(account, codes[code]!);
            model.codes[i] = code;
            break;
          }
          case 4:
          case 5:
            state.set(accounts[i]!, keys[j]!, value);
            model.slots[i]![j] = value;
            break;
          case 6:
            state.setTransient(accounts[i]!, keys[j]!, value);
            model.transient[i]![j] = value;
            break;
          case 7:
            assert.equal(state.call.accountWarm(account) === 1, !model.warm[i]);
            model.warm[i] = true;
            break;
          case 8:
            assert.equal(
              state.call.slotWarm(state.slot(accounts[i]!, keys[j]!)) === 1,
              !model.warmSlots[i]![j],
            );
            model.warmSlots[i]![j] = true;
            break;
          case 9:
            state.call.viewAddRefund(value - 2n);
            model.refund += value - 2n;
            break;
          case 10:
            if (pick(2) === 0) {
              state.call.accountDestruct(account);
              model.destructed[i] = true;
            } else if (i === 0 && !model.created[0]) {
              state.call.accountCreate(account);
              model.created[0] = true;
              model.nonces[0] = 1n;
            }
            break;
          case 11:
          case 12:
            checkpoints.push({ at: state.call.viewCheckpoint(), model: structuredClone(model) });
            break;
          case 13: {
            if (checkpoints.length === 0) break;
            const target = checkpoints[pick(checkpoints.length)]!;
            checkpoints.length = checkpoints.indexOf(target);
            state.call.viewRevert(target.at);
            model = structuredClone(target.model);
            break;
          }
        }
        const k = pick(accounts.length);
        const other = state.account(accounts[k]!);
        assert.equal(state.balance(accounts[k]!), model.balances[k]);
        assert.equal(state.nonce(accounts[k]!), model.nonces[k]);
        assert.equal(state.call.accountCode(other), codes[model.codes[k]!]);
        assert.equal(state.call.accountWasCreated(other) === 1, model.created[k]);
        assert.equal(state.call.accountIsDestructed(other) === 1, model.destructed[k]);
        assert.equal(state.value(accounts[k]!, keys[j]!), model.slots[k]![j]);
        assert.equal(state.transient(accounts[k]!, keys[j]!), model.transient[k]![j]);
        assert.equal(state.call.viewRefund(), model.refund);
      }
    });
  }

  it("undoes the touch of an empty account, but not that of address 3 from Spurious Dragon on", () => {
    for (const [address, removed] of [
      [3n, true],
      [4n, false],
    ] as const) {
      const state = State.fresh({ fork: FORK.Spurious });
      state.load(address, {});
      const execution = state.transaction(1, () => {
        const checkpoint = state.call.viewCheckpoint();
        state.call.accountTouch(state.account(address));
        state.call.viewRevert(checkpoint);
      });
      assert.equal(state.build([execution]).length, removed ? 1 : 0);
    }
  });
});
