// Vectors of single precompiles: each by the library that computes it and by a CALL through the kernel.

import { bytesToHex, type Fields, hexToBytes } from "@heddle/cli";
import { Fork, preparePrecompiles, runPrecompile } from "@heddle/engine/testing";
import { callPrecompile } from "../kernel-call.ts";
import { type Case, compare, type Difference } from "../outcome.ts";
import { outOfScope, vectorsOf } from "../vectors.ts";

interface Vector {
  name: string;
  input: Uint8Array;
  /** null: the call fails. */
  output: string | null;
  /** Gas, where the vector says it. */
  gas: bigint | null;
}

interface Subject {
  address: number;
  fork: string;
}

/** Which precompile a file is about. The MUL files hold what is an MSM of one point since EIP-2537 became final. */
const SUBJECTS: readonly [RegExp, Subject][] = [
  [/^eip-152\/blake2f/, { address: 0x09, fork: "Istanbul" }],
  [/^eip-4844\/point-evaluation/, { address: 0x0a, fork: "Cancun" }],
  [/^eip-2537\/(fail-)?add_G1/, { address: 0x0b, fork: "Prague" }],
  [/^eip-2537\/(fail-)?(msm|mul)_G1/, { address: 0x0c, fork: "Prague" }],
  [/^eip-2537\/(fail-)?add_G2/, { address: 0x0d, fork: "Prague" }],
  [/^eip-2537\/(fail-)?(msm|mul)_G2/, { address: 0x0e, fork: "Prague" }],
  [/^eip-2537\/(fail-)?pairing_check/, { address: 0x0f, fork: "Prague" }],
  [/^eip-2537\/(fail-)?map_fp_to_G1/, { address: 0x10, fork: "Prague" }],
  [/^eip-2537\/(fail-)?map_fp2_to_G2/, { address: 0x11, fork: "Prague" }],
  [/^eip-7951\/p256verify/, { address: 0x100, fork: "Osaka" }],
];

/** The kernel computes these itself; there is no library to ask. */
const IN_KERNEL = new Set([0x04, 0x09]);
/** EIP-7951; the vectors carry RIP-7212's price. */
const P256_GAS = 6900n;
const ENOUGH_GAS = 1n << 40n;

function vectorOf(fields: Fields, subject: Subject): Vector {
  const expected = fields.has("Expected") ? fields.text("Expected") : "";
  const verifies = subject.address === 0x100;
  const fails = fields.has("ExpectedError") || (expected === "" && !verifies);
  const stated = fields.has("Gas") ? fields.quantity("Gas", 64) : null;
  return {
    name: fields.text("Name"),
    input: hexToBytes(fields.text("Input")),
    output: fails ? null : `0x${expected}`,
    gas: fails ? null : verifies ? P256_GAS : stated,
  };
}

function forkNumber(name: string): number {
  return Fork[name as keyof typeof Fork];
}

function differences(vector: Vector, output: string | null, gasUsed: bigint | null): Difference[] {
  const found = compare("output", output ?? "the call fails", vector.output ?? "the call fails");
  if (vector.gas !== null && output !== null) found.push(...compare("gas", gasUsed, vector.gas));
  return found;
}

function* vectorCases(vector: Vector, { address, fork }: Subject): Generator<Case> {
  if (!IN_KERNEL.has(address)) {
    yield {
      fork,
      test: `${vector.name} (library)`,
      run: async () => {
        await preparePrecompiles();
        const result = runPrecompile(address, forkNumber(fork), vector.input, ENOUGH_GAS);
        return differences(vector, result && bytesToHex(result.output), result?.gasUsed ?? null);
      },
    };
  }
  yield {
    fork,
    test: `${vector.name} (call)`,
    run: async () => {
      const result = await callPrecompile({ fork, address, input: vector.input });
      return differences(vector, result.success ? bytesToHex(result.output) : null, result.gasUsed);
    },
  };
}

/** Both prices of modular exponentiation; from Osaka on inputs over 1024 bytes a field are refused (EIP-7823). */
function* modexpCases(fields: Fields): Generator<Case> {
  const gas = (eip: string): bigint | null =>
    fields.has("Gas") ? fields.object("Gas").quantityOr(eip, null, 64) : null;
  const base = { name: fields.text("Name"), input: hexToBytes(fields.text("Input")) };
  const output = `0x${fields.text("Expected")}`;
  const tooLong = [0, 32, 64].some((at) => lengthAt(base.input, at) > 1024n);
  // What is only there to be refused from Osaka on says nothing of the forks before.
  if (fields.has("Gas"))
    yield* vectorCases({ ...base, output, gas: gas("eip2565") }, { address: 0x05, fork: "Berlin" });
  const osaka = tooLong ? { output: null, gas: null } : { output, gas: gas("eip7883") };
  yield* vectorCases({ ...base, ...osaka }, { address: 0x05, fork: "Osaka" });
}

function lengthAt(input: Uint8Array, at: number): bigint {
  const word = new Uint8Array(32);
  word.set(input.subarray(at, at + 32));
  return BigInt(bytesToHex(word));
}

/** The cases of a file in the precompiles folder. */
export function* precompileCases(path: string, bytes: Uint8Array): Generator<Case> {
  if (path === "modexp/modexp.json") {
    for (const fields of vectorsOf(path, bytes)) yield* modexpCases(fields);
    return;
  }
  const subject = SUBJECTS.find(([pattern]) => pattern.test(path))?.[1];
  if (subject === undefined) {
    yield* outOfScope(path);
    return;
  }
  for (const fields of vectorsOf(path, bytes)) yield* vectorCases(vectorOf(fields, subject), subject);
}
