import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ForkName } from "../src/opcodes.ts";
import { assemble, Evm, fromBytes, push, returnTop, SELF } from "./support/evm.ts";

const evm = new Evm();
const OTHER = 0x07e4n;

/** Runs code over slot 0 holding `original`. */
function over(original: bigint, code: string | Uint8Array, fork: ForkName, gas = 10_000_000n) {
  evm.forget();
  evm.loadAccount(SELF);
  evm.loadStorage(SELF, 0n, original);
  return evm.run(code, fork, { gas });
}

describe("net gas metering: the cases listed in the EIPs", () => {
  // Code, original value, and used gas and refund by EIP-1283, EIP-2200 and EIP-2929 with EIP-3529.
  const cases: [
    code: string,
    original: bigint,
    constantinople: [number, number],
    istanbul: [number, number],
    london: [number, number],
  ][] = [
    ["60006000556000600055", 0n, [412, 0], [1612, 0], [2312, 0]],
    ["60006000556001600055", 0n, [20212, 0], [20812, 0], [22212, 0]],
    ["60016000556000600055", 0n, [20212, 19800], [20812, 19200], [22212, 19900]],
    ["60016000556002600055", 0n, [20212, 0], [20812, 0], [22212, 0]],
    ["60016000556001600055", 0n, [20212, 0], [20812, 0], [22212, 0]],
    ["60006000556000600055", 1n, [5212, 15000], [5812, 15000], [5112, 4800]],
    ["60006000556001600055", 1n, [5212, 4800], [5812, 4200], [5112, 2800]],
    ["60006000556002600055", 1n, [5212, 0], [5812, 0], [5112, 0]],
    ["60026000556000600055", 1n, [5212, 15000], [5812, 15000], [5112, 4800]],
    ["60026000556003600055", 1n, [5212, 0], [5812, 0], [5112, 0]],
    ["60026000556001600055", 1n, [5212, 4800], [5812, 4200], [5112, 2800]],
    ["60026000556002600055", 1n, [5212, 0], [5812, 0], [5112, 0]],
    ["60016000556000600055", 1n, [5212, 15000], [5812, 15000], [5112, 4800]],
    ["60016000556002600055", 1n, [5212, 0], [5812, 0], [5112, 0]],
    ["60016000556001600055", 1n, [412, 0], [1612, 0], [2312, 0]],
    ["600160005560006000556001600055", 0n, [40218, 19800], [40818, 19200], [42218, 19900]],
    ["600060005560016000556000600055", 1n, [10218, 19800], [10818, 19200], [8018, 7600]],
  ];
  for (const [fork, index] of [
    ["Constantinople", 2],
    ["Istanbul", 3],
    ["London", 4],
  ] as const) {
    test(fork, () => {
      for (const row of cases) {
        const outcome = over(row[1], Buffer.from(row[0], "hex"), fork);
        const [gas, refund] = row[index];
        assert.equal(outcome.gasUsed, BigInt(gas), `${row[0]} over ${row[1]}`);
        assert.equal(evm.refund(), BigInt(refund), `${row[0]} over ${row[1]}`);
      }
    });
  }
});

test("without net metering: 20000 to set, 5000 otherwise, 15000 back for clearing", () => {
  for (const fork of ["Frontier", "Byzantium", "Petersburg"] as const) {
    assert.equal(over(0n, "PUSH1 0x01 PUSH1 0x00 SSTORE", fork).gasUsed, 20006n);
    assert.equal(over(1n, "PUSH1 0x01 PUSH1 0x00 SSTORE", fork).gasUsed, 5006n);
    assert.equal(over(0n, "PUSH1 0x00 PUSH1 0x00 SSTORE", fork).gasUsed, 5006n);
    assert.equal(over(1n, "PUSH1 0x00 PUSH1 0x00 SSTORE", fork).gasUsed, 5006n);
    assert.equal(evm.refund(), 15000n);
  }
});

