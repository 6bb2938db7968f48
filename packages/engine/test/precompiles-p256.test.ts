import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const N = p256.Point.Fn.ORDER;
const P = p256.Point.Fp.ORDER;
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const YES = word(1n);

function run(...parts: string[]): string | null {
  const result = runPrecompile(0x100, Fork.Osaka, Uint8Array.fromHex(parts.join("")), 6_900n);
  return result === null ? null : result.output.toHex();
}

function signed(hash = randomBytes(32).toString("hex")): { hash: string; r: string; s: string; key: string } {
  const secret = p256.utils.randomSecretKey();
  const signature = p256.sign(Uint8Array.fromHex(hash), secret, { prehash: false, lowS: false }).toHex();
  return {
    hash,
    r: signature.slice(0, 64),
    s: signature.slice(64),
    key: p256.getPublicKey(secret, false).toHex().slice(2),
  };
}

describe("P256VERIFY", () => {
  before(preparePrecompiles);

  it("accepts a signature, low s or high, for 6900 gas", () => {
    for (let i = 0; i < 10; i++) {
      const { hash, r, s, key } = signed();
      assert.equal(run(hash, r, s, key), YES);
      assert.equal(run(hash, r, word(N - BigInt(`0x${s}`)), key), YES);
    }
    const { hash, r, s, key } = signed();
    const input = Uint8Array.fromHex(hash + r + s + key);
    assert.equal(runPrecompile(0x100, Fork.Osaka, input, 6_899n), null);
    assert.equal(runPrecompile(0x100, Fork.Osaka, input, 6_900n)?.gasUsed, 6_900n);
  });

  it("answers nothing, without failing, where the signature is another's", () => {
    const [a, b] = [signed(), signed()];
    assert.equal(run(b.hash, a.r, a.s, a.key), "");
    assert.equal(run(a.hash, b.r, a.s, a.key), "");
    assert.equal(run(a.hash, a.r, b.s, a.key), "");
    assert.equal(run(a.hash, a.r, a.s, b.key), "");
  });

  it("answers nothing for r, s, x, y out of range, points off the curve and other lengths", () => {
    const { hash, r, s, key } = signed();
    for (const bad of [0n, N, N + 1n, 2n ** 256n - 1n]) {
      assert.equal(run(hash, word(bad), s, key), "");
      assert.equal(run(hash, r, word(bad), key), "");
    }
    const [x, y] = [key.slice(0, 64), key.slice(64)];
    assert.equal(run(hash, r, s, word(P), y), "");
    assert.equal(run(hash, r, s, x, word(P)), "");
    assert.equal(run(hash, r, s, y, x), "");
    assert.equal(run(hash, r, s, word(0n), word(0n)), "");
    assert.equal(run(""), "");
    assert.equal(run(hash, r, s, key, "00"), "");
    assert.equal(run(hash, r, s, key.slice(2)), "");
  });

  it("takes a hash of zero and one above the order", () => {
    for (const hash of [word(0n), word(N), word(2n ** 256n - 1n)]) {
      const { r, s, key } = signed(hash);
      assert.equal(run(hash, r, s, key), YES);
    }
  });

  it("adds equal and opposite points where the two halves of the sum meet", () => {
    // The key is G itself, so that [u1]G + [u2]Q = [u1 + u2]G, with u1 = u2 and with u1 = -u2.
    const { x, y } = p256.Point.BASE.toAffine();
    const double = p256.Point.BASE.double().toAffine().x % N;
    // u1 = hash/s = 1, u2 = r/s = 1: r = x(2G), s = r, hash = r.
    assert.equal(run(word(double), word(double), word(double), word(x), word(y)), YES);
    assert.equal(run(word(N - double), word(double), word(double), word(x), word(y)), "");
  });
});
