import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Deltas, Fork } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import { type AccountState, type Accounts, coinbase, type TestTransaction } from "./support/crew-block.ts";
import { POINT_PRECOMPILE } from "./support/crew-instance.ts";
import { address } from "./support/crew-random.ts";
import { Director, Point, TaskState } from "./support/director.ts";
import { assemble, push } from "./support/evm.ts";
import {
  accounts,
  calls,
  change,
  executeLaterOnesFirst,
  forced,
  rich,
  sender,
  target,
} from "./support/forced.ts";

let crew: Crew;
before(async () => {
  crew = await Crew.of(3);
});
after(() => crew.close());

const payee = address(0xee0000);
const none = "PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00";
const pay = (wei: number, to: string) => `${none} ${push(wei)} PUSH20 ${to} GAS CALL POP`;
/** Pays, and notes in a slot of its own whether that went well. */
const send = (wei: number, to: string, slot: number) =>
  `${none} ${push(wei)} PUSH20 ${to} GAS CALL ${push(slot)} SSTORE`;
const contract = (code: string, balance = 0n): AccountState => ({ nonce: 1n, code: assemble(code), balance });

/** Forces the transactions on two workers, the later ones first, with every location a delta. */
function laterFirst(
  state: Accounts,
  transactions: TestTransaction[],
  options: { deltas?: Deltas; fork?: number } = {},
) {
  const block = { transactions, deltas: Deltas.Always, ...options };
  return forced(crew, state, block, 2, (d) => executeLaterOnesFirst(d, transactions.length - 1));
}

/** All are executed, in their order, before the first is committed. */
function noneCommitted(d: Director, last: number): void {
  d.bring(0, Point.BeforeValidate, 0);
  d.free(1);
  d.until(last, TaskState.Executed);
}

test("credits of one account by several transactions are no conflict", () => {
  const payments = calls(...[1n, 2n, 3n].map((value) => ({ to: payee, value })));
  const state = accounts();
  state.set(payee, { balance: 5n });
  const { outcome, schedule } = laterFirst(state, payments);
  assert.deepEqual(schedule.abortsOf, [0, 0, 0]);
  // The payee's three times, each sender's once.
  assert.equal(schedule.deltas, 6);
  assert.equal(schedule.chainLength, 1);
  assert.match(change(outcome, payee)!, /balance 11 /);
  assert.ok(laterFirst(state, payments, { deltas: Deltas.Off }).schedule.aborts > 0);
});

test("a balance that is looked at is the sum of what was paid before, and looking is a conflict", () => {
  const look = contract(`PUSH20 ${payee} BALANCE PUSH1 0x00 SSTORE`);
  const transactions = calls({ to: payee, value: 4n }, target(0), { to: payee, value: 9n });
  const state = accounts(look);
  const { outcome, schedule } = laterFirst(state, transactions);
  assert.deepEqual(schedule.abortsOf, [0, 1, 0]);
  assert.match(change(outcome, target(0))!, / 0=4$/);
  assert.match(change(outcome, payee)!, /balance 13 /);
});

test("a balance is summed up over payments that are not committed, and what was read holds", () => {
  const look = contract(`PUSH20 ${payee} BALANCE PUSH1 0x00 SSTORE`);
  const paid = calls({ to: payee, value: 4n }, { to: payee, value: 9n }, target(0));
  const block = { transactions: paid, deltas: Deltas.Always };
  for (const balance of [undefined, 100n]) {
    const state = accounts(look);
    if (balance !== undefined) state.set(payee, { balance });
    const { outcome, schedule } = forced(crew, state, block, 2, (d) => noneCommitted(d, 2));
    assert.deepEqual(schedule.abortsOf, [0, 0, 0]);
    assert.match(change(outcome, target(0))!, new RegExp(` 0=${(balance ?? 0n) + 13n}$`));
  }
});

test("a contract that asks for its own balance reads it, one that only receives does not", () => {
  const state = accounts(contract("SELFBALANCE PUSH1 0x00 SSTORE"), contract("STOP"));
  const value = 7n;
  const to = (...targets: number[]) => calls(...targets.map((i) => ({ to: target(i), value })));
  assert.deepEqual(laterFirst(state, to(0, 0)).schedule.abortsOf, [0, 1]);
  assert.deepEqual(laterFirst(state, to(1, 1)).schedule.abortsOf, [0, 0]);
});

