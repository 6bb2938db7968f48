// SHA-256 and MODEXP are computed twice: short inputs in the kernel, long ones by the host. Both must be one precompile.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Fork } from "../src/forks.ts";
import { createEngine, type Engine, networkConfig } from "../src/index.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const FORKS = ["Byzantium", "Berlin", "Osaka"] as const;
const AMPLE = 1n << 40n;
const word = (value: number): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const address = (precompile: number) => `0x${precompile.toString(16).padStart(40, "0")}` as const;

/** A contract that hands its calldata to the precompile; returns success and gas as words, then the output. */
function caller(precompile: number): Uint8Array {
  const number = precompile.toString(16).padStart(4, "0");
  const call = `3660006000375a6000600036600061${number}5afa5a`;
  return Buffer.from(`${call}9190600052036020523d600060403e3d6040016000f3`, "hex");
}

const target = (precompile: number) => `0x${(0x1000 + precompile).toString(16).padStart(40, "0")}` as const;
const engines = new Map<string, Engine>();

async function viaKernel(fork: string, precompile: number, input: Uint8Array) {
  const message = { to: target(precompile), data: input, gas: 40_000_000n };
  const { success, output } = await engines.get(fork)!.call(message);
  assert.ok(success);
  const hex = Buffer.from(output).toString("hex");
  return { result: hex.slice(0, 64) + hex.slice(128), gas: BigInt(`0x${hex.slice(64, 128)}`) };
}

/** Success as a word, then the output. */
function viaHost(fork: keyof typeof Fork, precompile: number, input: Uint8Array): string {
  const result = runPrecompile(precompile, Fork[fork], input, AMPLE);
  const output = Buffer.from(result?.output ?? new Uint8Array(0)).toString("hex");
  return (result === null ? word(0) : word(1)).toString("hex") + output;
}

async function checkResult(fork: keyof typeof Fork, precompile: number, input: Uint8Array): Promise<void> {
  const { result } = await viaKernel(fork, precompile, input);
  assert.equal(result, viaHost(fork, precompile, input), `${fork}: ${Buffer.from(input).toString("hex")}`);
}

function modexpInput(base: number, exponent: number, modulus: number, zeros: number): Uint8Array {
  const operands = Buffer.concat([randomBytes(base), randomBytes(exponent), randomBytes(modulus)]);
  operands.fill(0, base, base + Math.min(zeros, exponent));
  return Buffer.concat([word(base), word(exponent), word(modulus), operands]);
}

const pick = (limit: number): number => randomBytes(2).readUInt16LE() % limit;

describe("precompiles of which the kernel computes short inputs", () => {
  before(async () => {
    await preparePrecompiles();
    const alloc = Object.fromEntries([2, 5].map((n) => [target(n), { code: caller(n) }]));
    for (const fork of FORKS) {
      engines.set(fork, await createEngine({ workers: 0, chain: networkConfig(fork), genesis: { alloc } }));
    }
  });
  after(async () => {
    for (const engine of engines.values()) await engine.close();
  });

  it("MODEXP gives the host's results for bases and moduli of up to 33 bytes, exponents of any length", async () => {
    for (let i = 0; i < 300; i++) {
      const input = modexpInput(
        pick(34),
        i % 10 === 0 ? pick(1100) : pick(40),
        pick(34),
        i % 3 === 0 ? pick(40) : 0,
      );
      for (const fork of FORKS) {
        await checkResult(fork, 5, input);
      }
    }
  });

  it("MODEXP holds for the moduli 0, 1, 2 and the greatest ones, and for exponents without a bit", async () => {
    const full = Buffer.alloc(32, 0xff);
    for (const modulus of [word(0), word(1), word(2), full, Buffer.from([0]), Buffer.from([1])]) {
      for (const exponent of [Buffer.alloc(0), Buffer.alloc(3), Buffer.from([1]), word(2), full]) {
        for (const base of [Buffer.alloc(0), Buffer.from([0]), Buffer.from([7]), full]) {
          const lengths = [base, exponent, modulus].map(({ length }) => word(length));
          const input = Buffer.concat([...lengths, base, exponent, modulus]);
          await checkResult("Osaka", 5, input);
        }
      }
    }
  });

  it("MODEXP reads what is missing of the input as zeros", async () => {
    const whole = modexpInput(20, 20, 20, 0);
    for (let length = 0; length <= whole.length; length += 3) {
      const input = whole.subarray(0, length);
      await checkResult("Berlin", 5, input);
    }
  });

  it("both charge the same gas", async () => {
    for (const fork of FORKS) {
      // What the contract's own instructions cost, by a hash that only the host computes.
      const long = randomBytes(2000);
      const own = (await viaKernel(fork, 2, long)).gas - runPrecompile(2, Fork[fork], long, AMPLE)!.gasUsed;
      for (let i = 0; i < 60; i++) {
        const exponent = i % 5 === 0 ? pick(600) : pick(40);
        const input = modexpInput(pick(34), exponent, pick(34), i % 2 === 0 ? pick(40) : 0);
        for (const [precompile, bytes] of [
          [5, input],
          [2, randomBytes(pick(700))],
        ] as const) {
          const { gasUsed } = runPrecompile(precompile, Fork[fork], bytes, AMPLE)!;
          const { gas } = await viaKernel(fork, precompile, bytes);
          assert.equal(gas - own, gasUsed, `${fork}: ${Buffer.from(bytes).toString("hex")}`);
        }
      }
    }
  });

  it("SHA-256 gives the host's results on both sides of the length that divides them", async () => {
    for (const length of [0, 1, 31, 32, 55, 56, 63, 64, 65, 119, 120, 511, 512, 513, 1000]) {
      const input = randomBytes(length);
      await checkResult("Osaka", 2, input);
    }
  });

  it("both fail where one gas is missing", async () => {
    const engine = engines.get("Berlin")!;
    for (const [precompile, input] of [
      [5, modexpInput(32, 32, 32, 0)],
      [5, modexpInput(33, 33, 33, 0)],
      [2, randomBytes(100)],
      [2, randomBytes(1000)],
    ] as const) {
      const message = { to: address(precompile), data: input };
      const { gasUsed } = await engine.call({ ...message, gas: 100_000_000n });
      assert.equal((await engine.call({ ...message, gas: gasUsed })).success, true);
      assert.equal((await engine.call({ ...message, gas: gasUsed - 1n })).success, false);
    }
  });
});
