import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Hash from "ox/Hash";
import * as Hex from "ox/Hex";
import { Predictor } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import type { AccountState, Accounts, Schedule, TestBlock, TestTransaction } from "./support/crew-block.ts";
import { POINT_PRECOMPILE } from "./support/crew-instance.ts";
import { address } from "./support/crew-random.ts";
import { Director, Point, TaskState } from "./support/director.ts";
import { assemble } from "./support/evm.ts";

let crew: Crew;
before(async () => {
  crew = await Crew.of(3);
});
after(() => crew.close());

type Address = `0x${string}`;
const sender = (i: number) => address(0x5e0000 + i);
const target = (i: number) => address(0xc00000 + i);
const word = (value: bigint | Address) => BigInt(value).toString(16).padStart(64, "0");
const SELECTOR = "0xa1b2c3d4";

/** A call of the contract by sender `from` with these words as arguments. */
const call = (from: number, to: Address, ...words: (bigint | Address)[]): TestTransaction => ({
  from: sender(from),
  to,
  gasLimit: 300_000n,
  data: `${SELECTOR}${words.map(word).join("")}`,
});

/** Adds one to the slot whose key lies on the stack, after `work`. */
const ADD_ONE = "DUP1 SLOAD PUSH1 0x01 ADD SWAP1 SSTORE";
/** Leaves keccak256(word on the stack . place) on the stack. */
const entry = (place: number) =>
  `PUSH1 0x00 MSTORE PUSH1 ${hex(place)} PUSH1 0x20 MSTORE PUSH1 0x40 PUSH1 0x00 KECCAK256`;
const nestedEntry = "PUSH1 0x20 MSTORE PUSH1 0x00 MSTORE PUSH1 0x40 PUSH1 0x00 KECCAK256";
const hex = (value: number) => `0x${value.toString(16).padStart(2, "0")}`;
const argument = (k: number) => `PUSH1 ${hex(4 + 32 * k)} CALLDATALOAD`;
/** A call of a precompile of the host, at which workers pause. */
const pause = "PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x03 GAS CALL POP";

const contract = (code: string, rest: AccountState = {}): AccountState => ({
  nonce: 1n,
  code: assemble(code),
  ...rest,
});

function state(...targets: AccountState[]): Map<Address, AccountState> {
  const all = new Map<Address, AccountState>();
  for (let i = 0; i < 64; i++) all.set(sender(i), { balance: 10n ** 18n });
  targets.forEach((account, i) => {
    all.set(target(i), account);
  });
  return all;
}

/** What the block gives in order. */
function inOrder(block: TestBlock) {
  const { outcome } = crew.runInOrder(block);
  crew.discard();
  return outcome;
}

/** Transaction 0 is held while the later ones are executed; how the block was run. */
function laterFirst(transactions: TestTransaction[], predictor: Predictor = Predictor.Learned): Schedule {
  const block: TestBlock = { transactions, predictor };
  const expected = inOrder(block);
  const director = new Director(crew, block, 2);
  director.bring(0, Point.BeforeExecute, 0);
  director.bring(1, Point.Published, transactions.length - 1);
  director.free(1);
  const { outcome, schedule } = director.finish();
  assert.deepEqual(outcome, expected);
  crew.discard();
  return schedule;
}

/** As before, but the later ones are predicted to wait. */
function laterWait(transactions: TestTransaction[]): Schedule {
  const block: TestBlock = { transactions, predictor: Predictor.Learned };
  const expected = inOrder(block);
  const director = new Director(crew, block, 2);
  director.bring(0, Point.BeforeExecute, 0);
  director.free(1);
  for (let i = 1; i < transactions.length; i++) director.until(i, TaskState.Waiting);
  const { outcome, schedule } = director.finish();
  assert.deepEqual(outcome, expected);
  crew.discard();
  return schedule;
}

const shapes: [name: string, code: string, words: (i: number) => (bigint | Address)[]][] = [
  ["a slot at a fixed place", `PUSH1 0x05 ${ADD_ONE}`, () => []],
  ["an entry of the called contract", `ADDRESS ${entry(2)} ${ADD_ONE}`, () => []],
  ["an entry for an argument (balances, ERC-20)", `${argument(0)} ${entry(3)} ${ADD_ONE}`, () => [0xbeefn]],
  [
    "an entry for the third argument (owners, ERC-721)",
    `${argument(2)} ${entry(7)} ${ADD_ONE}`,
    (i) => [BigInt(i), 9n, 77n],
  ],
  [
    "an entry of a mapping of mappings (allowances)",
    `${argument(0)} PUSH1 0x00 MSTORE PUSH1 0x04 PUSH1 0x20 MSTORE PUSH1 0x40 PUSH1 0x00 KECCAK256 ${argument(1)} ${nestedEntry} ${ADD_ONE}`.replace(
      `${argument(1)} ${nestedEntry}`,
      `PUSH1 0x20 MSTORE ${argument(1)} PUSH1 0x00 MSTORE PUSH1 0x40 PUSH1 0x00 KECCAK256`,
    ),
    () => [0xaan, 0xbbn],
  ],
  [
    "a member of a structure in a mapping",
    `${argument(0)} ${entry(1)} PUSH1 0x02 ADD ${ADD_ONE}`,
    () => [0x1234n],
  ],
];

