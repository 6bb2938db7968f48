import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as ContractAddress from "ox/ContractAddress";
import * as Hex from "ox/Hex";
import * as Rlp from "ox/Rlp";
import { Fork, Invalid } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import { type AccountState, coinbase, FLAG_SEQUENTIAL } from "./support/crew-block.ts";
import { POINT_PRECOMPILE } from "./support/crew-instance.ts";
import { address } from "./support/crew-random.ts";
import { Phase, Point, TaskState } from "./support/director.ts";
import { assemble, push } from "./support/evm.ts";
import {
  accounts,
  calls,
  change,
  executeLaterOnesFirst,
  forced as forcedOn,
  rich,
  sender,
  target,
} from "./support/forced.ts";

let crew: Crew;
before(async () => {
  crew = await Crew.of(3);
});
after(() => crew.close());

const receiver = address(0xee0000);

const increment = "PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE";
const counter: AccountState = { nonce: 1n, code: assemble(increment), storage: [[0n, 10n]] };
/** A call of a precompile of the host, at which the test may stop the worker. */
const stop = "PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x03 GAS CALL POP";
/** Sends all it has to the receiver. */
const drain = `PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 ADDRESS BALANCE PUSH20 ${receiver} GAS CALL POP`;

const forced = (...run: Parameters<typeof forcedOn> extends [Crew, ...infer R] ? R : never) =>
  forcedOn(crew, ...run);
const outcomes = (schedule: { attempts: { transaction: number; outcome: number }[] }, index: number) =>
  schedule.attempts.filter(({ transaction }) => transaction === index).map(({ outcome }) => outcome);

test("a transaction that read before an earlier one wrote is executed again", () => {
  const block = { transactions: calls(target(0), target(0)) };
  const { outcome, schedule } = forced(accounts(counter), block, 2, (d) => executeLaterOnesFirst(d, 1));
  assert.deepEqual(schedule.abortsOf, [0, 1]);
  assert.equal(outcomes(schedule, 1).length, 2);
  assert.match(change(outcome, target(0))!, / 0=12$/);
});

test("a transaction that read the write of one that is executed again is executed again as well", () => {
  const block = { transactions: calls(target(0), target(0), target(0)) };
  const { outcome, schedule } = forced(accounts(counter), block, 2, (d) => executeLaterOnesFirst(d, 2));
  assert.deepEqual(schedule.abortsOf, [0, 1, 1]);
  assert.match(change(outcome, target(0))!, / 0=13$/);
});

test("a transaction that meets an estimate waits for its writer", () => {
  const block = { transactions: calls(target(0), target(0), target(0)) };
  const { schedule } = forced(accounts(counter), block, 3, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    // Executed before transaction 0, then its worker has nothing to do until that is published.
    d.bring(1, Point.BeforeExecute, 1);
    d.bring(2, Point.BeforeExecute, 2);
    d.free(1);
    d.until(1, TaskState.Executed);
    // Now either worker finds that transaction 1 has to be executed again, and stands where its writes are estimates.
    d.watch([0, 1], Point.Estimated);
    d.free(2);
    d.until(2, TaskState.Waiting);
  });
  assert.equal(schedule.estimates, 1);
  assert.deepEqual(schedule.abortsOf, [0, 1, 0]);
  assert.deepEqual(
    schedule.attempts
      .filter(({ transaction }) => transaction === 2)
      .map(({ outcome, detail }) => [outcome, detail]),
    [
      [3, 2],
      [1, 0],
    ],
  );
});

test("a transaction between whose reads another is published does not see half of it", () => {
  const balances = `PUSH20 ${target(1)} BALANCE PUSH1 0x00 SSTORE ${stop} PUSH20 ${receiver} BALANCE PUSH1 0x01 SSTORE`;
  const state = accounts(
    { nonce: 1n, code: assemble(balances) },
    { nonce: 1n, balance: 77n, code: assemble(drain) },
  );
  const block = { transactions: calls(target(1), target(0)) };
  const { outcome, schedule } = forced(state, block, 2, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    d.bring(1, POINT_PRECOMPILE, 3);
    d.free(0);
    d.until(0, TaskState.Committed);
  });
  assert.deepEqual(schedule.abortsOf, [0, 1]);
  assert.match(change(outcome, target(0))!, / 1=77$/);
});