test("SSTORE with 2300 gas or less fails from Istanbul on, but not in Constantinople", () => {
  const code = "PUSH1 0x01 PUSH1 0x00 SSTORE";
  assert.equal(over(1n, code, "Istanbul", 2306n).halt, "OutOfGas");
  assert.equal(over(1n, code, "Istanbul", 2307n).halt, "Success");
  assert.equal(over(1n, code, "Constantinople", 206n).halt, "Success");
});

test("the sentry sees the gas after what stands before it in the same block, not after what follows", () => {
  const code = "PUSH1 0x01 PUSH1 0x00 SSTORE PUSH1 0x01 POP PUSH1 0x01 POP";
  assert.equal(over(1n, code, "Istanbul", 2307n).halt, "Success");
});

test("a first SLOAD is cold, a second warm, and a reverted frame's access is cold again", () => {
  assert.equal(over(1n, "PUSH1 0x00 SLOAD", "Berlin").gasUsed, 2103n);
  assert.equal(over(1n, "PUSH1 0x00 SLOAD PUSH1 0x00 SLOAD", "Berlin").gasUsed, 2206n);
  assert.equal(over(1n, "PUSH1 0x00 SLOAD", "Istanbul").gasUsed, 803n);
  assert.equal(over(1n, "PUSH1 0x00 SLOAD", "Frontier").gasUsed, 53n);
  evm.begin();
  evm.setCode(
    SELF,
    `PUSH0 PUSH0 PUSH0 PUSH0 ${push(OTHER)} ${push(10000)} DELEGATECALL POP GAS PUSH0 SLOAD POP GAS SWAP1 SUB ${returnTop}`,
  );
  evm.setCode(OTHER, "PUSH0 SLOAD PUSH0 PUSH0 REVERT");
  assert.equal(fromBytes(evm.call().output), 2100n + 2n + 2n + 2n);
});

test("transient storage lives in its account and reverts with its frame", () => {
  assert.equal(evm.value("PUSH1 0x05 PUSH1 0x01 TSTORE PUSH1 0x01 TLOAD"), 5n);
  assert.equal(evm.value("PUSH1 0x01 TLOAD"), 0n);
  evm.begin();
  evm.setCode(
    SELF,
    `PUSH1 0x05 PUSH0 TSTORE PUSH0 PUSH0 PUSH0 PUSH0 ${push(OTHER)} GAS DELEGATECALL POP PUSH0 TLOAD ${returnTop}`,
  );
  evm.setCode(OTHER, "PUSH1 0x06 PUSH0 TSTORE INVALID");
  assert.equal(fromBytes(evm.call({ gas: 100_000n }).output), 5n);
});

describe("accounts met the first time", () => {
  test("cost 2600 from Berlin on, 100 afterwards", () => {
    for (const name of ["BALANCE", "EXTCODESIZE", "EXTCODEHASH"]) {
      assert.equal(evm.run(`${push(OTHER)} ${name}`, "Berlin").gasUsed, 2603n, name);
      assert.equal(evm.run(`${push(OTHER)} ${name} ${push(OTHER)} ${name}`, "Berlin").gasUsed, 2706n, name);
    }
    assert.equal(
      evm.run(`PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 ${push(OTHER)} EXTCODECOPY`, "Berlin").gasUsed,
      2612n,
    );
    assert.equal(evm.run(`${push(OTHER)} BALANCE`, "Frontier").gasUsed, 23n);
    assert.equal(evm.run(`${push(OTHER)} BALANCE`, "Istanbul").gasUsed, 703n);
  });
  test("upper bits of an address are ignored", () => {
    evm.begin();
    evm.setBalance(OTHER, 77n);
    evm.setCode(SELF, `${push((1n << 160n) | OTHER)} BALANCE ${returnTop}`);
    assert.equal(fromBytes(evm.call().output), 77n);
  });
  test("EXTCODEHASH: zero for an empty account, the hash of nothing for one with a balance", () => {
    const hash = (balance: bigint) => {
      evm.begin();
      evm.setBalance(OTHER, balance);
      evm.setCode(SELF, `${push(OTHER)} EXTCODEHASH ${returnTop}`);
      return fromBytes(evm.call().output);
    };
    assert.equal(hash(0n), 0n);
    assert.equal(hash(1n), 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470n);
  });
  test("EXTCODECOPY pads with zeros", () => {
    evm.begin();
    evm.setCode(
      SELF,
      `PUSH1 0x04 PUSH1 0x01 PUSH1 0x1c ${push(OTHER)} EXTCODECOPY PUSH1 0x00 MLOAD ${returnTop}`,
    );
    evm.setCode(OTHER, "PUSH2 0x0102");
    assert.equal(fromBytes(evm.call().output), 0x01020000n);
  });
});

