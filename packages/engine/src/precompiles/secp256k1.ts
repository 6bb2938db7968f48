// Recovery of one signer: of a transaction where the kernel does not recover many together (docs/recovery.md), of an
// authorization, and for the precompile ECRECOVER (0x01). And signing, for nodes that have keys.

import { createRequire } from "node:module";
import { bytesOf } from "./big-endian.ts";
import { keccak256 } from "./hashes.ts";
import { isAllZero, isBelow, NO_OUTPUT, type Precompile, paddedSlice } from "./precompile.ts";

/** r || s, the recovery bit and the hash to the key as 0x04 || x || y, good until the next call; throws where no key fits. */
type Recover = (signature: Uint8Array, yParity: number, hash: Uint8Array) => Uint8Array;

/**
 * Signs a hash of 32 bytes with a private key: r || s || yParity, 65 bytes. The nonce is that of RFC 6979, so that a hash has one
 * signature, and s is in the lower half. Throws where the key is zero or not below the group's order.
 */
export type Sign = (hash: Uint8Array, privateKey: Uint8Array) => Uint8Array;

let recover: Recover | undefined;
let sign: Sign | undefined;

/**
 * libsecp256k1 as native code where its package has it for this platform, otherwise the same library as
 * WebAssembly. The package's own fallback (elliptic) is not taken: it is some twenty times slower.
 */
export async function prepareRecovery(only?: "native" | "wasm"): Promise<"native" | "wasm"> {
  if (only !== "wasm" && prepareNative()) return "native";
  const engine = await (await import("ox/wasm/Secp256k1")).engine();
  const recoverable = new Uint8Array(65);
  recover = (signature, yParity, hash) => {
    recoverable[0] = yParity;
    recoverable.set(signature, 1);
    return engine.recoverPublicKey(recoverable, hash);
  };
  sign = (hash, privateKey) => {
    const signed = engine.sign(hash, privateKey, { extraEntropy: false, prehash: false });
    return joined(signed.subarray(1), signed[0]!);
  };
  return "wasm";
}

function prepareNative(): boolean {
  const require = createRequire(import.meta.url);
  try {
    const native = require("secp256k1/bindings.js") as {
      ecdsaRecover(
        signature: Uint8Array,
        bit: number,
        hash: Uint8Array,
        compressed: boolean,
        output: Uint8Array,
      ): Uint8Array;
      ecdsaSign(hash: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
    };
    const key = new Uint8Array(65);
    recover = (signature, yParity, hash) => native.ecdsaRecover(signature, yParity, hash, false, key);
    sign = (hash, privateKey) => {
      const { signature, recid } = native.ecdsaSign(hash, privateKey);
      return joined(signature, recid);
    };
    return true;
  } catch {
    return false;
  }
}

function joined(signature: Uint8Array, yParity: number): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes.set(signature);
  bytes[64] = yParity;
  return bytes;
}

/**
 * Loads the library that signs.
 *
 * @example
 * ```ts
 * const sign = await loadSigner();
 * const signature = sign(keccak256(message), privateKey);
 * ```
 */
export async function loadSigner(): Promise<Sign> {
  if (sign === undefined) await prepareRecovery();
  return sign!;
}

// n, the order of the group: r and s are in [1, n).
const ORDER = bytesOf("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

const signature = new Uint8Array(64);
const message = new Uint8Array(32);

/**
 * The 20-byte address that signed `hash` with (r, s, yParity), or null where no key fits: r or s zero or not
 * below the group's order, r no x-coordinate of the curve, or the key the point at infinity. A high s is
 * allowed; transactions from Homestead on refuse it before (EIP-2). The arguments may be views of shared
 * memory. `preparePrecompiles` must have been awaited.
 */
export function recoverAddress(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  yParity: number,
): Uint8Array | null {
  if (yParity !== 0 && yParity !== 1) return null;
  if (!isBelow(r, 0, ORDER) || !isBelow(s, 0, ORDER) || isAllZero(r) || isAllZero(s)) return null;
  signature.set(r);
  signature.set(s, 32);
  message.set(hash);
  let key: Uint8Array;
  try {
    key = recover!(signature, yParity, message);
  } catch {
    return null;
  }
  return keccak256(key.subarray(1)).subarray(12);
}

/** ECRECOVER: a signature without a signer is no failure, its output is empty (Yellow Paper, appendix E). */
export const ecrecover: Precompile = {
  gas: () => 3000n,
  run(input) {
    const padded = paddedSlice(input, 0, 128);
    const v = padded[63]!;
    if (!isAllZero(padded, 32, 63) || (v !== 27 && v !== 28)) return NO_OUTPUT;
    const address = recoverAddress(
      padded.subarray(0, 32),
      padded.subarray(64, 96),
      padded.subarray(96),
      v - 27,
    );
    if (address === null) return NO_OUTPUT;
    const word = new Uint8Array(32);
    word.set(address, 12);
    return word;
  },
};
