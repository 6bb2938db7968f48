// The host's half of the precompiles. Identity (0x04) and BLAKE2 (0x09) are in the kernel.

import { Fork } from "../forks.ts";
import {
  bls12381G1Add,
  bls12381G1Msm,
  bls12381G2Add,
  bls12381G2Msm,
  bls12381MapFp2ToG2,
  bls12381MapFpToG1,
  bls12381Pairing,
} from "./bls12-381.ts";
import { bn254Add, bn254Multiply, bn254Pairing } from "./bn254.ts";
import { prepareHashes, ripemd160, sha256 } from "./hashes.ts";
import { kzgPointEvaluation } from "./kzg.ts";
import { modexp } from "./modexp.ts";
import { p256Verify } from "./p256.ts";
import type { Precompile } from "./precompile.ts";
import { ecrecover, prepareRecovery } from "./secp256k1.ts";

export { keccak256 } from "./hashes.ts";
export { recoverAddress } from "./secp256k1.ts";

/** By address: the fork that brought it, and the precompile. */
const PRECOMPILES: ReadonlyMap<number, { since: number; precompile: Precompile }> = new Map([
  [0x01, { since: Fork.Frontier, precompile: ecrecover }],
  [0x02, { since: Fork.Frontier, precompile: sha256 }],
  [0x03, { since: Fork.Frontier, precompile: ripemd160 }],
  [0x05, { since: Fork.Byzantium, precompile: modexp }],
  [0x06, { since: Fork.Byzantium, precompile: bn254Add }],
  [0x07, { since: Fork.Byzantium, precompile: bn254Multiply }],
  [0x08, { since: Fork.Byzantium, precompile: bn254Pairing }],
  [0x0a, { since: Fork.Cancun, precompile: kzgPointEvaluation }],
  [0x0b, { since: Fork.Prague, precompile: bls12381G1Add }],
  [0x0c, { since: Fork.Prague, precompile: bls12381G1Msm }],
  [0x0d, { since: Fork.Prague, precompile: bls12381G2Add }],
  [0x0e, { since: Fork.Prague, precompile: bls12381G2Msm }],
  [0x0f, { since: Fork.Prague, precompile: bls12381Pairing }],
  [0x10, { since: Fork.Prague, precompile: bls12381MapFpToG1 }],
  [0x11, { since: Fork.Prague, precompile: bls12381MapFp2ToG2 }],
  [0x100, { since: Fork.Osaka, precompile: p256Verify }],
]);

/** In the kernel. */
const IDENTITY = 0x04;
const BLAKE2F = 0x09;
/** EIP-152. */
const BLAKE2F_INPUT = 213;

/** Loads what can only be loaded asynchronously. A worker awaits it once, before its first block. */
export async function preparePrecompiles(): Promise<void> {
  await Promise.all([prepareHashes(), prepareRecovery()]);
}

/** Gas that a precompile takes for an input, whether or not it accepts it: for traces, which tell these failures apart. */
export function precompileGas(address: number, fork: number, input: Uint8Array): bigint {
  if (address === IDENTITY) return 15n + 3n * BigInt((input.length + 31) >>> 5);
  if (address === BLAKE2F) {
    return input.length === BLAKE2F_INPUT
      ? BigInt(new DataView(input.buffer, input.byteOffset).getUint32(0))
      : 0n;
  }
  return PRECOMPILES.get(address)?.precompile.gas(input, fork) ?? 0n;
}

/**
 * Runs a precompile. Null where the call fails: not enough gas (found before any work is done) or a refused
 * input; all its gas is gone then.
 *
 * @param address the precompile's number; one that is not here at this fork is the caller's mistake (RangeError)
 * @param input may be a view of shared memory: it is copied before a library sees it
 */
export function runPrecompile(
  address: number,
  fork: number,
  input: Uint8Array,
  gasLimit: bigint,
): { gasUsed: bigint; output: Uint8Array } | null {
  const entry = PRECOMPILES.get(address);
  if (entry === undefined || fork < entry.since) {
    throw new RangeError(`No precompile of the host at address ${address} in fork ${fork}`);
  }
  const gasUsed = entry.precompile.gas(input, fork);
  if (gasUsed > gasLimit) return null;
  const output = entry.precompile.run(input.slice(), fork);
  return output === null ? null : { gasUsed, output };
}
