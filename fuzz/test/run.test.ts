import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../src/heddle.ts";
import { decodeReceipt } from "../src/receipt.ts";
import { type FuzzOptions, fuzz, runCase } from "../src/run.ts";

const short: FuzzOptions = { seed: 20, first: 0, count: 8, time: 60_000, workers: [2], shrinkTime: 0 };

describe("fuzz against revm", () => {
  it("finds no difference in a few cases, of which most transactions run", async () => {
    const { failure, statistics } = await fuzz(short);
    assert.equal(failure, undefined, JSON.stringify(failure?.difference));
    assert.equal(statistics.cases, 8);
    assert.equal(statistics.gaveUps.size, 0);
    const { ran, refused } = statistics.transactions;
    assert.ok(ran > refused && refused > 0, `${ran} and ${refused}`);
    for (const counts of statistics.types) assert.ok(counts.succeeded > 0);
    assert.ok(statistics.coverage.missedOpcodes.length < 75);
  });

  it("runs Amsterdam's blocks with their access lists and without", async () => {
    const { failure, statistics } = await fuzz({ ...short, fork: "Amsterdam", count: 4 });
    assert.equal(failure, undefined, JSON.stringify(failure?.difference));
    assert.equal(statistics.blocks, 4);
    assert.equal(statistics.lists, statistics.blocks);
  });

  it("makes the same of the same seed", async () => {
    const runs = [await fuzz({ ...short, count: 3 }), await fuzz({ ...short, count: 3 })];
    const [first, second] = runs.map(({ statistics }) => [
      statistics.transactions,
      statistics.gas,
      statistics.types,
    ]);
    assert.deepEqual(first, second);
  });

  it("finds an instruction that charges too much, and makes the case a few instructions", async () => {
    // As if each log with two topics were a gas too expensive on our side.
    const distort = (outcome: Outcome): Outcome => {
      const logs = outcome.receipts.flatMap((receipt) => decodeReceipt(receipt).logs);
      const wrong = logs.filter(({ topics }) => topics.length === 2).length;
      return { ...outcome, gasUsed: outcome.gasUsed + BigInt(wrong) };
    };
    const options = { ...short, count: 100, shrinkTime: 20_000, distort };
    const { failure } = await fuzz(options);
    assert.equal(failure?.difference.kind, "revm");
    const { smallest } = failure!;
    assert.equal(smallest.blocks.length, 1);
    assert.equal(smallest.blocks[0]!.transactions.length, 1);
    const [transaction] = smallest.blocks[0]!.transactions;
    const bytes = Object.values(smallest.accounts).map(({ code }) => (code.length - 2) / 2);
    const total = bytes.reduce((sum, length) => sum + length, (transaction!.data.length - 2) / 2);
    assert.ok(total > 0 && total <= 16, `${total} bytes`);

    // The case that was kept shows it again, and only with the mistake in place.
    assert.equal((await runCase(smallest, { ...options, shrinkTime: 0 })).failure?.difference.kind, "revm");
    assert.equal((await runCase(smallest, short)).failure, undefined);
  });
});