describe("SELFDESTRUCT", () => {
  const destruct = (fork: ForkName, { balance = 10n, exists = true, to = OTHER } = {}) => {
    evm.forget();
    evm.begin(fork);
    evm.setCode(SELF, `${push(to)} SELFDESTRUCT`);
    evm.setBalance(SELF, balance);
    if (exists) evm.setBalance(OTHER, 5n);
    return evm.call();
  };
  test("moves the balance; gas by fork", () => {
    assert.equal(destruct("Frontier").gasUsed, 3n);
    assert.equal(evm.balance(OTHER), 15n);
    assert.equal(evm.balance(SELF), 0n);
    assert.equal(destruct("Tangerine").gasUsed, 5003n);
    assert.equal(destruct("Tangerine", { exists: false, balance: 0n }).gasUsed, 30003n);
    assert.equal(destruct("Spurious", { exists: false, balance: 0n }).gasUsed, 5003n);
    assert.equal(destruct("Spurious", { exists: false }).gasUsed, 30003n);
    assert.equal(destruct("Berlin").gasUsed, 7603n);
  });
  test("refunds 24000 before London", () => {
    destruct("Berlin");
    assert.equal(evm.refund(), 24000n);
    destruct("London");
    assert.equal(evm.refund(), 0n);
  });
  test("removes the account before Cancun, from then on only one that the transaction made", () => {
    const removed = () => evm.room.exports.accountIsDestructed(evm.account(SELF)) !== 0;
    destruct("Shanghai");
    assert.ok(removed());
    destruct("Cancun");
    assert.ok(!removed());
    assert.equal(evm.balance(OTHER), 15n);
  });
  test("to oneself burns the balance before Cancun and keeps it from then on", () => {
    destruct("Shanghai", { to: SELF });
    assert.equal(evm.balance(SELF), 0n);
    destruct("Cancun", { to: SELF });
    assert.equal(evm.balance(SELF), 10n);
  });
  test("in its own creation it burns and removes, in Cancun too", () => {
    evm.begin("Cancun");
    evm.setBalance(0xca11e4n, 50n);
    assert.equal(evm.create(0x1e31n, "ADDRESS SELFDESTRUCT", { value: 50n }).halt, "Success");
    assert.equal(evm.balance(0x1e31n), 0n);
    assert.notEqual(evm.room.exports.accountIsDestructed(evm.account(0x1e31n)), 0);
  });
});

describe("logs", () => {
  test("cost 375, 375 a topic and 8 a byte", () => {
    for (let topics = 0; topics <= 4; topics++) {
      const code = `${"PUSH1 0x01 ".repeat(topics)} PUSH1 0x21 PUSH1 0x00 LOG${topics}`;
      assert.equal(evm.run(code).gasUsed, BigInt(3 * (topics + 2) + 375 * (topics + 1) + 8 * 33 + 6));
    }
  });
});

test("the decoded form of a code is another under another fork", () => {
  const code = assemble("PUSH0");
  assert.equal(evm.run(code, "Shanghai").halt, "Success");
  assert.equal(evm.run(code, "Paris").halt, "InvalidOpcode");
  assert.equal(evm.run(code, "Shanghai").halt, "Success");
});
