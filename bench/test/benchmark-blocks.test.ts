import assert from "node:assert/strict";
import { test } from "node:test";
import { caseName } from "../src/blocks/cases.ts";
import type { CaseResult } from "../src/blocks/measure.ts";
import { blocksTable, worstFirst } from "../src/blocks/report.ts";

const FOLDER = "eest/benchmark/blockchain_tests/benchmark/compute";

test("a case is named by area, test and parameters, the same as block and as payload", () => {
  const parameters = "-size_32-benchmark-gas-value_60M]";
  const name =
    "tests/benchmark/compute/precompile/test_sha256.py::test_sha256_fixed_size[fork_Osaka-blockchain_test";
  const expected = { name: "precompile/sha256/sha256_fixed_size size_32", mgas: 60 };
  assert.deepEqual(caseName(`${FOLDER}/precompile/sha256/x.json`, `${name}${parameters}`), expected);
  assert.deepEqual(caseName(`${FOLDER}/precompile/sha256/x.json`, `${name}_engine${parameters}`), expected);
});

test("a test called like its folder is not named twice", () => {
  const name = "test_sha256.py::test_sha256[fork_Osaka-blockchain_test-benchmark-gas-value_1M]";
  assert.deepEqual(caseName(`${FOLDER}/precompile/sha256/sha256.json`, name), {
    name: "precompile/sha256",
    mgas: 1,
  });
});

function result(name: string, ratio: number | undefined): CaseResult {
  const time = { wall: 20, cpu: 10 };
  return {
    name,
    mgas: 30,
    gasUsed: 30,
    inOrder: time,
    parallel: time,
    peers: ratio === undefined ? { anvil: { reason: "it has no blobs" } } : { anvil: time },
    best: ratio === undefined ? undefined : "anvil",
    ratio,
  };
}

test("the worst ratio stands first, blocks that no peer could run stand last with the reason", () => {
  const results = [result("none", undefined), result("good", 0.5), result("bad", 11)];
  assert.deepEqual(
    worstFirst(results).map(({ name }) => name),
    ["bad", "good", "none"],
  );
  const lines = blocksTable(results, "wall").split("\n").slice(2);
  assert.match(lines[0]!, /^bad .* 11\.00 +1500 +TOO SLOW$/);
  assert.match(lines[1]!, /^good .* 0\.50 +1500$/);
  assert.match(lines[2]!, /^none .* none +1500 +Anvil: it has no blobs$/);
});

test("the table shows the time that was compared", () => {
  assert.match(blocksTable([result("one", 1)], "cpu"), /10\.0 +10\.0 +10\.0 +1\.00 +3000/);
});