for (const [name, code, words] of shapes) {
  test(`conflicts at ${name} are predicted once they were met`, () => {
    crew.load(state(contract(code)));
    const calls = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => call(from + i, target(0), ...words(i)));
    const first = laterFirst(calls(0, 2));
    assert.deepEqual(first.abortsOf, [0, 1]);
    assert.equal(first.prediction.missed, 1);
    const { prediction, abortsOf } = laterWait(calls(10, 3));
    assert.deepEqual(abortsOf, [0, 0, 0]);
    assert.deepEqual(prediction, { predicted: 2, right: 2, missed: 0, saved: 2 });
  });
}

test("what was learned of one entry is known of every other", () => {
  crew.load(state(contract(`${argument(0)} ${entry(3)} ${ADD_ONE}`)));
  laterFirst([call(0, target(0), 1n), call(1, target(0), 1n)]);
  // Two pairs beside each other: the second of each waits, nobody else.
  const pairs = [2n, 3n, 2n, 3n].map((key, i) => call(i, target(0), key));
  const block: TestBlock = { transactions: pairs, predictor: Predictor.Learned };
  const expected = inOrder(block);
  const director = new Director(crew, block, 3);
  director.bring(0, Point.BeforeExecute, 0);
  director.bring(1, Point.BeforeExecute, 1);
  director.free(2);
  director.until(2, TaskState.Waiting);
  director.until(3, TaskState.Waiting);
  const { outcome, schedule } = director.finish();
  assert.deepEqual(outcome, expected);
  assert.equal(schedule.prediction.right, 2);
  crew.discard();
});

test("what was learned of a contract is known of another one with the same code", () => {
  const same = contract(`PUSH1 0x05 ${ADD_ONE}`);
  crew.load(state(same, same));
  laterFirst([call(0, target(0)), call(1, target(0))]);
  const { prediction } = laterWait([call(2, target(1)), call(3, target(1))]);
  assert.equal(prediction.right, 1);
});

test("the contract whose address the called one keeps is found: a pool and its token", () => {
  const token = contract(`PUSH1 0x04 CALLDATALOAD ${entry(0)} ${ADD_ONE}`);
  // Calls the contract in its slot 6 with its own address.
  const pool = (place: Address) =>
    contract(
      `PUSH4 ${SELECTOR} PUSH1 0xe0 SHL PUSH1 0x00 MSTORE ADDRESS PUSH1 0x04 MSTORE
       PUSH1 0x00 PUSH1 0x00 PUSH1 0x24 PUSH1 0x00 PUSH1 0x00 PUSH1 0x06 SLOAD GAS CALL POP`,
      { storage: [[6n, BigInt(place)]] },
    );
  crew.load(state(token, pool(target(0)), token, pool(target(2))));
  laterFirst([call(0, target(1)), call(1, target(1))]);
  const { prediction } = laterWait([call(2, target(3)), call(3, target(3))]);
  assert.equal(prediction.right, 1);
});

test("an option switches predictions off", () => {
  crew.load(state(contract(`PUSH1 0x05 ${ADD_ONE}`)));
  for (let round = 0; round < 2; round++) {
    const { abortsOf, prediction } = laterFirst([call(0, target(0)), call(1, target(0))], Predictor.Off);
    assert.deepEqual(abortsOf, [0, 1]);
    assert.deepEqual(prediction, { predicted: 0, right: 0, missed: 0, saved: 0 });
  }
});

test("another state knows nothing of what was learned in the one before", () => {
  const accounts = state(contract(`PUSH1 0x05 ${ADD_ONE}`));
  crew.load(accounts);
  laterFirst([call(0, target(0)), call(1, target(0))]);
  crew.load(accounts);
  assert.equal(laterFirst([call(0, target(0)), call(1, target(0))]).prediction.missed, 1);
});

/** The first worker executes all, in their order, before the other one begins; nothing conflicts. */
function oneByOne(transactions: TestTransaction[]): Schedule {
  const block: TestBlock = { transactions, predictor: Predictor.Learned };
  const expected = inOrder(block);
  const director = new Director(crew, block, 2);
  director.bring(0, Point.Published, transactions.length - 1);
  director.free(0);
  const { outcome, schedule } = director.finish();
  assert.deepEqual(outcome, expected);
  crew.commit();
  return schedule;
}

