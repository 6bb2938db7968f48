import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { FuzzOptions } from "../src/run.ts";
import { ChildFailedError, superviseFuzz } from "../src/supervise.ts";

const FAKE = fileURLToPath(new URL("./support/fake-child.ts", import.meta.url));
const options: FuzzOptions = { seed: 1, first: 0, count: 6, time: 60_000, workers: [1], shrinkTime: 0 };

describe("the process with the oracle", () => {
  it("is started again behind the case at which the oracle panicked, and nothing counted is lost", async () => {
    const { statistics, failure } = await superviseFuzz(options, FAKE);
    assert.equal(failure, undefined);
    assert.equal(statistics.cases, 5);
    assert.deepEqual([...statistics.gaveUps], [["EDR panicked", 1]]);
    assert.deepEqual([...statistics.reasons], [["NonceTooLow", 5]]);
    assert.equal(statistics.coverage.steps, 5);
  });

  it("is not started again where it ended otherwise", async () => {
    await assert.rejects(superviseFuzz({ ...options, count: 9 }, FAKE), (error) => {
      assert.ok(error instanceof ChildFailedError);
      assert.match(error.message, /case 6 ended the process:\nsomething of ours/);
      return true;
    });
  });

  it("tells what it found", async () => {
    const { statistics, failure } = await superviseFuzz({ ...options, count: 1 });
    assert.equal(failure, undefined);
    assert.equal(statistics.cases, 1);
    assert.ok(statistics.transactions.ran + statistics.transactions.refused > 0);
  });
});