test("a contract is destroyed, made again and used within one block", () => {
  const child = assemble(
    "CALLVALUE PUSH1 0x0d JUMPI PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE STOP JUMPDEST CALLER SELFDESTRUCT".replace(
      "PUSH1 0x0d",
      "PUSH1 0x0e",
    ),
  );
  const initcode = assemble(
    `PUSH1 0x09 PUSH1 0x01 SSTORE PUSH32 0x${Hex.fromBytes(child).slice(2).padEnd(64, "0")} PUSH1 0x00 MSTORE ${push(child.length)} PUSH1 0x00 RETURN`,
  );
  const code = Hex.fromBytes(initcode).slice(2).padEnd(128, "0");
  const factory = assemble(
    `PUSH32 0x${code.slice(0, 64)} PUSH1 0x00 MSTORE PUSH32 0x${code.slice(64)} PUSH1 0x20 MSTORE PUSH1 0x05 ${push(initcode.length)} PUSH1 0x00 PUSH1 0x00 CREATE2 PUSH1 0x00 SSTORE`,
  );
  const made = ContractAddress.fromCreate2({
    from: target(0),
    salt: Hex.toBytes(Hex.fromNumber(5, { size: 32 })),
    bytecode: initcode,
  }).toLowerCase() as `0x${string}`;
  const state = accounts({ nonce: 1n, code: factory });
  state.set(made, { nonce: 1n, code: child, storage: [[0n, 40n]] });
  const block = {
    fork: Fork.London,
    transactions: calls({ to: made, value: 1n }, target(0), made),
  };
  const { outcome, schedule } = forced(state, block, 2, (d) => executeLaterOnesFirst(d, 2));
  // The last one is executed once more where it came between the other two.
  assert.deepEqual(
    schedule.abortsOf.map((aborts) => aborts > 0),
    [false, true, true],
  );
  // The old storage is gone: the counter begins again, beside what the constructor stored.
  assert.match(change(outcome, made)!, /flags 2 .* 0=1 1=9$/);
});

test("a sender's later transaction waits for the one before", () => {
  const block = {
    transactions: calls(
      target(0),
      { to: target(0), from: sender(0), nonce: 1n },
      { to: target(0), from: sender(0), nonce: 2n },
    ),
  };
  const { schedule } = forced(accounts(counter), block, 2, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    d.free(1);
    d.until(1, TaskState.Waiting);
    d.until(2, TaskState.Waiting);
  });
  assert.deepEqual(schedule.abortsOf, [0, 0, 0]);
  assert.equal(schedule.attempts.length, 3);
});

test("money that an earlier transaction pays can be spent", () => {
  const poor = address(0x900d);
  const block = {
    transactions: calls(
      { to: poor, value: 21_000n * 10n + 5n },
      { from: poor, to: receiver, value: 5n, gasLimit: 21_000n },
    ),
  };
  const { outcome, schedule } = forced(accounts(), block, 2, (d) => executeLaterOnesFirst(d, 1));
  assert.equal(outcome.failure, 0);
  assert.deepEqual(schedule.abortsOf, [0, 1]);
  assert.match(change(outcome, receiver)!, /balance 5 /);
});

