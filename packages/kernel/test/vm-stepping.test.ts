import assert from "node:assert/strict";
import { test } from "node:test";
import { type ForkName, forkNames, opcodes, staticGas } from "../src/opcodes.ts";
import { Evm, push, SELF } from "./support/evm.ts";
import { seededBelow } from "./support/random.ts";

// Stepping differs from running in blocks by what a frame's failure is called, and by nothing else.

const OTHER = 0x07e4n;
const plain = opcodes.filter(
  (opcode) => opcode.immediate === 0 && opcode.name !== "INVALID" && !opcode.name.startsWith("JUMP"),
);

/**
 * Programs that mostly have what they need on the stack and jump to places that exist; now and then they use
 * an opcode that the fork lacks, take too much from the stack, or jump into data.
 */
function randomProgram(random: (below: number) => number, fork: ForkName): Uint8Array {
  const known = plain.filter((opcode) => staticGas(opcode, fork) !== undefined);
  const bytes: number[] = [];
  const targets: number[] = [];
  const jumps: number[] = [];
  const pushSmall = (value: number) => bytes.push(0x61, value >> 8, value & 255);
  const length = 5 + random(60);
  let height = 0;
  for (let i = 0; i < length; i++) {
    const kind = random(16);
    const careless = random(400) === 0;
    if (kind < 4 || height < 2) {
      if (random(8) === 0) {
        const n = 1 + random(32);
        bytes.push(0x5f + n);
        for (let j = 0; j < n; j++) bytes.push(random(256));
      } else {
        pushSmall(random(20) === 0 ? random(0x10000) : random(0x80));
      }
      height++;
    } else if (kind === 4) {
      targets.push(bytes.length);
      bytes.push(0x5b);
    } else if (kind === 5) {
      jumps.push(bytes.length + 1);
      pushSmall(0);
      if (random(4) === 0) bytes.push(0x80, 0x50);
      bytes.push(random(8) === 0 ? 0x56 : 0x57);
      height--;
    } else if (kind === 6 && height > 1) {
      const n = random(Math.min(height - 1, 16));
      const swaps = random(2) === 0;
      bytes.push((swaps ? 0x90 : 0x80) + n);
      if (!swaps) height++;
    } else if (kind === 7 && random(3) === 0) {
      for (let j = 0; j < 5; j++) pushSmall(random(64));
      pushSmall(random(4) === 0 ? Number(SELF) : Number(OTHER));
      pushSmall(random(20000));
      const calls = [0xf1, 0xf2, 0xf4, 0xfa].filter((code) => known.some((opcode) => opcode.code === code));
      bytes.push(calls[random(calls.length)] ?? 0xf1);
      height++;
    } else {
      const from = careless ? plain : known;
      const opcode = from[random(from.length)]!;
      if (opcode.stops && random(8) !== 0) continue;
      if (opcode.inputs > height && !careless) continue;
      // Offsets and lengths that fit, or almost everything would run out of gas.
      if (/MEM|LOAD|STORE|COPY|LOG|CREATE|CALL|RETURN|REVERT|KECCAK/.test(opcode.name)) {
        for (let j = 0; j < opcode.inputs; j++) pushSmall(random(0x80));
        height += opcode.inputs;
      }
      bytes.push(opcode.code);
      height = Math.max(0, height + opcode.outputs - opcode.inputs);
    }
  }
  for (const at of jumps) {
    const target = random(10) === 0 ? random(bytes.length) : (targets[random(targets.length)] ?? 0);
    bytes[at] = target >> 8;
    bytes[at + 1] = target & 255;
  }
  return Uint8Array.from(bytes);
}

test("random programs end alike stepping and in blocks: status, gas, output, storage, refund", () => {
  const { HEDDLE_SEED = "20261122" } = process.env;
  const seed = Number(HEDDLE_SEED);
  const random = seededBelow(seed);
  const evm = new Evm();
  let ended = 0;
  let failed = 0;
  for (let i = 0; i < 6000; i++) {
    const fork = forkNames[random(forkNames.length)] as ForkName;
    const program = randomProgram(random, fork);
    const other = randomProgram(random, fork);
    const gas = BigInt(random(2) === 0 ? random(3000) : random(200_000));
    const outcomes = [false, true].map((stepping) => {
      evm.forget();
      evm.loadAccount(SELF);
      evm.loadStorage(SELF, 1n, 5n);
      evm.begin(fork, stepping);
      evm.setCode(SELF, program);
      evm.setCode(OTHER, other);
      evm.setBalance(SELF, 1000n);
      const outcome = evm.call({ gas, input: Uint8Array.from([1, 2, 3, 4, 5]) });
      return {
        ...outcome,
        // Out of gas and a stack that does not fit may be met in either order within a block.
        halt: outcome.halt === "Success" || outcome.halt === "Revert" ? outcome.halt : "failed",
        refund: evm.refund(),
        slots: [0n, 1n, 2n, 3n].map((key) => evm.storage(SELF, key)),
        balances: [evm.balance(SELF), evm.balance(OTHER)],
        nonce: evm.nonce(SELF),
      };
    });
    assert.deepEqual(
      outcomes[0],
      outcomes[1],
      `seed ${seed}, program ${i}, ${fork}: ${Buffer.from(program).toString("hex")} / ${Buffer.from(other).toString("hex")}`,
    );
    if (outcomes[0]?.halt === "failed") failed++;
    else ended++;
  }
  // The generator must reach both ends often, or it tests nothing.
  assert.ok(ended > 1000 && failed > 1000, `${ended} ended, ${failed} failed`);
});

test("each step says pc, opcode, gas before it and depth", () => {
  const evm = new Evm();
  evm.run("PUSH1 0x02 PUSH1 0x03 ADD POP", "Osaka", { gas: 100n }, true);
  assert.deepEqual(evm.steps, [
    { pc: 0, opcode: 0x60, gas: 100n, depth: 0 },
    { pc: 2, opcode: 0x60, gas: 97n, depth: 0 },
    { pc: 4, opcode: 0x01, gas: 94n, depth: 0 },
    { pc: 5, opcode: 0x50, gas: 91n, depth: 0 },
    { pc: 6, opcode: 0x00, gas: 89n, depth: 0 },
  ]);
});

test("the step that runs out of gas is still told", () => {
  const evm = new Evm();
  const outcome = evm.run("PUSH1 0x02 PUSH1 0x03 ADD", "Osaka", { gas: 7n }, true);
  assert.equal(outcome.halt, "OutOfGas");
  assert.deepEqual(
    evm.steps.map((step) => step.pc),
    [0, 2, 4],
  );
});

test("steps of a called frame are one deeper", () => {
  const evm = new Evm();
  evm.begin("Osaka", true);
  evm.setCode(SELF, `PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 ${push(OTHER)} GAS CALL`);
  evm.setCode(OTHER, "STOP");
  evm.call();
  assert.deepEqual(
    evm.steps.map((step) => step.depth),
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
  );
});
