import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, recoverAddress, runPrecompile } from "../src/precompiles/index.ts";
import { loadSigner, prepareRecovery } from "../src/precompiles/secp256k1.ts";

const ORDER = secp256k1.Point.Fn.ORDER;
const bytes32 = (value: bigint): Uint8Array => Uint8Array.fromHex(value.toString(16).padStart(64, "0"));

function concatenate(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function signed(): { hash: Uint8Array; r: Uint8Array; s: Uint8Array; yParity: number; address: Uint8Array } {
  const key = secp256k1.utils.randomSecretKey();
  const hash = new Uint8Array(randomBytes(32));
  const recovered = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
  const address = keccak_256(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12);
  return {
    hash,
    yParity: recovered[0]!,
    r: recovered.subarray(1, 33),
    s: recovered.subarray(33),
    address,
  };
}

for (const library of ["native", "wasm"] as const) {
  describe(`a signer is recovered by the ${library} library`, () => {
    before(async (t) => {
      await preparePrecompiles();
      if ((await prepareRecovery(library)) !== library && "skip" in t) t.skip("no native build here");
    });

    it("finds who signed", () => {
      for (let i = 0; i < 20; i++) {
        const { hash, r, s, yParity, address } = signed();
        assert.deepEqual(recoverAddress(hash, r, s, yParity), address);
      }
    });

    it("signs as RFC 6979 has it, with s in the lower half", async () => {
      const sign = await loadSigner();
      for (let i = 0; i < 20; i++) {
        const key = secp256k1.utils.randomSecretKey();
        const hash = new Uint8Array(randomBytes(32));
        const expected = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
        assert.deepEqual(sign(hash, key), concatenate(expected.subarray(1), expected.subarray(0, 1)));
      }
      assert.throws(() => sign(bytes32(1n), bytes32(0n)));
      assert.throws(() => sign(bytes32(1n), bytes32(ORDER)));
    });

    it("takes the other half of s with the other parity for the same signer", () => {
      const { hash, r, s, yParity, address } = signed();
      const high = bytes32(ORDER - BigInt(`0x${s.toHex()}`));
      assert.deepEqual(recoverAddress(hash, r, high, 1 - yParity), address);
    });

    it("finds nobody for r or s that is zero or not below the order", () => {
      const { hash, r, s, yParity } = signed();
      for (const bad of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
        assert.equal(recoverAddress(hash, bytes32(bad), s, yParity), null);
        assert.equal(recoverAddress(hash, r, bytes32(bad), yParity), null);
      }
    });

    it("finds nobody for an r that is no x-coordinate", () => {
      const { hash, s } = signed();
      let x = 5n;
      while (isOnCurve(x)) x++;
      assert.equal(recoverAddress(hash, bytes32(x), s, 0), null);
    });

    it("finds nobody where the key would be the point at infinity", () => {
      // R = G·k and s·R = hash·G: s = 1, hash = k.
      const k = 7n;
      const R = secp256k1.Point.BASE.multiply(k).toAffine();
      const r = bytes32(R.x);
      assert.equal(recoverAddress(bytes32(k), r, bytes32(1n), Number(R.y & 1n)), null);
    });

    it("takes a hash above the order modulo the order", () => {
      const { r, s, yParity } = signed();
      const small = recoverAddress(bytes32(3n), r, s, yParity);
      assert.deepEqual(recoverAddress(bytes32(ORDER + 3n), r, s, yParity), small);
      assert.notEqual(small, null);
    });
  });
}

function isOnCurve(x: bigint): boolean {
  try {
    secp256k1.Point.fromHex(`02${bytes32(x).toHex()}`);
    return true;
  } catch {
    return false;
  }
}

describe("ECRECOVER", () => {
  before(preparePrecompiles);
  const run = (input: Uint8Array, gas = 3000n) => runPrecompile(1, Fork.Frontier, input, gas);

  it("answers the signer in the last 20 bytes of a word, for 3000 gas", () => {
    const { hash, r, s, yParity, address } = signed();
    const input = concatenate(hash, bytes32(27n + BigInt(yParity)), r, s);
    const output = concatenate(new Uint8Array(12), address);
    assert.deepEqual(run(input), { gasUsed: 3000n, output });
    assert.deepEqual(run(concatenate(input, new Uint8Array(9).fill(255))), { gasUsed: 3000n, output });
    assert.equal(run(input, 2999n), null);
  });

  it("reads what is missing of the input as zeros", () => {
    const { hash, r, yParity } = signed();
    const s = bytes32(1n << 248n);
    const whole = concatenate(hash, bytes32(27n + BigInt(yParity)), r, s);
    assert.deepEqual(run(whole.subarray(0, 97)), run(whole));
    assert.equal(run(whole)!.output.length, 32);
  });

  it("answers nothing, without failing, for any v but 27 and 28", () => {
    const { hash, r, s } = signed();
    for (const v of [0n, 1n, 26n, 29n, 27n + (1n << 8n), 28n + (1n << 255n)]) {
      const result = run(concatenate(hash, bytes32(v), r, s));
      assert.deepEqual(result, { gasUsed: 3000n, output: new Uint8Array(0) });
    }
    assert.deepEqual(run(new Uint8Array(0)), { gasUsed: 3000n, output: new Uint8Array(0) });
  });

  it("reads views of shared memory", () => {
    const { hash, r, s, yParity, address } = signed();
    const shared = new Uint8Array(new SharedArrayBuffer(256));
    shared.set(concatenate(hash, bytes32(27n + BigInt(yParity)), r, s), 64);
    assert.deepEqual(run(shared.subarray(64, 192))!.output.subarray(12), address);
    const at = (start: number) => shared.subarray(start, start + 32);
    assert.deepEqual(recoverAddress(at(64), at(128), at(160), yParity), address);
  });
});