test("a transaction that is valid only on a stale read makes the block invalid", () => {
  const delegating = address(0xde1e);
  const state = accounts({ nonce: 1n, code: assemble(drain) });
  state.set(delegating, { balance: 10n ** 18n, code: Hex.toBytes(`0xef0100${target(0).slice(2)}`) });
  for (const system of [
    "0x00000961ef480eb55e80d19ad83579a64c007002",
    "0x0000bbddc7ce488642fb579f8b00f3a590007251",
  ]) {
    state.set(system as `0x${string}`, { nonce: 1n, code: assemble("STOP") });
  }
  const block = {
    fork: Fork.Prague,
    transactions: calls(delegating, { from: delegating, to: receiver, value: 5n }, target(0)),
  };
  const { outcome } = forced(state, block, 2, (d) => executeLaterOnesFirst(d, 2));
  assert.equal(outcome.failedIndex, 1);
  assert.equal(outcome.failedCode, Invalid.InsufficientFunds);
});

test("the lowest transaction that is not valid is named", () => {
  const transactions = calls(target(0), target(0), target(0), target(0), target(0), target(0));
  transactions[3]!.nonce = 7n;
  transactions[5]!.gasLimit = 10n ** 9n;
  const { outcome } = forced(accounts(counter), { transactions }, 2, (d) => executeLaterOnesFirst(d, 5));
  assert.equal(outcome.failure, 1);
  assert.equal(outcome.failedIndex, 3);
  assert.equal(outcome.failedCode, Invalid.NonceTooHigh);
});

test("a transaction that looks at the fee recipient runs in its turn and finds all fees before it", () => {
  const look: AccountState = { nonce: 1n, code: assemble("COINBASE BALANCE PUSH1 0x00 SSTORE") };
  const state = accounts(counter, look);
  state.set(coinbase, { balance: 1000n });
  const block = { transactions: calls(receiver, receiver, target(1), receiver, target(1)) };
  const { outcome, schedule } = forced(state, block, 2, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    d.free(1);
    d.until(4, TaskState.NeedsTurn);
    d.until(3, TaskState.Executed);
  });
  assert.equal(schedule.turns, 2);
  assert.deepEqual(outcomes(schedule, 2), [4, 5]);
  assert.deepEqual(outcomes(schedule, 4), [4, 5]);
  // Gas price 10, base fee 7: the second look finds the fees of the four transactions before.
  const [, cumulativeGas] = Rlp.toHex(outcome.receipts[3] as Hex.Hex) as Hex.Hex[];
  assert.match(change(outcome, target(1))!, new RegExp(` 0=${1000n + 3n * BigInt(cumulativeGas!)}$`));
});

test("code that an earlier transaction deploys is there for a later one", () => {
  const runtime = assemble(increment);
  const initcode = assemble(
    `PUSH32 0x${Hex.fromBytes(runtime).slice(2).padEnd(64, "0")} PUSH1 0x00 MSTORE ${push(runtime.length)} PUSH1 0x00 RETURN`,
  );
  const made = ContractAddress.fromCreate({ from: sender(0), nonce: 0n }).toLowerCase() as `0x${string}`;
  const block = { transactions: calls({ to: "0x", data: Hex.fromBytes(initcode) }, made) };
  const { outcome, schedule } = forced(accounts(), block, 2, (d) => executeLaterOnesFirst(d, 1));
  assert.deepEqual(schedule.abortsOf, [0, 1]);
  assert.match(change(outcome, made)!, / 0=1$/);
});

test("a value that was changed and changed back aborts nobody", () => {
  // Without data the contract copies slot 0 to slot 1, with data it sets slot 0.
  const code = assemble(
    `PUSH1 0x00 CALLDATALOAD PUSH1 0x0d JUMPI PUSH1 0x00 SLOAD PUSH1 0x01 SSTORE STOP
     JUMPDEST PUSH1 0x00 CALLDATALOAD PUSH1 0x00 SSTORE`,
  );
  const state = accounts({ nonce: 1n, code, storage: [[0n, 5n]] });
  const set = (value: number) => ({ to: target(0), data: Hex.fromNumber(value, { size: 32 }) });
  const block = { transactions: calls(set(6), set(5), target(0)) };
  const { outcome, schedule } = forced(state, block, 2, (d) => executeLaterOnesFirst(d, 2));
  // Transaction 1 first found the 5 there; transaction 2 read the committed 5 and then met that of transaction 1.
  assert.deepEqual(schedule.abortsOf, [0, 1, 0]);
  assert.equal(outcomes(schedule, 2).length, 1);
  assert.match(change(outcome, target(0))!, / 1=5$/);
});

