import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { Replayer, readBlockFixture } from "@heddle/cli";
import { heddle } from "./support/heddle.ts";
import { encoded, OTHER, tinyBlock, transfer } from "./support/tiny-block.ts";

function folder(files: Record<string, Uint8Array | string>): string {
  const path = mkdtempSync(join(tmpdir(), "heddle-replay-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

test("a block runs sequentially and on workers, with what its source says", async () => {
  const replayer = new Replayer({ workers: 2, runs: 2 });
  const block = await replayer.replay(readBlockFixture("b.json", encoded(tinyBlock())));
  assert.deepEqual(block.differences, []);
  assert.equal(block.gasUsed, 42_000n);
  assert.deepEqual(block.marks, {
    gas: "same",
    bloom: "unknown",
    transactions: "unknown",
    receipts: "unknown",
    withdrawals: "unknown",
    state: "unknown",
  });
  assert.ok(block.medians.sequential! > 0 && block.medians.parallel! > 0);
  assert.ok(block.chain !== null && block.chain.length >= 1 && block.chain.speedup >= 1);
});

test("the first difference names the transaction and the field", async () => {
  const receipts = [
    { status: 1, gasUsed: "0x5208", cumulativeGasUsed: "0x5208" },
    { status: 0, gasUsed: "0x5208", cumulativeGasUsed: "0xa410" },
  ];
  const wrong = tinyBlock({ expected: { gasUsed: "0xa411", receipts } });
  const replayer = new Replayer({ sequential: true, runs: 1 });
  const block = await replayer.replay(readBlockFixture("b.json", encoded(wrong)));
  const [first, second] = block.differences;
  assert.deepEqual(first, { mode: "sequential", transaction: 1, field: "status", ours: "1", theirs: "0" });
  assert.equal(second?.field, "gasUsed");
  assert.equal(block.marks.gas, "differs");
});

test("a block that the engine refuses is a difference too", async () => {
  const wrong = tinyBlock({ transactions: [transfer(OTHER, 8)] });
  const replayer = new Replayer({ sequential: true, runs: 1 });
  const block = await replayer.replay(readBlockFixture("b.json", encoded(wrong)));
  assert.equal(block.differences[0]?.transaction, 0);
  assert.match(block.differences[0]?.ours ?? "", /NonceTooHigh/);
});

test("heddle --help names the commands, and a wrong option is an error", async () => {
  const help = await heddle("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /replay .*\[input\.\.\.\]/);
  const wrong = await heddle("replay", "--runs", "none", "x");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--runs.*whole number/);
});

test("heddle replay runs a folder in the order of its numbers and exits with 0", async () => {
  const header = (number: string) => ({ header: { ...tinyBlock().header, number } });
  const path = folder({
    "1000.json": encoded(tinyBlock(header("0x112a882"))),
    "999.json": encoded(tinyBlock(header("0x112a881"))),
  });
  const { code, out } = await heddle("replay", path, "--workers", "1", "--json");
  assert.equal(code, 0);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { number?: string; blocks?: number; failed?: number });
  assert.deepEqual(
    lines.slice(0, 2).map((line) => line.number),
    ["18000001", "18000002"],
  );
  assert.equal(lines[2]?.blocks, 2);
  assert.equal(lines[2]?.failed, 0);
});

test("heddle replay exits with 1 and shows the first difference", async () => {
  const path = folder({ "b.json": encoded(tinyBlock({ expected: { gasUsed: "0x1" } })) });
  const { code, out, err } = await heddle("replay", join(path, "b.json"), "--sequential");
  assert.equal(code, 1);
  assert.match(out, /18000001 +Shanghai +2 +0\.04 +✗/);
  assert.match(err, /block 18000001 .*sequential: gasUsed\n +ours +42000\n +theirs +1/);
});

for (const [name, content, message] of [
  ["cut.tar.xz", "nothing like an archive", /cut\.tar\.xz: is not a complete \.xz file/],
  ["b.json", "{", /b\.json: the file must be JSON/],
  ["b.json", JSON.stringify(tinyBlock({ fork: 7 })), /b\.json: fork must be a string, but is 7/],
] as const) {
  test(`heddle replay says what is wrong with ${name}: ${message.source}`, async () => {
    const { code, err } = await heddle("replay", join(folder({ [name]: content }), name));
    assert.equal(code, 2);
    assert.match(err, message);
    assert.equal(err.trim().split("\n").length, 1, "one line, no stack");
  });
}

test("heddle replay says what is not there", async () => {
  const missing = await heddle("replay", "/does/not/exist");
  assert.equal(missing.code, 2);
  assert.match(missing.err, /\/does\/not\/exist: does not exist/);
  const empty = folder({});
  mkdirSync(join(empty, "sub"));
  assert.match((await heddle("replay", empty)).err, /holds neither \.json files nor \.tar\.xz archives/);
});
