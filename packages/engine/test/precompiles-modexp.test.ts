import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const AMPLE = 1n << 62n;
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const bytes = (hex: string): Uint8Array => Uint8Array.fromHex(hex);

/** The call's input; operands are hex. */
function call(base: string, exponent: string, modulus: string): Uint8Array {
  const lengths = [base, exponent, modulus].map((operand) => word(BigInt(operand.length / 2)));
  return bytes(lengths.join("") + base + exponent + modulus);
}

function reference(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

const run = (input: Uint8Array, fork: number = Fork.Berlin, gas = AMPLE) =>
  runPrecompile(5, fork, input, gas);
const gas = (input: Uint8Array, fork: number) => run(input, fork)?.gasUsed;

describe("MODEXP", () => {
  before(preparePrecompiles);

  it("equals the square-and-multiply of its definition for operands of any size and parity", () => {
    const value = (hex: string): bigint => (hex === "" ? 0n : BigInt(`0x${hex}`));
    for (let i = 0; i < 400; i++) {
      const length = (limit: number): number => randomBytes(2).readUInt16LE() % limit;
      const base = randomBytes(length(80)).toString("hex");
      const exponent = randomBytes(length(40)).toString("hex");
      const modulus = randomBytes(1 + length(i % 10 === 0 ? 200 : 70)).toString("hex");
      if (value(modulus) === 0n) continue;
      const expected = reference(value(base), value(exponent), value(modulus));
      assert.equal(
        run(call(base, exponent, modulus))?.output.toHex(),
        expected.toString(16).padStart(modulus.length, "0"),
        `${base}^${exponent} mod ${modulus}`,
      );
    }
  });

  it("holds at the edges of a limb: moduli next to powers of two, and even ones", () => {
    for (const bits of [8, 16, 31, 32, 33, 63, 64, 65, 96, 128, 255, 256, 257, 512, 520]) {
      for (const offset of [-3n, -2n, -1n, 0n, 1n, 2n]) {
        const modulus = (1n << BigInt(bits)) + offset;
        const size = 2 * Math.ceil((bits + 1) / 8);
        const hex = (n: bigint): string => n.toString(16).padStart(size, "0");
        for (const base of [0n, 1n, 2n, modulus - 1n, modulus, modulus + 1n]) {
          const exponent = 0x1_0001_ffffn;
          assert.equal(
            run(call(hex(base), "010001ffff", hex(modulus)))?.output.toHex(),
            hex(reference(base, exponent, modulus)),
            `${base}^${exponent} mod ${modulus}`,
          );
        }
      }
    }
  });

  it("answers as many bytes as the modulus has, zeros for a zero modulus", () => {
    assert.equal(run(call("03", "02", "000000"))?.output.toHex(), "000000");
    assert.equal(run(call("03", "02", "000005"))?.output.toHex(), "000004");
    assert.equal(run(call("03", "02", ""))?.output.length, 0);
    assert.equal(run(new Uint8Array(0))?.output.length, 0);
  });

  it("takes 0^0 for 1, but 0 modulo 1", () => {
    assert.equal(run(call("", "", "05"))?.output.toHex(), "01");
    assert.equal(run(call("00", "00", "05"))?.output.toHex(), "01");
    assert.equal(run(call("", "", "01"))?.output.toHex(), "00");
    assert.equal(run(call("07", "05", "01"))?.output.toHex(), "00");
  });

  it("reads what is missing of the input as zeros, also inside the exponent", () => {
    assert.equal(run(bytes(`${word(1n)}${word(1n)}${word(2n)}03`))?.output.toHex(), "0000");
    // Of the exponent's 2 bytes the first is there: 0x0100, 8 squarings of 32 bytes.
    const cut = bytes(`${word(1n)}${word(2n)}${word(32n)}0301`);
    assert.equal(gas(cut, Fork.Byzantium), (1024n * 8n) / 20n);
    assert.equal(run(cut)?.output.toHex(), word(0n));
  });

  it("never sizes anything by a length that is not paid for", () => {
    const huge = 2n ** 256n - 1n;
    for (const fork of [Fork.Byzantium, Fork.Berlin]) {
      assert.equal(run(bytes(word(huge) + word(huge) + word(huge)), fork, 1n << 60n), null);
      assert.equal(run(bytes(word(0n) + word(1n) + word(huge)), fork, 1n << 60n), null);
      // No base and no modulus: any exponent costs the minimum.
      assert.equal(run(bytes(word(0n) + word(huge) + word(0n)), fork, 200n)?.output.length, 0);
    }
    assert.equal(run(bytes(word(0n) + word(huge) + word(0n)), Fork.Osaka), null);
  });

  it("is bounded to 1024 bytes an operand from Osaka on (EIP-7823)", () => {
    const operand = "00".repeat(1024);
    assert.ok(run(call(operand, operand, operand), Fork.Osaka));
    for (const [base, exponent, modulus] of [
      [`${operand}00`, "01", "05"],
      ["01", `${operand}00`, "05"],
      ["01", "01", `${operand}05`],
    ] as const) {
      assert.equal(run(call(base, exponent, modulus), Fork.Osaka), null);
      assert.ok(run(call(base, exponent, modulus), Fork.Prague));
    }
  });

  it("is priced by EIP-198, EIP-2565 and EIP-7883", () => {
    const full = "ff".repeat(32);
    const fermat = call("03", full, full);
    // 32² · 255 / 20; 4² · 255 / 3; 16 · 255.
    assert.equal(gas(fermat, Fork.Byzantium), 13_056n);
    assert.equal(gas(fermat, Fork.Berlin), 1_360n);
    assert.equal(gas(fermat, Fork.Osaka), 4_080n);
    const tiny = call("03", "02", "05");
    assert.equal(gas(tiny, Fork.Byzantium), 0n);
    assert.equal(gas(tiny, Fork.Berlin), 200n);
    assert.equal(gas(tiny, Fork.Osaka), 500n);
    // 40 bytes of exponent, the highest bit of the first 32 set: 8 · 8 + 255 and 16 · 8 + 255 steps; 33 bytes = 5 words.
    const long = call("03", "80".padEnd(80, "0"), "01".padEnd(66, "0"));
    assert.equal(gas(long, Fork.Byzantium), (33n * 33n * 319n) / 20n);
    assert.equal(gas(long, Fork.Berlin), (25n * 319n) / 3n);
    assert.equal(gas(long, Fork.Osaka), 50n * 383n);
    assert.equal(run(long, Fork.Osaka, 50n * 383n - 1n), null);
    // EIP-198's middle and upper pieces.
    assert.equal(
      gas(call("", "02", "01".padEnd(200, "0")), Fork.Byzantium),
      (10000n / 4n + 9600n - 3072n) / 20n,
    );
    assert.equal(
      gas(call("", "02", "01".padEnd(4000, "0")), Fork.Byzantium),
      (4_000_000n / 16n + 480n * 2000n - 199_680n) / 20n,
    );
  });

  it("looks for the exponent behind a base that is longer than the input", () => {
    const input = bytes(word(1n << 20n) + word(32n) + word(0n));
    assert.equal(gas(input, Fork.Byzantium), ((1n << 40n) / 16n + 480n * (1n << 20n) - 199_680n) / 20n);
  });
});
