import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ForkName } from "../src/opcodes.ts";
import { DeltaEvm, type Run, type TouchedSlot } from "./support/delta-evm.ts";
import { assemble, type CallOptions, push, SELF } from "./support/evm.ts";

// What is a delta afterwards, and on which other values what was observed holds. That a transaction then does the same
// is the business of vm-tracked-random.test.ts.

const M = 1n << 256n;
const OTHER = 0x07e4n;
const evm = new DeltaEvm();

interface Options {
  /** What slot 0 holds, and slot 1. */
  values?: readonly [bigint, bigint];
  fork?: ForkName;
  /** Code of a second account, whose slot 0 holds 40. */
  other?: string;
  call?: CallOptions;
}

function run(
  code: string,
  { values = [100n, 7n], fork = "Osaka", other = "STOP", call = {} }: Options = {},
): Run {
  return evm.transaction(
    {
      fork,
      codes: new Map([
        [BigInt(SELF), assemble(code)],
        [OTHER, assemble(other)],
      ]),
      storage: [
        [BigInt(SELF), 0n, values[0]],
        [BigInt(SELF), 1n, values[1]],
        [OTHER, 0n, 40n],
      ],
      call,
    },
    true,
  );
}

function slotOf(outcome: Run, key = 0n, account = BigInt(SELF)): TouchedSlot {
  return outcome.slots.find((slot) => slot.key === key && slot.account === account)!;
}

/** Slot 0 is a delta after the code; then those of the values for which what was observed holds. */
function holding(code: string, candidates: readonly bigint[], options: Options = {}): bigint[] {
  const outcome = run(code, options);
  const slot = slotOf(outcome);
  assert.ok(slot.isDelta, "given up");
  return candidates.filter((value) => evm.holds(slot, value));
}

const isDelta = (code: string, options: Options = {}, key = 0n) => slotOf(run(code, options), key).isDelta;

const LOAD = "PUSH0 SLOAD";
const STORE = "PUSH0 SSTORE";

describe("what leaves a slot a delta", () => {
  test("to read it and do nothing with it; nothing is observed then", () => {
    assert.deepEqual(holding(`${LOAD} POP`, [0n, 1n, M - 1n]), [0n, 1n, M - 1n]);
    assert.deepEqual(holding(LOAD, [0n, 1n, M - 1n]), [0n, 1n, M - 1n]);
  });
  test("to add to it and to subtract from it, from either side of an addition, and to store the sum", () => {
    for (const sum of ["PUSH1 0x05 ADD", "PUSH1 0x05 SWAP1 ADD", "PUSH1 0x05 SWAP1 SUB"]) {
      const outcome = run(`${LOAD} ${sum} ${STORE}`);
      assert.ok(slotOf(outcome).isDelta, sum);
      assert.equal(slotOf(outcome).after, sum.endsWith("SUB") ? 95n : 105n);
    }
  });
  test("to copy it, to move it about and to read it again", () => {
    assert.ok(isDelta(`${LOAD} PUSH1 0x01 DUP2 SWAP2 POP SWAP1 ADD ${LOAD} POP ${STORE}`));
    const deep = `${LOAD} ${"PUSH0 ".repeat(14)} DUP15 SWAP15 POP SWAP1 PUSH1 0x02 ADD ${STORE}`;
    assert.equal(slotOf(run(deep)).isDelta, false, "SWAP15 put a zero there");
    assert.ok(isDelta(`${LOAD} ${"PUSH0 ".repeat(14)} DUP15 PUSH1 0x02 ADD ${STORE}`));
  });
  test("the difference of two of its sums, which is a number like any other", () => {
    const code = `${LOAD} PUSH1 0x09 ADD ${LOAD} SWAP1 SUB PUSH1 0x01 SSTORE`;
    assert.deepEqual(holding(code, [0n, 5n, M - 3n]), [0n, 5n, M - 3n]);
    assert.equal(slotOf(run(code), 1n).after, 9n);
  });
  test("what is multiplied by zero, masked away or divides zero", () => {
    for (const code of ["PUSH0 MUL", "PUSH0 AND", "PUSH0 DIV", "PUSH0 MOD", "PUSH0 SDIV", "PUSH0 SMOD"]) {
      assert.deepEqual(holding(`${LOAD} ${code} PUSH1 0x01 SSTORE`, [0n, 3n]), [0n, 3n], code);
    }
  });
  test("to store it back over a sum, whatever frames lie between", () => {
    const outcome = run(`${LOAD} PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ${push(OTHER)} GAS CALL ADD ${STORE}`, {
      other: `${LOAD} PUSH1 0x03 ADD ${STORE}`,
    });
    assert.ok(slotOf(outcome).isDelta);
    assert.equal(slotOf(outcome).after, 101n);
    assert.ok(slotOf(outcome, 0n, OTHER).isDelta);
    assert.equal(slotOf(outcome, 0n, OTHER).after, 43n);
  });
});

