import assert from "node:assert/strict";
import { test } from "node:test";
import { amdahl } from "../src/line.ts";
import { shapeFor, shapeOf, withJsonFile, workloadsOf } from "../src/options.ts";
import { takeAnswers } from "../src/peers/pipeline.ts";
import { quietHint, rowOf } from "../src/rows.ts";
import { workloads } from "../src/workloads/index.ts";

const facts = {
  workload: "erc20",
  engine: "heddle",
  boundary: "engine",
  mode: "parallel",
  workers: 2,
  signatures: "before",
  root: true,
  shape: { accounts: 10 },
} as const;

test("a row holds medians of the rounds' rates, and nothing for what the workload has no choice of", () => {
  const round = (wall: number) => ({ wall, cpu: 2 * wall, transactions: 100, gas: 1000, aborts: wall });
  const row = rowOf(facts, [round(10), round(1000), round(20)]);
  assert.equal(row.tps, 5000);
  assert.equal(row.gasPerSecond, 50_000);
  assert.equal(row.cpuSeconds, 0.04);
  assert.equal(row.aborts, 20);
  assert.deepEqual([row.accounts, row.hot, row.chain, row.durable], [10, null, null, false]);
});

test("Amdahl's limit is the cores where all can be done at once, and one where nothing can", () => {
  assert.equal(amdahl(0, 16), 16);
  assert.equal(amdahl(1, 16), 1);
  assert.ok(Math.abs(amdahl(0.5, 1e9) - 2) < 1e-6);
});

test("--json takes a file only where one follows", () => {
  assert.deepEqual(withJsonFile(["--json", "erc20"]), ["--json=-", "erc20"]);
  assert.deepEqual(withJsonFile(["--json", "out/a.json"]), ["--json", "out/a.json"]);
  assert.deepEqual(withJsonFile(["mark", "weth", "--json"]), ["mark", "weth", "--json=-"]);
});

test("a workload is asked only for what it has a choice of", () => {
  const asked = shapeOf({ accounts: "20", hot: "0.5" });
  assert.deepEqual(asked, { accounts: 20, hot: 0.5 });
  const base = { ...workloads[0]!, shape: { accounts: 1 } };
  assert.deepEqual(shapeFor(base, asked), { accounts: 20 });
});

test("mistakes of the command line are named", () => {
  assert.throws(() => shapeOf({ accounts: "0" }), /--accounts/);
  assert.throws(() => shapeOf({ hot: "2" }), /--hot/);
  assert.throws(() => workloadsOf(["erc20", "nothing"]), /nothing.*there are.*erc20/);
});

test("a busy machine is warned of, a quiet one is not", () => {
  const machine = { cpus: 2, model: "X", memoryGiB: 1, system: "x" };
  assert.doesNotMatch(quietHint({ load: 0.1, machine }), /WARNING/);
  assert.match(quietHint({ load: 1.5, machine }), /WARNING/);
});

test("answers are taken off a connection one by one, wherever the packets end", () => {
  const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const whole = Buffer.from(answer("one") + answer("three"));
  const bodies: string[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (const byte of whole)
    rest = takeAnswers(Buffer.concat([rest, Uint8Array.of(byte)]), (body) => bodies.push(body));
  assert.deepEqual(bodies, ["one", "three"]);
  assert.equal(rest.length, 0);
});