/** With an argument it sets slot 0, without one it goes on with `code`. */
function settable(code: string): AccountState {
  const bytes = assemble(
    `CALLDATASIZE PUSH1 0x05 LT PUSH1 0x00 JUMPI ${code} STOP JUMPDEST ${argument(0)} PUSH1 0x00 SSTORE STOP`,
  );
  bytes[bytes.indexOf(0x57) - 1] = bytes.indexOf(0x5b);
  return { nonce: 1n, code: bytes, storage: [[0n, 1000n]] };
}

test("a contract whose slots change with its state is soon not predicted any more", () => {
  crew.load(state(settable(`PUSH1 0x00 SLOAD ${ADD_ONE}`)));
  const wrong: number[] = [];
  for (let round = 0; round < 12; round++) {
    // A conflict at the slot in which it counts now, which then is another one.
    assert.deepEqual(laterFirst([call(0, target(0)), call(1, target(0))]).abortsOf, [0, 1]);
    crew.runInOrder({ transactions: [call(50 + round, target(0), 2000n + BigInt(round))] });
    crew.commit();
    const calls = [2, 3, 4, 5].map((from) => call(4 * round + from, target(0)));
    const { predicted, right } = oneByOne(calls).prediction;
    assert.equal(right, 0);
    wrong.push(predicted);
  }
  assert.ok(wrong[0]! > 0, `${wrong}`);
  // It is looked at eight times.
  assert.deepEqual(wrong.slice(8), [0, 0, 0, 0]);
});

test("calls that only read what one of them writes, once a block, are not put into a chain", () => {
  crew.load(state(settable("PUSH1 0x00 SLOAD POP")));
  const readers = (from: number) => Array.from({ length: 8 }, (_, i) => call(from + i, target(0)));
  laterFirst([call(0, target(0), 1n), call(1, target(0))]);
  // Any of them may write, as far as is known: the second reader waits for the first one, and so on.
  const before = laterWait([call(2, target(0), 2n), ...readers(3)]).prediction;
  assert.deepEqual([before.predicted, before.right], [8, 1]);
  // All of them wait for the writer alone.
  const after = laterWait([call(11, target(0), 3n), ...readers(12)]).prediction;
  assert.deepEqual([after.predicted, after.right, after.saved], [8, 8, 8]);
});

test("thousands of functions find no more room than the table has", () => {
  const bytes = () => crew.memory.u64(crew.memory.at("CONTROL"), "Control_memoryLimit");
  const limit = bytes();
  crew.load(state(contract(`PUSH1 0x05 ${ADD_ONE}`)));
  for (let round = 0; round < 40; round++) {
    const transactions = Array.from({ length: 60 }, (_, i) => ({
      ...call(i, target(0)),
      data: Hash.keccak256(Hex.fromNumber(round * 60 + i, { size: 4 })).slice(0, 10) as Hex.Hex,
    }));
    const block: TestBlock = { transactions, predictor: Predictor.Always };
    const expected = inOrder(block);
    assert.deepEqual(crew.run(block, { workers: 3 }).outcome, expected);
    crew.discard();
  }
  assert.equal(bytes(), limit);
  const table = crew.memory.u32(crew.memory.at("CONTROL"), "Control_predictorTable");
  assert.notEqual(table, 0);
});

const slow = `PUSH1 0x05 SLOAD ${pause} PUSH1 0x01 ADD PUSH1 0x05 SSTORE`;

test("a block that is dependent at first is not run in order to its end", () => {
  const quick = contract(`CALLER ${entry(0)} ${ADD_ONE}`);
  const accounts: Map<Address, AccountState> = state(contract(slow), quick);
  const transactions = Array.from({ length: 700 }, (_, i) => ({
    from: address(0xa000 + i),
    to: target(i < 150 ? 0 : 1),
    gasLimit: 200_000n,
    data: SELECTOR as Hex.Hex,
  }));
  for (const { from } of transactions) accounts.set(from, { balance: 10n ** 18n });
  crew.load(accounts as Accounts);
  for (const predictor of [Predictor.Off, Predictor.Learned, Predictor.Learned]) {
    const block: TestBlock = { transactions, predictor, gasLimit: 1_000_000_000n };
    const expected = inOrder(block);
    const random = { seed: 1, points: 1 << POINT_PRECOMPILE, always: true };
    const { outcome, schedule } = crew.run(block, { random });
    assert.deepEqual(outcome, expected);
    assert.ok(schedule.fallbackFrom < 150, `in order from ${schedule.fallbackFrom}`);
    assert.ok(schedule.ordered < 400, `${schedule.ordered} in order`);
    crew.discard();
  }
});
