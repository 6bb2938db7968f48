import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, type EngineOptions, InvalidArgumentError } from "@heddle/engine";
import { block, SHANGHAI, senders, transfers } from "./support/blocks.ts";

const open = (options: EngineOptions) =>
  createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc: senders(20) }, ...options });

async function rootOf(options: EngineOptions, before: "started" | "starting" | "asked for" = "asked for") {
  await using engine = await open(options);
  const started = before === "asked for" ? undefined : engine.startWorkers();
  if (before === "started") await started;
  const result = await engine.execute(block(transfers(20)));
  const { state } = result.roots;
  await result.commit();
  await started;
  return state;
}

test("threads that start later are there for the first block, whoever started them", async () => {
  const expected = await rootOf({});
  for (const before of ["started", "starting", "asked for"] as const) {
    assert.equal(await rootOf({ startWorkers: "later" }, before), expected, before);
  }
});

test("an engine whose threads never started, or are starting, can be closed", async () => {
  const engine = await open({ startWorkers: "later" });
  await engine.close();
  await engine.startWorkers();
  const other = await open({ startWorkers: "later" });
  const started = other.startWorkers();
  await other.close();
  await started;
});

test("one that dies while it starts is replaced for the first block", async () => {
  await using engine = await open({ startWorkers: "later" });
  const started = engine.startWorkers();
  await engine.pool.kill(1);
  await assert.rejects(started, { name: "WorkerFailedError" });
  const result = await engine.execute(block(transfers(20)));
  assert.equal(result.receipts.length, 20);
  result.discard();
});

test("when threads start is now or later", async () => {
  const wrong = { startWorkers: "soon" } as unknown as EngineOptions;
  await assert.rejects(open(wrong), InvalidArgumentError);
});
