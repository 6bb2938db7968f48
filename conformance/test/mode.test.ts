import assert from "node:assert/strict";
import test from "node:test";
import { type Mode, modeOf, parseMode, RANDOM_MODES } from "../src/mode.ts";
import type { Case } from "../src/outcome.ts";
import { formatFailures } from "../src/report.ts";
import { runCases } from "../src/run-file.ts";
import { EVERYTHING } from "../src/selection.ts";

const keys = Array.from({ length: 200 }, (_, i) => `blocks/a/b.json#Osaka#${i}`);

test("a mode is in-order, random or a number of threads", () => {
  assert.deepEqual(["in-order", "random", "1", "8", "64"].map(parseMode), ["in-order", "random", 1, 8, 64]);
  for (const text of ["", "0", "65", "-1", "2.5", "1e1", "parallel"])
    assert.equal(parseMode(text), undefined);
});

test("random modes are the same for the same word, others for another, and all occur", () => {
  const modes = (word: string) => keys.map((key) => modeOf("random", word, key));
  assert.deepEqual(modes("a"), modes("a"));
  assert.notDeepEqual(modes("a"), modes("b"));
  assert.deepEqual(new Set(modes("a")), new Set(RANDOM_MODES));
  assert.deepEqual(new Set(keys.map((key) => modeOf(2, "a", key))), new Set([2]));
});

/** Ten cases that fail on 8 threads only, and note in which modes they are run. */
function cases(met: Mode[]): Case[] {
  return Array.from({ length: 10 }, (_, i) => ({
    fork: "Osaka",
    test: `t${i}`,
    hasModes: true,
    run: (mode) => {
      met.push(mode);
      return mode === 8 ? [{ field: "head", ours: "a", theirs: "b" }] : [];
    },
  }));
}

test("a failure names the mode in which it is met again", async () => {
  const options = { selection: EVERYTHING, rules: [], mode: "random" } as const;
  const met: Mode[] = [];
  const { failures } = await runCases("blocks/a/b.json", cases(met), options);
  assert.equal(met.length, 10);
  assert.equal(failures.length, met.filter((mode) => mode === 8).length);
  const again = await runCases("blocks/a/b.json", cases([]), { ...options, mode: 8 });
  assert.equal(again.failures.length, 10);
  assert.match(
    formatFailures(again.failures),
    /^✗ blocks\/a\/b.json#Osaka#0\n {4}test {4}t0\n {4}mode {4}8\n/,
  );
});

test("what failed once is run in every mode where modes are random", async () => {
  const met: Mode[] = [];
  const selection = { ...EVERYTHING, share: 1e-9, always: ["blocks/a/b.json#Osaka#3"] };
  const { failures } = await runCases("blocks/a/b.json", cases(met), {
    selection,
    rules: [],
    mode: "random",
  });
  assert.deepEqual(met, RANDOM_MODES);
  assert.deepEqual(
    failures.map(({ key, mode }) => [key, mode]),
    [["blocks/a/b.json#Osaka#3", 8]],
  );
  await runCases("blocks/a/b.json", cases(met), { selection, rules: [], mode: 2 });
  assert.deepEqual(met, [...RANDOM_MODES, 2]);
});
