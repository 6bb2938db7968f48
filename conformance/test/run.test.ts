import assert from "node:assert/strict";
import test from "node:test";
import { formatCounts } from "../src/report.ts";
import { runSuites } from "../src/run.ts";
import { EVERYTHING, type Selection } from "../src/selection.ts";
import type { SkipRule } from "../src/skips.ts";
import type { Tally } from "../src/tally.ts";
import { smallCorpus } from "./support/small-corpus.ts";

const AMSTERDAM: SkipRule[] = [{ key: /#Amsterdam#/, reason: "not yet" }];
const WORKER = new URL("./support/fake-worker.ts", import.meta.url);

function run(rules: SkipRule[], selection: Selection = EVERYTHING, corpus = smallCorpus()): Promise<Tally> {
  return runSuites({
    corpus,
    suites: ["blocks"],
    workers: 2,
    mode: "in-order",
    selection,
    rules,
    workerModule: WORKER,
  });
}

test("all entries of an archive are counted by the index and by running them", async () => {
  const tally = await run(AMSTERDAM);
  const key = "blocks/small/eest/mixed.json#Amsterdam#0";
  assert.deepEqual(tally.summary(), {
    total: 5,
    passed: 4,
    failed: 0,
    skipped: 1,
    skips: [{ key, reason: "not yet" }],
  });
  assert.deepEqual(tally.problems(AMSTERDAM), []);
  const [, , ...rows] = formatCounts(tally).split("\n");
  assert.deepEqual(
    rows.map((row) => row.split(/\s+/)),
    [
      ["blocks", "Berlin", "2", "0", "0"],
      ["blocks", "London", "2", "0", "0"],
      ["blocks", "Amsterdam", "0", "0", "1"],
      ["all", "4", "0", "1"],
    ],
  );
});

test("a skip without a committed reason makes the run fail", async () => {
  const tally = await run(AMSTERDAM);
  assert.match(tally.problems([]).join(), /1 skips have no committed reason, first .*mixed.json#Amsterdam#0/);
});

test("a sum that is not the index's makes the run fail", async () => {
  const index = [{ path: "eest/good.json", forks: { Berlin: 2, London: 2 } }];
  const tally = await run(AMSTERDAM, EVERYTHING, smallCorpus(index));
  assert.match(tally.problems(AMSTERDAM).join(), /the index promises 4 entries, but 3 were met/);
});

test("a filter narrows to files, and behind :: to tests", async () => {
  assert.equal((await run(AMSTERDAM, { ...EVERYTHING, filter: "mixed" })).total, 2);
  const one = await run(AMSTERDAM, { ...EVERYTHING, filter: "eest::t2" });
  assert.deepEqual({ total: one.total, ...one.sum() }, { total: 2, passed: 1, failed: 0, skipped: 1 });
  assert.match(
    (await run(AMSTERDAM, { ...EVERYTHING, filter: "nothing" })).problems(AMSTERDAM).join(),
    /nothing was chosen/,
  );
});

test("slices are the same every time, cover everything between them, and always hold what failed once", async () => {
  const half = { ...EVERYTHING, share: 0.5, slice: "a" };
  const first = await run([], half);
  assert.equal((await run([], half)).total, first.total);
  assert.deepEqual(first.problems([]), first.total === 0 ? ["nothing was chosen"] : []);
  const tiny = { ...EVERYTHING, share: 1e-9, always: ["blocks/small/eest/good.json#Berlin#1"] };
  const tally = await run([], tiny);
  assert.deepEqual({ total: tally.total, ...tally.sum() }, { total: 1, passed: 1, failed: 0, skipped: 0 });
});

test("a worker that dies fails its file, and the others go on", async () => {
  const tally = await run(AMSTERDAM, { ...EVERYTHING, filter: "good" });
  assert.equal(tally.failures.length, 1);
  assert.match(tally.failures[0]!.differences[0]!.ours, /the worker ended/);
});
