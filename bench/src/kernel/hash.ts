// Nanoseconds of CPU for a hash, a round of BLAKE2b and an operation on words, each the best of several runs.
//   node --conditions=@heddle/source bench/src/kernel/hash.ts        after npm run build:kernel

import { cpus } from "node:os";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { loadRoom } from "../../../packages/kernel/test/support/room.ts";

const RUNS = 7;

/** Nanoseconds of CPU for each of the `count` repetitions that `work` makes. */
function measure(count: number, work: () => void): number {
  work();
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    work();
    // Only the sum is exact: the kernel splits it into user and system time by sampling.
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, ((user + system) * 1000) / count);
  }
  return best;
}

console.log(`${cpus()[0]?.model}, Node ${process.versions.node}, best of ${RUNS} runs, ns of CPU\n`);

const hash = loadRoom("hash");
hash.exports.initialiseKeccak();
hash.exports.initialiseBlake2();
const [OUT_A, OUT_B, INPUT_A, INPUT_B] = [0x44000, 0x44040, 0x50000, 0x60000];

const hashes = [32, 64, 136, 532].map((length) => {
  const count = 40_000;
  const scalar = measure(count, () => {
    for (let i = 0; i < count; i++) hash.exports.keccak256(OUT_A, INPUT_A, length);
  });
  const pair = measure(count, () => {
    for (let i = 0; i < count; i += 2) {
      hash.exports.keccak256Pair(OUT_A, INPUT_A, length, OUT_B, INPUT_B, length);
    }
  });
  const input = new Uint8Array(length);
  const noble = measure(count / 10, () => {
    for (let i = 0; i < count / 10; i++) keccak_256(input);
  });
  return {
    "keccak-256 of bytes": length,
    scalar: Math.round(scalar),
    "each of a pair": Math.round(pair),
    noble: Math.round(noble),
    "scalar / pair": (scalar / pair).toFixed(2),
    "noble / scalar": (noble / scalar).toFixed(1),
  };
});
console.table(hashes);

const ROUNDS = 1_000_000;
const round = measure(ROUNDS, () => hash.exports.blake2bCompress(ROUNDS, INPUT_A, INPUT_B, 0n, 0n, 1));
console.log(
  `BLAKE2b: ${round.toFixed(1)} a round, 2^32 - 1 rounds take ${((round * 2 ** 32) / 1e9).toFixed(0)} s\n`,
);

const room = loadRoom("word");
const [A, B, M, RESULT] = [4096, 4160, 4224, 4288];

function put(address: number, value: bigint): void {
  const limbs = new BigUint64Array(room.memory.buffer, address, 4);
  for (let i = 0; i < 4; i++) limbs[i] = BigInt.asUintN(64, value >> BigInt(64 * i));
}

const [FULL, OTHER, PRIME] = [
  0xf2ee15ea639b73fa3db9b34a245bdfa015c260c598b211bf05a1ecc4287b4f23n,
  0x9216d5d98979fb1bd1310ba698dfb5ac2ffd72dbd01adfb7b8e1afed6a267e96n,
  2n ** 255n - 19n,
];
const [WAD, U128, U64] = [10n ** 18n, FULL >> 128n, FULL >> 192n];

/** Name, number in repeatWord, operands, repetitions. */
const operations: [string, number, bigint, bigint, bigint, number?][] = [
  ["add", 1, FULL, OTHER, 0n],
  ["subtract", 2, FULL, OTHER, 0n],
  ["multiply 256 x 256", 3, FULL, OTHER, 0n],
  ["multiply 64 x 64", 3, U64, WAD, 0n],
  ["divide 64 / 64", 4, U64, WAD, 0n],
  ["divide 128 / 64", 4, U128, WAD, 0n],
  ["divide 256 / 64", 4, FULL, WAD, 0n],
  ["divide 256 / 10", 4, FULL, 10n, 0n],
  ["divide 256 / 128", 4, FULL, U128, 0n],
  ["divide 256 / 2^128", 4, FULL, 2n ** 128n, 0n],
  ["divide 256 / 256", 4, FULL, OTHER, 0n],
  ["modulo 256 / 128", 5, FULL, U128, 0n],
  ["add modulo 256", 6, FULL >> 2n, OTHER >> 2n, PRIME],
  ["multiply modulo 256", 7, FULL >> 2n, OTHER >> 2n, PRIME],
  ["multiply modulo 2^256 - 1", 7, FULL, OTHER, 2n ** 256n - 1n],
  ["power 10^18", 8, 10n, 18n, 0n, 200_000],
  ["power 256 ^ 256", 8, FULL, OTHER, 0n, 10_000],
  ["less", 9, FULL, OTHER, 0n],
  ["equals", 10, FULL, FULL, 0n],
  ["shift left", 11, FULL, 96n, 0n],
  ["shift right", 12, FULL, 224n, 0n],
  ["sign extend", 13, FULL, 3n, 0n],
  ["byte", 14, FULL, 3n, 0n],
  ["from 32 bytes", 15, FULL, 0n, 0n],
  ["to 32 bytes", 16, FULL, 0n, 0n],
];

function repeat(operation: number, count: number): number {
  return measure(count, () => {
    // Many short calls, so that V8 may put the optimised code in place.
    for (let i = 0; i < 20; i++) room.exports.repeatWord(operation, count / 20, RESULT, A, B, M);
  });
}

const loop = repeat(0, 2_000_000);
console.table(
  operations.map(([name, operation, a, b, m, count = 2_000_000]) => {
    put(A, a);
    put(B, b);
    put(M, m);
    return { "word operation": name, ns: Math.max(0, repeat(operation, count) - loop).toFixed(1) };
  }),
);
