// Recovery of one signer: of a transaction where the kernel does not recover many together (docs/recovery.md), of an
// authorization, and for the precompile ECRECOVER (0x01).

import { createRequire } from "node:module";
import { bytesOf } from "./big-endian.ts";
import { keccak256 } from "./hashes.ts";
import { isAllZero, isBelow, NO_OUTPUT, type Precompile, paddedSlice } from "./precompile.ts";

/** r || s, the recovery bit and the hash to the key as 0x04 || x || y, good until the next call; throws where no key fits. */
type Recover = (signature: Uint8Array, yParity: number, hash: Uint8Array) => Uint8Array;

let recover: Recover | undefined;

/**
 * libsecp256k1 as native code where its package has it for this platform, otherwise the same library as
 * WebAssembly. The package's own fallback (elliptic) is not taken: it is some twenty times slower.
 */
export async function prepareRecovery(only?: "native" | "wasm"): Promise<"native" | "wasm"> {
  if (only !== "wasm") {
    recover = nativeRecover();
    if (recover !== undefined) return "native";
  }
  const engine = await (await import("ox/wasm/Secp256k1")).engine();
  const recoverable = new Uint8Array(65);
  recover = (signature, yParity, hash) => {
    recoverable[0] = yParity;
    recoverable.set(signature, 1);
    return engine.recoverPublicKey(recoverable, hash);
  };
  return "wasm";
}

function nativeRecover(): Recover | undefined {
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
    };
    const key = new Uint8Array(65);
    return (signature, yParity, hash) => native.ecdsaRecover(signature, yParity, hash, false, key);
  } catch {
    return undefined;
  }
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