describe("what gives it up", () => {
  const uses = {
    "another slot": `${LOAD} PUSH1 0x01 SSTORE`,
    "a sum of it in another slot": `${LOAD} PUSH1 0x02 ADD PUSH1 0x01 SSTORE`,
    "something else stored": `PUSH1 0x05 ${LOAD} POP ${STORE}`,
    "a key": `${LOAD} SLOAD`,
    "a key that is stored to": `PUSH1 0x01 ${LOAD} SSTORE`,
    "a key of transient storage": `${LOAD} TLOAD`,
    memory: `${LOAD} PUSH0 MSTORE`,
    "a byte of memory": `${LOAD} PUSH0 MSTORE8`,
    "an offset": `${LOAD} MLOAD`,
    "a subtrahend": `${LOAD} PUSH1 0x05 SUB ${STORE}`,
    "twice itself": `${LOAD} DUP1 ADD ${STORE}`,
    "a product": `${LOAD} PUSH1 0x02 MUL`,
    "a quotient": `${LOAD} PUSH1 0x02 SWAP1 DIV`,
    "a divisor": `${LOAD} PUSH1 0x02 DIV`,
    "bits of it": `${LOAD} PUSH1 0xff AND`,
    "its complement": `${LOAD} NOT`,
    "a shift": `${LOAD} PUSH1 0x01 SHL`,
    "a topic": `${LOAD} PUSH0 PUSH0 LOG1`,
    "the target of a jump": `PUSH0 SLOAD JUMP`,
    "the value of a call": `PUSH0 PUSH0 PUSH0 PUSH0 ${LOAD} ${push(OTHER)} GAS CALL`,
    "the gas of a call": `PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ${push(OTHER)} ${LOAD} CALL`,
    "what is returned": `${LOAD} PUSH0 RETURN`,
    "who gets what is left": `${LOAD} SELFDESTRUCT`,
    "a balance asked for": `${LOAD} BALANCE`,
  };
  for (const [name, code] of Object.entries(uses)) {
    test(name, () => assert.equal(isDelta(code), false));
  }
  test("a sum that meets one of another slot: the one read first", () => {
    const code = `${LOAD} PUSH1 0x01 SLOAD ADD PUSH1 0x01 SSTORE`;
    assert.equal(isDelta(code), false);
    assert.ok(isDelta(code, {}, 1n));
  });
  test("more comparisons than a list takes", () => {
    const compare = (k: number) => `DUP1 ${push(k)} LT POP`;
    const some = Array.from({ length: 16 }, (_, k) => compare(k)).join(" ");
    assert.ok(isDelta(`${LOAD} ${some} POP`));
    assert.equal(isDelta(`${LOAD} ${some} ${compare(16)} POP`), false);
  });
  test("more copies on the stack than are followed", () => {
    assert.ok(isDelta(`${LOAD} ${"DUP1 ".repeat(15)} POP`));
    assert.equal(isDelta(`${LOAD} ${"DUP1 ".repeat(16)} POP`), false);
  });
  test("the account being made by this very transaction: there is no value before it", () => {
    evm.forget();
    evm.begin("Osaka");
    evm.setBalance(0xca11e4n, 50n);
    evm.room.exports.tryDeltas();
    evm.create(0x1e31n, `${LOAD} PUSH1 0x05 ADD ${STORE}`);
    const slot = evm.room.exports.slotBefore(0);
    assert.equal(evm.room.exports.slotIsDelta(slot), 0);
    evm.room.exports.setViewMode(0);
  });
});

