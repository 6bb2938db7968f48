import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const shared = new Uint8Array(new SharedArrayBuffer(5000)).fill(0xa5);

describe("hashing precompiles", () => {
  before(preparePrecompiles);

  it("SHA-256 costs 60 and 12 a word", () => {
    for (const [length, gas] of [
      [0, 60n],
      [1, 72n],
      [32, 72n],
      [33, 84n],
      [5000, 60n + 12n * 157n],
    ] as const) {
      const input = shared.subarray(0, length);
      const result = runPrecompile(2, Fork.Frontier, input, gas);
      assert.equal(result?.gasUsed, gas);
      assert.equal(result.output.toHex(), createHash("sha256").update(input.slice()).digest("hex"));
      assert.equal(runPrecompile(2, Fork.Frontier, input, gas - 1n), null);
    }
  });

  it("RIPEMD-160 costs 600 and 120 a word, and stands in the last 20 bytes", () => {
    const empty = runPrecompile(3, Fork.Frontier, new Uint8Array(0), 600n);
    assert.equal(empty?.output.toHex(), `${"00".repeat(12)}9c1185a5c5e9fc54612808977ee8f548b2258d31`);
    for (const [length, gas] of [
      [1, 720n],
      [64, 840n],
      [5000, 600n + 120n * 157n],
    ] as const) {
      const input = shared.subarray(0, length);
      const result = runPrecompile(3, Fork.Frontier, input, gas);
      assert.equal(result?.gasUsed, gas);
      assert.deepEqual(result.output.subarray(12), ripemd160(input.slice()));
      assert.equal(runPrecompile(3, Fork.Frontier, input, gas - 1n), null);
    }
  });

  it("an address that is no precompile of the host at this fork is refused as the caller's mistake", () => {
    for (const [address, fork] of [
      [0, Fork.Osaka],
      [4, Fork.Osaka],
      [9, Fork.Osaka],
      [5, Fork.Spurious],
      [0x0a, Fork.Shanghai],
      [0x0b, Fork.Cancun],
      [0x100, Fork.Prague],
      [0x101, Fork.Osaka],
    ] as const) {
      assert.throws(() => runPrecompile(address, fork, new Uint8Array(0), 1_000_000n), RangeError);
    }
  });
});
