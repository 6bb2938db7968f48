// Precompiled contracts: identity, BLAKE2b, and SHA-256 and MODEXP of short inputs here, where the way to the host
// would cost more than the work; the others by the host's libraries.

import { env } from "../block/env";
import { movedPrecompile } from "../block/simulation";
import { blake2bCompress } from "../hash/blake2";
import { SHA256_SCRATCH, sha256 } from "../hash/sha256";
import { precompile, precompileOutput, precompileOutputLength } from "../host";
import { allocateWorkerChunks, freeChunks } from "../memory/arena";
import { CHUNK_SIZE } from "../memory/layout";
import { Fork } from "../status";
import { passing } from "./context";
import { MODEXP_LONG, MODEXP_SCRATCH, modexpOfWords, modexpResultLength } from "./modexp";

const SHA256: u32 = 2;
const IDENTITY: u32 = 4;
const MODEXP: u32 = 5;
const BLAKE2F: u32 = 9;

/** Number of the precompile at the address, a word, under the rules of `fork`; 0 = none is there. Simulations may move them. */
export function precompileAt(address: usize, fork: u32): u32 {
  if (env().simulation != 0) {
    const moved = movedPrecompile(address);
    if (moved) return <u32>moved.number;
  }
  return precompileByRules(address, fork);
}

/** The same as the rules alone have it. */
export function precompileByRules(address: usize, fork: u32): u32 {
  if ((load<u64>(address, 8) | load<u64>(address, 16)) != 0) return 0;
  const number = load<u64>(address);
  if (number == 0 || number > 0x100) return 0;
  if (number <= 4) return <u32>number;
  if (number <= 8) return fork >= Fork.Byzantium ? <u32>number : 0;
  if (number == 9) return fork >= Fork.Istanbul ? 9 : 0;
  if (number == 0x0a) return fork >= Fork.Cancun ? 0x0a : 0;
  // EIP-2537, BLS12-381.
  if (number <= 0x11) return fork >= Fork.Prague ? <u32>number : 0;
  // EIP-7951, P256VERIFY.
  if (number == 0x100) return fork >= Fork.Osaka ? 0x100 : 0;
  return 0;
}

/** Up to here the host's SHA-256, by the processor's instructions for it, does not make up for the way to it. */
const SHORT_SHA256: u32 = 512;

// Where results of calls wait for RETURNDATACOPY: one buffer a worker, since a frame's return data ends
// where its next call begins.
let buffer: usize = 0;
let bufferSize: u32 = 0;

/** A place of `length` bytes that stays until the next use of this function. */
export function resultBuffer(length: u32): usize {
  if (length > bufferSize) {
    if (buffer != 0) freeChunks(buffer);
    const chunks = <u32>((<u64>length + CHUNK_SIZE - 1) / CHUNK_SIZE);
    buffer = allocateWorkerChunks(chunks);
    bufferSize = chunks * CHUNK_SIZE;
  }
  return buffer;
}

/** What the last precompile gave, in `resultBuffer`. */
export let precompileResult: usize = 0;
export let precompileResultLength: u32 = 0;

/** Gas of what the host's libraries have done for the running transaction, and of work that is as slow for its gas. */
export let libraryGas: u64 = 0;

export function libraryGasForget(): void {
  libraryGas = 0;
}

/** Runs precompile `number`; the gas it used, or -1 where it fails (which costs the call all its gas). */
export function runPrecompile(number: u32, fork: u32, input: usize, length: u32, gas: u64): i64 {
  precompileResultLength = 0;
  if (number == IDENTITY) {
    const cost = 15 + ((<u64>length + 31) >> 5) * 3;
    if (gas < cost) return -1;
    precompileResult = resultBuffer(length);
    precompileResultLength = length;
    memory.copy(precompileResult, input, length);
    return <i64>cost;
  }
  if (number == BLAKE2F) return runBlake2(input, length, gas);
  if (number == SHA256 && length <= SHORT_SHA256) return runSha256(input, length, gas);
  if (number == MODEXP) {
    precompileResult = resultBuffer(MODEXP_SCRATCH);
    const used = modexpOfWords(precompileResult, input, length, fork, gas);
    if (used >= 0) precompileResultLength = modexpResultLength;
    if (used != MODEXP_LONG) return used;
  }
  const used = precompile(number, fork, input, length, gas);
  if (used < 0 || <u64>used > gas) return -1;
  libraryGas += used;
  const outputLength = precompileOutputLength();
  precompileResult = resultBuffer(outputLength);
  precompileResultLength = outputLength;
  if (outputLength != 0) precompileOutput(precompileResult);
  return used;
}

function runSha256(input: usize, length: u32, gas: u64): i64 {
  const cost = 60 + ((<u64>length + 31) >> 5) * 12;
  if (gas < cost) return -1;
  precompileResult = resultBuffer(32 + SHA256_SCRATCH);
  precompileResultLength = 32;
  sha256(precompileResult, input, length, precompileResult + 32);
  return <i64>cost;
}

/** EIP-152: rounds (4 bytes big-endian), state 64, message 128, offsets 16 (all little-endian), final flag. */
function runBlake2(input: usize, length: u32, gas: u64): i64 {
  if (length != 213) return -1;
  const rounds = bswap<u32>(load<u32>(input));
  const last: u32 = load<u8>(input + 212);
  if (last > 1 || gas < <u64>rounds) return -1;
  precompileResult = resultBuffer(64);
  precompileResultLength = 64;
  memory.copy(passing, input + 4, 64);
  blake2bCompress(rounds, passing, input + 68, load<u64>(input + 196), load<u64>(input + 204), last != 0);
  memory.copy(precompileResult, passing, 64);
  return <i64>rounds;
}
