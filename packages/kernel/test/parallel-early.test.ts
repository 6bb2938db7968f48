import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Predictor } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import type { AccountState, Schedule, TestBlock, TestTransaction } from "./support/crew-block.ts";
import { HEAVY_PRECOMPILE } from "./support/crew-instance.ts";
import { address } from "./support/crew-random.ts";
import { Director, Point } from "./support/director.ts";
import { assemble } from "./support/evm.ts";

let crew: Crew;
before(async () => {
  crew = await Crew.of(2);
});
after(() => crew.close());

const sender = (i: number) => address(0x5e0000 + i);
const target = (i: number) => address(0xc00000 + i);
const PROOF = 0;
const COUNTER = 1;
const OTHER_PROOF = 2;

const precompile = (number: number) =>
  `PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x0${number} GAS CALL POP`;
const ADD_ONE = "PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE";
const verify = `${precompile(HEAVY_PRECOMPILE)} ${ADD_ONE}`;
const READ_COUNTER = `PUSH1 0x20 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH20 ${target(COUNTER)} GAS CALL POP PUSH1 0x00 MLOAD PUSH1 0x01 SSTORE`;
/** Adds one to its counter and returns it. */
const count = `${ADD_ONE} PUSH1 0x00 SLOAD PUSH1 0x00 MSTORE PUSH1 0x20 PUSH1 0x00 RETURN`;

const call = (from: number, to: number, nonce = 0n): TestTransaction => ({
  from: sender(from),
  to: target(to),
  nonce,
  gasLimit: 400_000n,
  data: "0xa1b2c3d4",
});

function load(proof: string): void {
  const contract = (code: string): AccountState => ({ nonce: 1n, code: assemble(code) });
  const accounts = [contract(proof), contract(count), contract(verify)];
  const state = new Map<`0x${string}`, AccountState>();
  for (let i = 0; i < 16; i++) state.set(sender(i), { balance: 10n ** 18n });
  accounts.forEach((account, i) => {
    state.set(target(i), account);
  });
  crew.load(state);
}

/** Runs the block on two workers, of which the first goes alone until it has executed transaction `last`. */
function run(transactions: TestTransaction[], last = transactions.length - 1): Schedule {
  const block: TestBlock = { transactions, predictor: Predictor.Learned };
  const { outcome: expected } = crew.runInOrder(block);
  assert.equal(expected.failure, 0);
  crew.discard();
  const director = new Director(crew, block, 2);
  director.bring(0, Point.Published, last);
  const { outcome, schedule } = director.finish();
  assert.deepEqual(outcome, expected);
  crew.discard();
  return schedule;
}

/** Runs the block; its transactions are executed in the order `wanted`, each once. */
function assertOrder(transactions: TestTransaction[], wanted: number[]): void {
  const { attempts } = run(transactions, wanted.at(-1));
  assert.deepEqual(
    attempts.map(({ transaction }) => transaction),
    wanted,
  );
}

test("a transaction that takes long is begun first in the blocks after the one that has shown it", () => {
  load(verify);
  assertOrder([call(0, COUNTER), call(1, COUNTER), call(2, PROOF)], [0, 1, 2]);
  assertOrder([call(3, COUNTER), call(4, COUNTER), call(5, PROOF)], [2, 0, 1]);
});

test("what was learned of a function that takes long is known of another contract with the same code", () => {
  load(verify);
  run([call(0, COUNTER), call(1, PROOF)]);
  assertOrder([call(2, COUNTER), call(3, OTHER_PROOF)], [1, 0]);
});

test("nothing is begun early behind a transaction of the same sender or to the same contract", () => {
  load(verify);
  run([call(0, COUNTER), call(1, PROOF)]);
  assertOrder([call(2, COUNTER), call(2, PROOF, 1n)], [0, 1]);
  assertOrder([call(3, COUNTER), call(4, PROOF), call(5, COUNTER), call(6, PROOF)], [1, 0, 2, 3]);
});

test("a function that was begun early in vain gives what it gives in order, and is begun early no more", () => {
  load(`${verify} ${READ_COUNTER}`);
  const block = (from: number) => [call(from, COUNTER), call(from + 1, PROOF)];
  run([call(0, OTHER_PROOF), call(1, PROOF)]);
  // It reads the counter before the transaction before it has counted.
  const { attempts, abortsOf } = run(block(3), 0);
  assert.equal(attempts[0]!.transaction, 1);
  assert.equal(abortsOf[1], 1);
  assertOrder(block(5), [0, 1]);
});

test("a function that has taken long and then does not is begun in its turn until it takes long again", () => {
  // Verifies where its argument is not zero.
  load(`PUSH1 0x04 CALLDATALOAD PUSH1 0x07 JUMPI STOP JUMPDEST ${precompile(HEAVY_PRECOMPILE)}`);
  const block = (from: number, argument: string) => [
    call(from, COUNTER),
    { ...call(from + 1, PROOF), data: `0xa1b2c3d4${argument.padStart(64, "0")}` as const },
  ];
  run(block(0, "1"));
  assertOrder(block(2, "0"), [1, 0]);
  assertOrder(block(4, "1"), [0, 1]);
  assertOrder(block(6, "1"), [1, 0]);
});
