// The published vectors, where a corpus lies beside the project. Each is also run with one gas too little.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, runPrecompile } from "../src/precompiles/index.ts";

const CORPUS = new URL("../../../../shared/conformance/precompiles/", import.meta.url);
const AMPLE = 1n << 62n;

interface Vector {
  Name: string;
  Input: string;
  Expected?: string;
  ExpectedError?: string;
  Gas?: number | { eip2565: number; eip7883: number };
  /** Present where the input exceeds EIP-7823's bound. */
  Note?: string;
}

const ADDRESS_BY_NAME: readonly [RegExp, number][] = [
  [/add_G1/, 0x0b],
  [/(msm|mul)_G1/, 0x0c],
  [/add_G2/, 0x0d],
  [/(msm|mul)_G2/, 0x0e],
  [/pairing/, 0x0f],
  [/map_fp_/, 0x10],
  [/map_fp2_/, 0x11],
];

function vectors(folder: string): { file: string; vector: Vector }[] {
  const at = new URL(`${folder}/`, CORPUS);
  return readdirSync(at)
    .filter((file) => file.endsWith(".json") && !file.includes("tables"))
    .flatMap((file) =>
      (JSON.parse(readFileSync(new URL(file, at), "utf8")) as Vector[]).map((vector) => ({ file, vector })),
    );
}

function check(address: number, fork: number, vector: Vector, gas: bigint | undefined, fails: boolean): void {
  const input = Uint8Array.fromHex(vector.Input);
  const result = runPrecompile(address, fork, input, AMPLE);
  if (fails) {
    assert.equal(result, null, vector.Name);
    return;
  }
  assert.ok(result, vector.Name);
  assert.equal(result.output.toHex(), vector.Expected ?? "", vector.Name);
  if (gas === undefined) return;
  assert.equal(result.gasUsed, gas, vector.Name);
  assert.deepEqual(runPrecompile(address, fork, input, gas), result, vector.Name);
  assert.equal(runPrecompile(address, fork, input, gas - 1n), null, vector.Name);
}

const skip = existsSync(CORPUS) ? false : "no corpus beside the project";

describe("precompiles agree with the published vectors", { skip }, () => {
  before(preparePrecompiles);

  it("BLS12-381 (EIP-2537)", () => {
    for (const { file, vector } of vectors("eip-2537")) {
      const address = ADDRESS_BY_NAME.find(([pattern]) => pattern.test(file))![1];
      const gas = typeof vector.Gas === "number" ? BigInt(vector.Gas) : undefined;
      check(address, Fork.Prague, vector, gas, vector.ExpectedError !== undefined);
    }
  });

  it("KZG point evaluation (EIP-4844)", () => {
    for (const { vector } of vectors("eip-4844")) {
      check(0x0a, Fork.Cancun, vector, 50_000n, !vector.Expected);
    }
  });

  it("P256VERIFY (EIP-7951), whose gas is 6900 where the file says RIP-7212's 3450", () => {
    for (const { vector } of vectors("eip-7951")) check(0x100, Fork.Osaka, vector, 6_900n, false);
  });

  it("MODEXP priced by EIP-2565 and EIP-7883, bounded by EIP-7823", () => {
    for (const { vector } of vectors("modexp")) {
      const gas = vector.Gas as { eip2565: number; eip7883: number } | undefined;
      if (gas === undefined) {
        assert.match(vector.Note!, /7823/, vector.Name);
        check(0x05, Fork.Osaka, vector, undefined, true);
        continue;
      }
      check(0x05, Fork.Berlin, vector, BigInt(gas.eip2565), false);
      check(0x05, Fork.Osaka, vector, BigInt(gas.eip7883), false);
    }
  });
});