test("a payer's balance is a lower bound: what it is paid meanwhile is no conflict", () => {
  const transactions = calls({ to: sender(1), value: 5n }, { to: payee, value: 3n });
  const { schedule } = laterFirst(accounts(), transactions);
  assert.deepEqual(schedule.abortsOf, [0, 0]);
});

test("who can pay only what an earlier transaction brings is executed again", () => {
  const poor = address(0x900d);
  const transactions = calls(
    { to: poor, value: 21_000n * 10n + 5n },
    { from: poor, to: payee, value: 5n, gasLimit: 21_000n },
  );
  const { outcome, schedule } = laterFirst(accounts(), transactions);
  assert.equal(outcome.failure, 0);
  assert.deepEqual(schedule.abortsOf, [0, 1]);
});

test("a contract that has not enough left for both does not pay the second", () => {
  const state = accounts(contract(pay(3, payee), 5n), contract(pay(3, payee), 6n));
  state.set(payee, { balance: 1n });
  const short = laterFirst(state, calls(target(0), target(0)));
  assert.deepEqual(short.schedule.abortsOf, [0, 1]);
  assert.equal(short.schedule.predicateFailures, 1);
  assert.match(change(short.outcome, target(0))!, /balance 2 /);
  const enough = laterFirst(state, calls(target(1), target(1)));
  assert.deepEqual(enough.schedule.abortsOf, [0, 0]);
  assert.match(change(enough.outcome, target(1))!, /balance 0 /);
});

test("a payment to an account costs more while that is empty", () => {
  const pays = (slot: number) => contract(`${send(1, payee, slot)} GAS PUSH1 0x05 SSTORE`, 9n);
  const state = accounts(pays(1), pays(2));
  const transactions = calls({ to: payee, value: 1n }, target(0), target(1));
  // It is empty when the later ones are executed, and is not when they are committed.
  const first = laterFirst(state, transactions);
  assert.deepEqual(first.schedule.abortsOf, [0, 1, 0]);
  assert.equal(first.schedule.predicateFailures, 1);
  state.set(payee, { balance: 1n });
  assert.deepEqual(laterFirst(state, transactions).schedule.abortsOf, [0, 0, 0]);
});

test("an empty account of the time before EIP-161 is removed by a touch, and is there again once it is paid", () => {
  const state = accounts();
  state.set(payee, {});
  const touch = { to: payee, value: 0n };
  const paid = { to: payee, value: 1n };
  for (const transactions of [calls(touch, paid), calls(paid, touch), calls(touch, paid, touch)]) {
    for (const fork of [Fork.Byzantium, Fork.Cancun]) {
      const { outcome } = laterFirst(state, transactions, { fork });
      assert.match(change(outcome, payee)!, /balance 1 /);
    }
  }
});

test("what a frame that is undone was told of a balance counts, what it moved does not", () => {
  // Pays, which the payer's balance must be enough for, and takes all back.
  const undone = contract(`${send(3, payee, 0)} PUSH1 0x00 PUSH1 0x00 REVERT`, 5n);
  const outer = contract(`${none} PUSH1 0x00 PUSH20 ${target(0)} GAS CALL PUSH1 0x00 SSTORE`);
  const spend = contract(send(4, payee, 0), 0n);
  const state = accounts(undone, outer, spend);
  const transactions = calls({ to: target(0), value: 1n, data: "0x" }, target(1), target(1));
  const { outcome, schedule } = laterFirst(state, transactions);
  assert.equal(schedule.predicateFailures, 0);
  assert.equal(change(outcome, payee), undefined);
});

test("balances wrap around as they do in order", () => {
  const state = accounts(contract("SELFBALANCE PUSH1 0x00 SSTORE"));
  state.set(payee, { balance: 2n ** 256n - 2n });
  const transactions = calls({ to: payee, value: 1n }, { to: payee, value: 3n });
  assert.deepEqual(laterFirst(state, transactions).schedule.abortsOf, [0, 0]);
});