describe("what is observed", () => {
  test("the outcomes of comparisons, with the constant on either side", () => {
    const values = [0n, 99n, 100n, 101n, M - 1n, 1n << 255n];
    assert.deepEqual(holding(`${LOAD} PUSH1 0x64 LT POP`, values), [0n, 99n, 100n]);
    assert.deepEqual(holding(`PUSH1 0x65 ${LOAD} LT POP`, values), [0n, 99n, 100n]);
    assert.deepEqual(holding(`${LOAD} PUSH1 0x64 GT POP`, values), [100n, 101n, M - 1n, 1n << 255n]);
    assert.deepEqual(holding(`PUSH1 0x64 ${LOAD} EQ POP`, values), [100n]);
    assert.deepEqual(holding(`PUSH1 0x63 ${LOAD} SGT POP`, values), [100n, 101n]);
    assert.deepEqual(holding(`PUSH1 0x63 ${LOAD} SLT POP`, values), [99n, 100n, 101n]);
  });
  test("whether it is zero: asked by ISZERO, or by a jump", () => {
    for (const code of [
      `${LOAD} ISZERO POP`,
      `${LOAD} ISZERO PUSH1 0x07 JUMPI JUMPDEST STOP`,
      `${LOAD} PUSH1 0x06 JUMPI STOP JUMPDEST`,
      `${LOAD} PUSH1 0x03 PUSH1 0x06 ADD JUMPI STOP JUMPDEST`,
    ]) {
      assert.deepEqual(holding(code, [0n, 1n, 100n]), [1n, 100n], code);
      assert.deepEqual(holding(code, [0n, 1n, 100n], { values: [0n, 7n] }), [0n], code);
    }
  });
  test("the check of an addition as compilers write it: that it does not pass 2^256", () => {
    // x + total: the sum must not be less than x.
    const checked = `PUSH1 0x0a ${LOAD} DUP2 ADD DUP1 SWAP2 GT PUSH1 0x11 JUMPI ${STORE} STOP JUMPDEST INVALID`;
    assert.deepEqual(holding(checked, [1n, M - 11n, M - 10n, M - 1n]), [1n, M - 11n]);
    assert.equal(slotOf(run(checked)).after, 110n);
  });
  test("the check of a subtraction: that there is enough", () => {
    const checked = `PUSH1 0x0a ${LOAD} DUP1 DUP3 SWAP1 SUB SWAP1 DUP2 GT PUSH1 0x13 JUMPI ${STORE} STOP JUMPDEST INVALID`;
    // With 10 there it would be cleared, which is refunded.
    assert.deepEqual(holding(checked, [9n, 10n, 11n, M - 1n]), [11n, M - 1n]);
    assert.equal(slotOf(run(checked)).after, 90n);
  });
  test("nothing, where two of its sums are compared for equality", () => {
    assert.deepEqual(holding(`${LOAD} DUP1 PUSH1 0x01 ADD EQ POP`, [0n, 5n, M - 1n]), [0n, 5n, M - 1n]);
  });
  test("what a frame has observed that was undone, too, while its sum is gone", () => {
    const outcome = run(`PUSH0 PUSH0 PUSH0 PUSH0 ${push(OTHER)} GAS DELEGATECALL ${LOAD} ADD ${STORE}`, {
      other: `${LOAD} DUP1 PUSH1 0x63 LT POP PUSH1 0x05 ADD ${STORE} PUSH0 PUSH0 REVERT`,
    });
    const slot = slotOf(outcome);
    assert.ok(slot.isDelta);
    assert.equal(slot.after, 100n);
    assert.deepEqual(
      [99n, 100n].map((value) => evm.holds(slot, value)),
      [false, true],
    );
  });
  test("words that a frame has left on its stack mean nothing to the next one at the same place", () => {
    const call = `PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ${push(OTHER)} GAS CALL POP`;
    // First it leaves a sum on its stack; then, told by its own slot 1, it puts a number there and stores that.
    const other = `PUSH1 0x01 SLOAD PUSH1 0x0e JUMPI PUSH1 0x01 DUP1 SSTORE PUSH0 ${LOAD} STOP
      JUMPDEST PUSH0 PUSH1 0x63 PUSH1 0x01 ADD ${STORE}`;
    const outcome = run(`${LOAD} ${call} ${call} PUSH1 0x01 ADD ${STORE}`, { other });
    assert.equal(slotOf(outcome, 0n, OTHER).after, 100n);
    assert.equal(slotOf(outcome, 0n, OTHER).isDelta, false);
    assert.ok(slotOf(outcome).isDelta);
  });
});

describe("gas and refund of storing a sum", () => {
  const add = (k: bigint) => `${LOAD} ${push(k)} ADD ${STORE}`;
  const values = [0n, 1n, 10n, M - 5n, M - 10n];
  test("whether the slot was empty and whether it is cleared", () => {
    // Net metering: what was there before matters, and what is left if there was something.
    assert.deepEqual(holding(add(5n), values), [1n, 10n, M - 10n]);
    assert.deepEqual(holding(add(5n), values, { values: [0n, 7n] }), [0n]);
    assert.deepEqual(holding(add(5n), values, { values: [M - 5n, 7n] }), [M - 5n]);
  });
  test("before net metering the same, at each store", () => {
    for (const fork of ["Frontier", "Byzantium", "Petersburg"] as const) {
      const code = add(5n).replaceAll("PUSH0", "PUSH1 0x00");
      assert.deepEqual(holding(code, values, { fork }), [1n, 10n, M - 10n], fork);
      const twice = `${code} ${code}`;
      assert.deepEqual(holding(twice, values, { fork }), [1n, 10n], fork);
    }
  });
  test("nothing, where what is stored is what is there", () => {
    assert.deepEqual(holding(`${LOAD} ${STORE}`, values), values);
  });
  test("a second store to a slot that was changed: whether it was empty, and is", () => {
    assert.deepEqual(holding(`${add(5n)} ${add(5n)}`, values), [1n, 10n]);
    // Back to what it was: that is told without the value, what it saves is not.
    assert.deepEqual(holding(`${add(5n)} ${add(M - 5n)}`, values), [1n, 10n, M - 10n]);
  });
});

test("a read is cold and then warm whether it is a delta or not", () => {
  const code = `${LOAD} POP ${LOAD} POP`;
  const base = { fork: "Osaka", codes: new Map([[BigInt(SELF), assemble(code)]]), storage: [] } as const;
  const gas = evm.transaction(base, false).gasUsed;
  assert.equal(evm.transaction(base, true).gasUsed, gas);
  assert.equal(gas, 2208n);
});
