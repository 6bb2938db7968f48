import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededBelow } from "./support/random.ts";
import { KernelSignal } from "./support/room.ts";
import { type Change, FORK, MODE, State } from "./support/state.ts";

const ADDRESSES = [0xa1n, 0xb2n << 140n, 0xc3n << 60n, 0xd4n, 0xe5n << 150n];
const KEYS = [0n, 1n, 1n << 200n];

/** One step of a made-up transaction; what it does depends on what it reads. */
interface Step {
  kind: number;
  account: number;
  other: number;
  key: number;
  amount: bigint;
  /** Its effects are reverted. */
  reverted: boolean;
}

function makeTransactions(pick: (below: number) => number, count: number): Step[][] {
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + pick(5) }, () => ({
      kind: pick(8),
      account: pick(ADDRESSES.length),
      other: pick(ADDRESSES.length),
      key: pick(KEYS.length),
      amount: BigInt(pick(4)),
      reverted: pick(5) === 0,
    })),
  );
}

function setUp(fork: number): { state: State; code: number } {
  const state = State.fresh({ fork });
  const code = state.code([0x60, 0x01]);
  const hash = state.readBytes32(state.call.codeHash(code));
  state.load(ADDRESSES[0]!, { nonce: 1n, balance: 5n, codeHash: hash });
  state.load(ADDRESSES[1]!, { nonce: 1n, balance: 3n, codeHash: hash });
  state.load(ADDRESSES[2]!, { balance: 2n });
  // An empty remainder from before EIP-161.
  state.load(ADDRESSES[3]!, {});
  for (const address of ADDRESSES.slice(0, 2)) {
    for (const [i, key] of KEYS.entries()) state.loadSlot(address, key, BigInt(i));
  }
  return { state, code };
}

function runStep(state: State, code: number, step: Step): void {
  const { call } = state;
  const address = ADDRESSES[step.account]!;
  const account = state.account(address);
  const other = state.account(ADDRESSES[step.other]!);
  const key = KEYS[step.key]!;
  const isContract = () => call.accountCode(account) === code;
  const checkpoint = call.viewCheckpoint();
  switch (step.kind) {
    case 0:
    case 1:
      if (call.accountSubtractBalance(account, state.word(step.amount)) === 1) {
        call.accountAddBalance(other, state.word(step.amount));
      }
      break;
    case 2:
    case 3:
      if (isContract()) {
        const read = state.value(ADDRESSES[step.other]!, key);
        state.set(address, KEYS[(step.key + 1) % KEYS.length]!, (read + step.amount) % 5n);
      }
      break;
    case 4:
      if (state.nonce(address) === 0n && !isContract() && call.accountHasStorage(account) === 0) {
        call.accountCreate(account);
        state.set(address, key, step.amount);
        call.accountSetCode(account, code);
      }
      break;
    case 5:
      if (isContract()) {
        const balance = state.word(state.balance(address));
        call.accountSubtractBalance(account, balance);
        call.accountAddBalance(other, balance);
        call.accountDestruct(account);
      }
      break;
    case 6:
      call.accountTouch(account);
      break;
    case 7:
      call.accountSetNonce(account, state.nonce(address) + (call.accountExists(other) === 1 ? 1n : 2n));
      break;
  }
  if (step.reverted) call.viewRevert(checkpoint);
}

function runSequential(transactions: Step[][], fork: number): Change[] {
  const { state, code } = setUp(fork);
  state.call.setViewMode(MODE.sequential);
  const executions = transactions.map((steps, i) =>
    state.transaction(i + 1, () => {
      for (const step of steps) runStep(state, code, step);
    }),
  );
  return state.build(executions);
}

/** Speculative runs in any order, some repeated, then validation in order. */
function runParallel(transactions: Step[][], fork: number, pick: (below: number) => number): Change[] {
  const { state, code } = setUp(fork);
  const { call } = state;
  call.setViewMode(MODE.parallel);
  const executions: number[] = transactions.map(() => 0);
  const incarnations = transactions.map(() => 0);
  const execute = (i: number): void => {
    const before = executions[i]!;
    try {
      call.viewBegin(i + 1);
      for (const step of transactions[i]!) runStep(state, code, step);
      call.viewEnd();
    } catch (error) {
      // Met an estimate: as if the run had not begun.
      if (error instanceof KernelSignal && error.code === 2) return;
      throw error;
    }
    executions[i] = call.viewExecution();
    call.testIncarnation(executions[i], incarnations[i]!++);
    call.versionPublish(executions[i]);
    if (before !== 0) call.versionWithdraw(before);
  };
  for (let run = 0; run < 2 * transactions.length; run++) {
    const i = pick(transactions.length);
    if (executions[i] !== 0 && pick(2) === 0) call.versionEstimate(executions[i]);
    execute(i);
  }
  call.setViewMode(MODE.inTurn);
  transactions.forEach((_, i) => {
    // Validated whatever it left: an estimate of its own is written over or withdrawn by the new run.
    if (executions[i] === 0 || pick(4) === 0 || !call.readSetValid(executions[i])) execute(i);
    else {
      call.versionWithdraw(executions[i]);
      call.testIncarnation(executions[i], incarnations[i]!++);
      call.versionPublish(executions[i]);
    }
  });
  const changes = state.build(executions);
  call.setViewMode(MODE.sequential);
  return changes;
}

describe("speculative runs in any order, validated in order", () => {
  for (const [name, fork] of Object.entries(FORK)) {
    it(`leave the same change list as running in order (${name})`, () => {
      let changed = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const pick = seededBelow(seed);
        const transactions = makeTransactions(pick, 12);
        const expected = runSequential(transactions, fork);
        assert.deepEqual(runParallel(transactions, fork, pick), expected, `seed ${seed}`);
        changed += expected.length;
      }
      assert.ok(changed > 80, "the made-up transactions change something");
    });
  }
});