test("a contract that is destroyed gives all it was paid", () => {
  const state = accounts(contract(`PUSH20 ${payee} SELFDESTRUCT`, 10n));
  const transactions = calls(
    { to: target(0), value: 1n },
    { to: target(0), value: 2n },
    { to: payee, value: 4n },
  );
  // From EIP-6780 on the contract is there for the second payment as well.
  const london = laterFirst(state, transactions, { fork: Fork.London });
  assert.match(change(london.outcome, payee)!, /balance 15 /);
  const cancun = laterFirst(state, transactions, { fork: Fork.Cancun });
  assert.match(change(cancun.outcome, payee)!, /balance 17 /);
});

test("the fee recipient's balance is nobody's delta", () => {
  const transactions = calls({ to: coinbase, value: 1n }, { to: coinbase, value: 2n });
  const block = { transactions, deltas: Deltas.Always };
  const { schedule } = forced(crew, accounts(), block, 2, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    d.free(1);
    d.until(1, TaskState.NeedsTurn);
  });
  assert.equal(schedule.turns, 2);
});

test("a delta does not wait for what is being written again, a read does", () => {
  // Its slot makes transaction 1 fail; it pays, too.
  const counting = `PUSH1 0x00 SLOAD PUSH1 0x00 MSTORE PUSH1 0x00 MLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE`;
  const state = accounts(contract(`${counting} ${pay(2, payee)}`, 9n));
  const transactions = calls(target(0), target(0), { to: payee, value: 1n });
  const block = { transactions, deltas: Deltas.Always };
  const { schedule } = forced(crew, state, block, 3, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    d.bring(1, Point.BeforeExecute, 1);
    d.bring(2, Point.BeforeExecute, 2);
    d.free(1);
    d.until(1, TaskState.Executed);
    // Where it stands now its payment is an estimate.
    d.watch([0, 1], Point.Estimated);
    d.free(2);
    d.until(2, TaskState.Executed);
  });
  assert.equal(schedule.estimates, 0);
  assert.deepEqual(schedule.abortsOf, [0, 1, 0]);
});

test("deltas that are not committed when the rest is run in order are taken back", () => {
  const slow: AccountState = {
    nonce: 1n,
    code: assemble(
      `PUSH1 0x00 SLOAD PUSH1 0x00 MSTORE ${none} PUSH1 0x00 PUSH1 0x03 GAS CALL POP PUSH1 0x00 MLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE`,
    ),
  };
  const transactions = Array.from({ length: 120 }, (_, i) => ({
    from: address(0xa000 + i),
    to: target(0),
    value: 1n,
    gasLimit: 100_000n,
  }));
  const state = accounts(slow);
  for (const { from } of transactions) state.set(from, rich);
  crew.load(state);
  const block = { transactions, deltas: Deltas.Always };
  const expected = crew.runInOrder(block);
  crew.discard();
  const random = { seed: 1, points: 1 << POINT_PRECOMPILE, always: true };
  const { outcome, schedule } = crew.run(block, { random });
  assert.deepEqual(outcome, expected.outcome);
  assert.ok(schedule.fallbackFrom < 120);
  crew.discard();
});

test("one conflict teaches that an account is paid by many, and the next block begins with that", () => {
  const transactions = calls(...[1n, 2n, 3n].map((value) => ({ to: payee, value })));
  const block = { transactions, deltas: Deltas.Learned };
  crew.load(accounts());
  const expected = crew.runInOrder({ transactions });
  crew.discard();
  const abortsOfRun = () => {
    const director = new Director(crew, block, 2);
    executeLaterOnesFirst(director, 2);
    const { outcome, schedule } = director.finish();
    assert.deepEqual(outcome, expected.outcome);
    crew.discard();
    return schedule.abortsOf;
  };
  const first = abortsOfRun();
  assert.ok(first.some((aborts) => aborts > 0));
  assert.deepEqual(abortsOfRun(), [0, 0, 0]);
});

test("what follows one after another at one location is tried with deltas, also where that was seen in order", () => {
  const transactions = calls(...[1n, 2n, 3n, 4n].map((value) => ({ to: payee, value })));
  const block = { transactions, deltas: Deltas.Learned };
  crew.load(accounts());
  const expected = crew.runInOrder(block);
  crew.discard();
  const director = new Director(crew, block, 2);
  executeLaterOnesFirst(director, 3);
  const { outcome, schedule } = director.finish();
  crew.discard();
  assert.deepEqual(outcome, expected.outcome);
  assert.deepEqual(schedule.abortsOf, [0, 0, 0, 0]);
});
