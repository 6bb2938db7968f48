import assert from "node:assert/strict";
import test from "node:test";
import { formatFailures } from "../src/report.ts";
import { readSkipRules, skipReason } from "../src/skips.ts";
import { Tally } from "../src/tally.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test("a failed entry makes the run fail and is shown with what was expected", () => {
  const tally = new Tally();
  tally.total = 2;
  const differences = [{ field: "state root", ours: "0x01", theirs: "0x02" }];
  tally.add("state", {
    passed: { Berlin: 1 },
    failures: [{ key: "state/a/b.json#London#3", fork: "London", test: "adds", differences }],
    skips: [],
  });
  assert.deepEqual(tally.problems([]), ["1 of 2 entries failed"]);
  assert.equal(
    formatFailures(tally.failures),
    "✗ state/a/b.json#London#3\n    test    adds\n    state root\n      ours    0x01\n      theirs  0x02",
  );
});

test("a skip rule needs a reason in words", () => {
  assert.throws(
    () => readSkipRules("skips.json", bytes([{ key: "x", reason: " " }])),
    /\[0\]\.reason must be a reason/,
  );
  assert.throws(
    () => readSkipRules("skips.json", bytes([{ key: "x" }])),
    /\[0\]\.reason must be a string, but is missing/,
  );
  assert.throws(() => readSkipRules("skips.json", bytes({})), /a JSON array/);
});

test("the committed rules leave out no block of the execution specs", () => {
  const rules = readSkipRules(new URL("../skips.json", import.meta.url).pathname);
  for (const network of ["Amsterdam", "BPO2ToAmsterdamAtTime15k", "Osaka"]) {
    assert.equal(skipReason(rules, `blocks/eest-bal-v5.7.0-amsterdam/a/b.json#${network}#0`), undefined);
  }
  const witnessed = "blocks/eest-zkevm-v0.3.3/eest/a/witness_codes_reset_delegation.json#Amsterdam#0";
  assert.equal(skipReason(rules, witnessed), undefined);
});
