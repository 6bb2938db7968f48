// What the precompiles cost on this machine, and what the libraries that were not taken would cost:
//   node --conditions=@heddle/source bench/src/precompiles.ts [--gas]
// Prints two Markdown tables (docs/precompiles.md). Each figure is the best of many short rounds, so that a
// neighbour on the machine does not count.

import { createPublicKey, hash as nodeHash, randomBytes, verify } from "node:crypto";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { createKeccak } from "hash-wasm";
import { loadKZG } from "kzg-wasm";
import { Hash, Secp256k1 } from "ox/wasm";
import { initRustBN } from "rustbn-wasm";
import { Fork } from "../../packages/engine/src/forks.ts";
import {
  keccak256,
  preparePrecompiles,
  recoverAddress,
  runPrecompile,
} from "../../packages/engine/src/precompiles/index.ts";
import { prepareRecovery } from "../../packages/engine/src/precompiles/secp256k1.ts";
import {
  blsPoint1,
  blsPoint2,
  bnPair,
  bnPoint1,
  bytes,
  field,
  kzgInput,
  modexpInput,
  p256Input,
  random,
  signature,
  word,
} from "./precompile-inputs.ts";

const MILLISECONDS = 300;
const AMPLE = 1n << 62n;

/** Microseconds of one call, the best of as many rounds of about 5 ms as fit. */
function measure(body: () => unknown): number {
  body();
  const once = performance.now();
  body();
  const calls = Math.max(1, Math.floor(5 / Math.max(0.0005, performance.now() - once)));
  let best = Number.POSITIVE_INFINITY;
  let rounds = 0;
  const end = performance.now() + MILLISECONDS;
  do {
    const start = performance.now();
    for (let i = 0; i < calls; i++) body();
    best = Math.min(best, (performance.now() - start) / calls);
    rounds++;
  } while (rounds < 5 || performance.now() < end);
  return best * 1000;
}

