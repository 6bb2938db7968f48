// DUPN, SWAPN and EXCHANGE (EIP-8024) against a model of the stack.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Eip } from "../src/codes.ts";
import { assemble, Evm, push } from "./support/evm.ts";

const evm = new Evm();

/** Runs raw code under the EIP; its halt, and what was on the stack if it ended well, topmost last. */
function run(code: string, eips: number = Eip.E8024) {
  evm.eips = eips;
  const bytes = assemble(code);
  const outcome = evm.run(bytes);
  evm.eips = 0;
  return outcome;
}

/** Code that puts 1, 2, … `count` on the stack. */
const numbered = (count: number) => Array.from({ length: count }, (_, i) => push(i + 1)).join(" ");

/** Code that returns the topmost `count` words, topmost last. */
function returned(count: number): string {
  const stores = Array.from({ length: count }, (_, i) => `${push((count - 1 - i) * 32)} MSTORE`);
  return `${stores.join(" ")} ${push(count * 32)} PUSH1 0x00 RETURN`;
}

function stack(code: string, count: number): number[] {
  const { halt, output } = run(`${code} ${returned(count)}`);
  assert.equal(halt, "Success", code);
  return Array.from({ length: count }, (_, i) =>
    Number(`0x${Buffer.from(output.subarray(i * 32, i * 32 + 32)).toString("hex")}`),
  );
}

const hex = (byte: number) => `0x${byte.toString(16).padStart(2, "0")}`;
const one = (x: number) => (x + 145) % 256;
const pair = (x: number) => {
  const k = x ^ 143;
  const [q, r] = [k >> 4, k & 15];
  return q < r ? [q + 1, r + 1] : [r + 1, 29 - q];
};

describe("immediates", () => {
  test("every valid byte of DUPN copies its word, of SWAPN swaps it with the top", () => {
    const filled = Array.from({ length: 240 }, (_, i) => i + 1);
    for (let x = 0; x < 256; x++) {
      if (x > 90 && x < 128) continue;
      const copied = [...filled, filled[240 - one(x)]!];
      assert.deepEqual(stack(`${numbered(240)} 0xe6 ${hex(x)}`, 241), copied, `DUPN ${x}`);
      const swapped = [...filled];
      [swapped[239], swapped[239 - one(x)]] = [filled[239 - one(x)]!, filled[239]!];
      assert.deepEqual(stack(`${numbered(240)} 0xe7 ${hex(x)}`, 240), swapped, `SWAPN ${x}`);
    }
  });

  test("every valid byte of EXCHANGE swaps its two words", () => {
    const filled = Array.from({ length: 30 }, (_, i) => i + 1);
    for (let x = 0; x < 256; x++) {
      if (x > 81 && x < 128) continue;
      const [n, m] = pair(x) as [number, number];
      const exchanged = [...filled];
      [exchanged[29 - n], exchanged[29 - m]] = [filled[29 - m]!, filled[29 - n]!];
      assert.deepEqual(stack(`${numbered(30)} 0xe8 ${hex(x)}`, 30), exchanged, `EXCHANGE ${x}`);
    }
  });

  test("the bytes that stand for JUMPDEST and PUSH halt", () => {
    for (let x = 0; x < 256; x++) {
      const single = x > 90 && x < 128 ? "InvalidOpcode" : "Success";
      const double = x > 81 && x < 128 ? "InvalidOpcode" : "Success";
      assert.equal(run(`${numbered(240)} 0xe6 ${hex(x)}`).halt, single, `DUPN ${x}`);
      assert.equal(run(`${numbered(240)} 0xe7 ${hex(x)}`).halt, single, `SWAPN ${x}`);
      assert.equal(run(`${numbered(30)} 0xe8 ${hex(x)}`).halt, double, `EXCHANGE ${x}`);
    }
  });

  test("a byte behind an opcode that halts is an opcode: it can be a jump's target, or hide one as a PUSH does", () => {
    assert.equal(run("PUSH1 0x04 JUMP 0xe65b").halt, "Success");
    assert.equal(run("PUSH1 0x05 JUMP 0xe6605b").halt, "InvalidJump");
    assert.equal(run("PUSH1 0x05 JUMP 0xe6805b").halt, "Success");
  });

  test("behind the end of the code the byte is zero", () => {
    assert.equal(run(`${numbered(145)} 0xe6`).halt, "Success");
    assert.equal(run(`${numbered(144)} 0xe6`).halt, "StackUnderflow");
    assert.equal(run(`${numbered(17)} 0xe8`).halt, "Success");
    assert.equal(run(`${numbered(16)} 0xe8`).halt, "StackUnderflow");
  });

  test("each costs 3 gas and needs the words that it reaches for; DUPN needs room for one more", () => {
    const exact = (code: string, words: number) => {
      evm.eips = Eip.E8024;
      for (const [gas, halt] of [
        [words * 3 + 3, "Success"],
        [words * 3 + 2, "OutOfGas"],
      ] as const) {
        assert.equal(
          evm.run(assemble(`${numbered(words)} ${code}`), "Osaka", { gas: BigInt(gas) }).halt,
          halt,
          code,
        );
      }
      assert.equal(evm.run(assemble(`${numbered(words - 1)} ${code}`)).halt, "StackUnderflow", code);
      evm.eips = 0;
    };
    exact("0xe680", 17);
    exact("0xe780", 18);
    exact("0xe88e", 3);
    assert.equal(run(`${numbered(1024)} 0xe680`).halt, "StackOverflow");
    assert.equal(run(`${numbered(1023)} 0xe680`).halt, "Success");
  });

  test("without the EIP they are invalid, in code that ran with it too", () => {
    for (const code of ["0xe680", "0xe780", "0xe88e"]) {
      const text = `${numbered(20)} ${code}`;
      assert.equal(run(text).halt, "Success");
      assert.equal(run(text, 0).halt, "InvalidOpcode");
      assert.equal(run(text, Eip.E7843).halt, "InvalidOpcode");
    }
  });

  test("stepping through them gives the same", () => {
    evm.eips = Eip.E8024;
    for (const code of ["0xe680", "0xe780", "0xe88e", "0xe65b"]) {
      const text = `${numbered(20)} ${code} ${returned(4)}`;
      const plain = evm.run(assemble(text));
      const stepped = evm.run(assemble(text), "Osaka", {}, true);
      assert.deepEqual(stepped, plain, code);
    }
    evm.eips = 0;
  });
});

test("SLOTNUM gives the block's slot for 2 gas, with EIP-7843 only", () => {
  evm.eips = Eip.E7843;
  evm.setSlotNumber(0xfedc_ba98_7654_3210n);
  assert.equal(evm.value("SLOTNUM"), 0xfedc_ba98_7654_3210n);
  assert.equal(evm.run(assemble("SLOTNUM"), "Osaka", { gas: 2n }).halt, "Success");
  assert.equal(evm.run(assemble("SLOTNUM"), "Osaka", { gas: 1n }).halt, "OutOfGas");
  evm.eips = Eip.E8024;
  assert.equal(evm.run(assemble("SLOTNUM")).halt, "InvalidOpcode");
  evm.eips = 0;
  assert.equal(evm.run(assemble("SLOTNUM"), "Amsterdam").halt, "InvalidOpcode");
});