test("a hot slot makes the rest of the block run in order", () => {
  const slow: AccountState = {
    nonce: 1n,
    code: assemble(`PUSH1 0x00 SLOAD ${stop} PUSH1 0x01 ADD PUSH1 0x00 SSTORE`),
  };
  const state = accounts(slow);
  const transactions = Array.from({ length: 120 }, (_, i) => ({
    from: address(0xa000 + i),
    to: target(0),
    gasLimit: 100_000n,
  }));
  for (const { from } of transactions) state.set(from, rich);
  crew.load(state);
  const expected = crew.runInOrder({ transactions });
  crew.discard();
  const random = { seed: 1, points: 1 << POINT_PRECOMPILE, always: true };
  const { outcome, schedule } = crew.run({ transactions }, { random });
  assert.deepEqual(outcome, expected.outcome);
  assert.ok(schedule.fallbackFrom >= 16 && schedule.fallbackFrom < 120, `${schedule.fallbackFrom}`);
  crew.discard();
});

test("a worker that is slow to take a piece of one phase takes none of a later one for it", () => {
  const block = { transactions: calls(target(0), target(0), receiver) };
  forced(accounts(counter), block, 2, (d) => {
    // Worker 0 has seen the decoding phase; worker 1 does all up to the roots, of which it has taken the first piece.
    d.bring(0, Point.BeforePiece, Phase.Decode);
    d.bring(1, Point.BeforeRoot, 0);
    d.bring(0, Point.BeforePiece, Phase.Roots);
  });
});

test("a worker that is slow to come to a one-worker phase does not do it again", () => {
  const block = { transactions: calls(target(0), target(0), receiver), flags: FLAG_SEQUENTIAL };
  const { schedule } = forced(accounts(counter), block, 2, (d) => {
    d.bring(0, Point.BeforeSole, Phase.Prologue);
    d.bring(1, Point.BeforeInOrder, 1);
    // Were the mark of the phase not in the word, worker 0 would be the one of the next phase and begin the block again.
    d.free(0);
    d.free(1);
    d.untilPhase(Phase.Done);
  });
  assert.equal(schedule.attempts.length, 3);
});

test("nobody executes beside the rest of a block that is run in order", () => {
  const transactions = Array.from({ length: 60 }, (_, i) => ({
    from: address(0xa000 + i),
    to: target(0),
    gasLimit: 100_000n,
  }));
  const state = accounts({
    nonce: 1n,
    code: assemble(`PUSH1 0x00 SLOAD ${stop} PUSH1 0x01 ADD PUSH1 0x00 SSTORE`),
  });
  for (const { from } of transactions) state.set(from, rich);
  const { schedule } = forced(state, { transactions }, 3, (d) => {
    d.bring(0, Point.BeforeExecute, 0);
    d.bring(1, Point.Published, 49);
    // Worker 2 stands inside an execution while the others bring about the fallback, and has to be waited for.
    d.bring(2, POINT_PRECOMPILE, 3);
    d.free(1);
    d.until(59, TaskState.Executed);
    d.free(0);
    const { memory } = d.crew;
    const scheduler = (field: string) => memory.u32(memory.at("SCHEDULER"), `Scheduler_${field}`);
    d.crew.until(() => scheduler("fallbackFrom") < 60, "the fallback");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    assert.equal(scheduler("committed"), scheduler("fallbackFrom"));
    d.free(2);
  });
  assert.ok(schedule.fallbackFrom >= 16 && schedule.fallbackFrom < 50, `${schedule.fallbackFrom}`);
});