function row(...cells: string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

/** One line a candidate, with its ratio to the first, which is the one taken. */
function compare(subject: string, candidates: readonly (readonly [string, () => unknown])[]): void {
  let first = 0;
  for (const [library, body] of candidates) {
    const microseconds = measure(body);
    first ||= microseconds;
    row(subject, library, microseconds.toFixed(1), (microseconds / first).toFixed(2));
  }
}

async function libraries(): Promise<void> {
  const require = createRequire(import.meta.url);
  const s = signature();
  const tiny = require("tiny-secp256k1") as {
    recover(hash: Uint8Array, signature: Uint8Array, bit: number, compressed: boolean): Uint8Array;
  };
  const compact = s.recovered.subarray(1);
  const wasm = await Secp256k1.engine();
  const address = (key: Uint8Array): Uint8Array => keccak256(key.subarray(1));
  const taken = await prepareRecovery();
  row("subject", "library", "µs", "ratio");
  row("---", "---", "--:", "--:");
  compare("recover an address", [
    [`secp256k1 (${taken})`, () => recoverAddress(s.hash, s.r, s.s, s.yParity)],
    ["ox/wasm", () => address(wasm.recoverPublicKey(s.recovered, s.hash))],
    ["tiny-secp256k1 (wasm)", () => address(tiny.recover(s.hash, compact, s.yParity, false))],
    [
      "@noble/curves",
      () => {
        const key = secp256k1.recoverPublicKey(s.recovered, s.hash, { prehash: false });
        return address(secp256k1.Point.fromBytes(key).toBytes(false));
      },
    ],
  ]);

  const block = new Uint8Array(randomBytes(64));
  const keccak = await createKeccak(256);
  const ox = await Hash.engine();
  compare("keccak-256 of 64 bytes", [
    ["ox/wasm", () => keccak256(block)],
    ["hash-wasm", () => keccak.init().update(block).digest("binary")],
    ["@noble/hashes", () => keccak_256(block)],
  ]);
  for (const length of [64, 4096]) {
    const input = new Uint8Array(randomBytes(length));
    compare(`SHA-256 of ${length} bytes`, [
      ["node:crypto", () => nodeHash("sha256", input, "buffer")],
      ["ox/wasm", () => ox.sha256(input)],
      ["@noble/hashes", () => sha256(input)],
    ]);
    compare(`RIPEMD-160 of ${length} bytes`, [
      ["ox/wasm", () => ox.ripemd160(input)],
      ["node:crypto", () => nodeHash("ripemd160", input, "buffer")],
      ["@noble/hashes", () => ripemd160(input)],
    ]);
  }

  const rust = await initRustBN();
  const point = bn254.G1.Point.BASE.multiply(random());
  const scalar = random();
  const multiplication = bnPoint1(random()) + word(scalar);
  const pairs = bnPair(3n) + bnPair(5n);
  const call = (address: number, input: Uint8Array) => (): unknown =>
    runPrecompile(address, Fork.Osaka, input, AMPLE);
  compare("BN254 multiplication", [
    ["mcl-wasm", call(7, bytes(multiplication))],
    ["rustbn-wasm", () => rust.ec_mul(multiplication)],
    ["@noble/curves", () => point.multiplyUnsafe(scalar).toAffine()],
  ]);
  const [bnG1, bnG2] = [bn254.G1.Point.BASE, bn254.G2.Point.BASE];
  compare("BN254 pairing check of 2", [
    ["mcl-wasm", call(8, bytes(pairs))],
    ["rustbn-wasm", () => rust.ec_pairing(pairs)],
    [
      "@noble/curves",
      () =>
        bn254.pairingBatch([
          { g1: bnG1, g2: bnG2 },
          { g1: bnG1, g2: bnG2 },
        ]),
    ],
  ]);

  const [g1, g2] = [bls12_381.G1.Point.BASE, bls12_381.G2.Point.BASE];
  const g1Other = g1.multiply(random());
  compare("BLS12-381 multiplication in G1", [
    ["mcl-wasm", call(0x0c, bytes(blsPoint1(random()) + word(scalar)))],
    ["@noble/curves", () => g1Other.multiplyUnsafe(scalar).toAffine()],
  ]);
  compare("BLS12-381 pairing check of 2", [
    ["mcl-wasm", call(0x0f, bytes((blsPoint1(3n) + blsPoint2(5n)).repeat(2)))],
    [
      "@noble/curves",
      () =>
        bls12_381.pairingBatch([
          { g1, g2 },
          { g1, g2 },
        ]),
    ],
  ]);

  const kzg = kzgInput();
  const ckzg = await loadKZG();
  const { DasContextJs } = require("@crate-crypto/node-eth-kzg") as {
    DasContextJs: {
      create(options: { usePrecomp: boolean }): {
        verifyKzgProof(c: Uint8Array, z: Uint8Array, y: Uint8Array, p: Uint8Array): boolean;
      };
    };
  };
  const begun = performance.now();
  const rustKzg = DasContextJs.create({ usePrecomp: false });
  const rustStart = (performance.now() - begun).toFixed(0);
  const parts = [kzg.commitment, kzg.z, kzg.y, kzg.proof].map(bytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const hex = [kzg.commitment, kzg.z, kzg.y, kzg.proof].map((part) => `0x${part}`) as [
    string,
    string,
    string,
    string,
  ];
  compare("KZG point evaluation", [
    ["mcl-wasm", call(0x0a, kzg.input)],
    ["kzg-wasm (c-kzg)", () => ckzg.verifyKZGProof(...hex)],
    [`@crate-crypto/node-eth-kzg (native; ${rustStart} ms to start)`, () => rustKzg.verifyKzgProof(...parts)],
  ]);

  const p = p256Input();
  const spki = Buffer.concat([bytes("3059301306072a8648ce3d020106082a8648ce3d030107034200"), p.publicKey]);
  compare("P-256 verification", [
    ["mcl-wasm", call(0x100, p.input)],
    ["@noble/curves", () => p256.verify(p.signed, p.digest, p.publicKey, { prehash: false, lowS: false })],
    [
      "node:crypto (hashes the message itself: not usable)",
      () =>
        verify(
          "sha256",
          p.message,
          { key: createPublicKey({ key: spki, format: "der", type: "spki" }), dsaEncoding: "ieee-p1363" },
          p.signed,
        ),
    ],
  ]);
}

/** Calls of runPrecompile, copying and gas included, and how much gas a second of one core pays for. */
function gasRates(): void {
  const s = signature();
  const recovered = new Uint8Array(Buffer.concat([s.hash, bytes(word(27n + BigInt(s.yParity))), s.r, s.s]));
  const full = "ff".repeat(32);
  const cases: [string, number, Uint8Array][] = [
    ["ECRECOVER", 0x01, recovered],
    ["SHA-256, 4096 bytes", 0x02, new Uint8Array(4096)],
    ["RIPEMD-160, 4096 bytes", 0x03, new Uint8Array(4096)],
    ["MODEXP, 32 bytes, exponent 3", 0x05, modexpInput(32, "03", 32)],
    ["MODEXP, 32 bytes, exponent 32 bytes", 0x05, modexpInput(32, full, 32)],
    ["MODEXP, 32 bytes, exponent 1024 bytes", 0x05, modexpInput(32, full.repeat(32), 32)],
    ["MODEXP, 40 bytes, exponent 32 bytes", 0x05, modexpInput(40, full, 40)],
    ["MODEXP, 256 bytes, exponent 32 bytes", 0x05, modexpInput(256, full, 256)],
    ["MODEXP, 1024 bytes, exponent 32 bytes", 0x05, modexpInput(1024, full, 1024)],
    ["MODEXP, 1024 bytes, exponent 3", 0x05, modexpInput(1024, "03", 1024)],
    ["BN254 addition", 0x06, bytes(bnPoint1(3n) + bnPoint1(5n))],
    ["BN254 multiplication", 0x07, bytes(bnPoint1(3n) + full)],
    ["BN254 pairing check, 1 pair", 0x08, bytes(bnPair(3n))],
    ["BN254 pairing check, 10 pairs", 0x08, bytes(bnPair(3n).repeat(10))],
    ["KZG point evaluation", 0x0a, kzgInput().input],
    ["BLS12-381 addition in G1", 0x0b, bytes(blsPoint1(3n) + blsPoint1(5n))],
    ["BLS12-381 MSM in G1, 1 point", 0x0c, bytes(blsPoint1(3n) + full)],
    ["BLS12-381 MSM in G1, 128 points", 0x0c, bytes((blsPoint1(3n) + full).repeat(128))],
    ["BLS12-381 addition in G2", 0x0d, bytes(blsPoint2(3n) + blsPoint2(5n))],
    ["BLS12-381 MSM in G2, 1 point", 0x0e, bytes(blsPoint2(3n) + full)],
    ["BLS12-381 MSM in G2, 128 points", 0x0e, bytes((blsPoint2(3n) + full).repeat(128))],
    ["BLS12-381 pairing check, 1 pair", 0x0f, bytes(blsPoint1(3n) + blsPoint2(5n))],
    ["BLS12-381 pairing check, 10 pairs", 0x0f, bytes((blsPoint1(3n) + blsPoint2(5n)).repeat(10))],
    ["BLS12-381 field to G1", 0x10, bytes(field(5n))],
    ["BLS12-381 field to G2", 0x11, bytes(field(5n) + field(6n))],
    ["P256VERIFY", 0x100, p256Input().input],
  ];
  row("precompile (Osaka)", "µs", "gas", "Mgas/s");
  row("---", "--:", "--:", "--:");
  for (const [name, address, input] of cases) {
    const result = runPrecompile(address, Fork.Osaka, input, AMPLE);
    if (result === null) throw new Error(`${name} failed`);
    const microseconds = measure(() => runPrecompile(address, Fork.Osaka, input, AMPLE));
    row(
      name,
      microseconds.toFixed(1),
      `${result.gasUsed}`,
      (Number(result.gasUsed) / microseconds).toFixed(0),
    );
  }
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, one thread\n`);
await preparePrecompiles();
if (!process.argv.includes("--gas")) {
  await libraries();
  console.log();
}
gasRates();
