// SHA-256 (0x02) and RIPEMD-160 (0x03), and keccak-256 for addresses. Node's own SHA-256 uses the processor's
// instructions; its RIPEMD-160 may be missing (OpenSSL's legacy provider), so that one comes from WebAssembly.

import { hash } from "node:crypto";
import { engine as createEngine } from "ox/wasm/Hash";
import type { Precompile } from "./precompile.ts";

let engine: Awaited<ReturnType<typeof createEngine>> | undefined;

export async function prepareHashes(): Promise<void> {
  engine ??= await createEngine();
}

/** keccak-256 of `input`; `preparePrecompiles` must have been awaited. */
export function keccak256(input: Uint8Array): Uint8Array {
  return engine!.keccak256(input);
}

function gasPerWord(base: bigint, perWord: bigint): Precompile["gas"] {
  return (input) => base + perWord * BigInt(Math.ceil(input.length / 32));
}

export const sha256: Precompile = {
  gas: gasPerWord(60n, 12n),
  run: (input) => hash("sha256", input, "buffer"),
};

export const ripemd160: Precompile = {
  gas: gasPerWord(600n, 120n),
  run(input) {
    const word = new Uint8Array(32);
    word.set(engine!.ripemd160(input), 12);
    return word;
  },
};
