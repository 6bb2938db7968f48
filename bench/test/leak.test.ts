import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type MemorySample, memoryGrowth } from "../src/memory-growth.ts";

const MIB = 2 ** 20;

const samples = (rss: (block: number) => number, kernel: (block: number) => number): MemorySample[] =>
  Array.from({ length: 400 }, (_, i) => ({
    block: i + 1,
    rss: rss(i + 1) * MIB,
    kernel: kernel(i + 1) * MIB,
  }));

test("memory that grows block by block is found, in the process and in the kernel", () => {
  const flat = () => 1000;
  const leaks = (block: number) => 1000 + block / 4;
  assert.equal(memoryGrowth(samples(flat, flat), 20).isFlat, true);
  assert.equal(memoryGrowth(samples(leaks, flat), 20).isFlat, false);
  assert.equal(
    memoryGrowth(
      samples(flat, (block) => 100 + block / 40),
      20,
    ).isFlat,
    false,
  );
});

test("what memory does until the settling block, and single high samples, count for nothing", () => {
  const settles = (block: number) => (block <= 20 ? 100 * block : block % 50 === 0 ? 9000 : 2000);
  const growth = memoryGrowth(
    samples(settles, () => 50),
    20,
  );
  assert.deepEqual(growth.rss, { before: 2000 * MIB, after: 2000 * MIB });
  assert.equal(growth.isFlat, true);
});

test("the watch for leaks runs blocks through both ways and tells the figures", async () => {
  const program = fileURLToPath(new URL("../src/leak.ts", import.meta.url));
  const options = ["--blocks", "24", "--size", "60", "--settle", "8", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=@heddle/source",
    program,
    ...options,
  ]);
  const { samples, passed, kernel } = JSON.parse(stdout);
  assert.equal(passed, true);
  assert.deepEqual(
    samples.map(({ block }: MemorySample) => block),
    Array.from({ length: 24 }, (_, i) => i + 1),
  );
  assert.ok(kernel.before > 0);
});
