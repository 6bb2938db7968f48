// Damaged blocks, transactions and headers: typed errors that name the field, and nothing hangs. `npm run verify -- engine`

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CorruptInput } from "../support/corrupt.ts";
import { testSeed } from "../support/random.ts";
// Every field out of its range; takes a second.
import "../out-of-range.test.ts";

const seed = testSeed(4);
console.log(`seed ${seed} (HEDDLE_SEED)`);
const corrupt = await CorruptInput.create(seed);
after(() => corrupt.close());

for (const [kind, count] of [
  ["header", 8000],
  ["transaction", 10_000],
  ["block", 6000],
] as const) {
  test(`${count} damaged ${kind}s are refused by a typed error, or are valid`, async () => {
    const began = performance.now();
    const before = { ...corrupt.outcomes };
    for (let i = 0; i < count; i++) {
      await corrupt[kind]();
      if (i % 500 === 499) await corrupt.check();
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const outcomes = Object.entries(corrupt.outcomes).map(([name, n]) => [name, n - (before[name] ?? 0)]);
    assert.equal(
      outcomes.reduce((sum, [, n]) => sum + Number(n), 0),
      count,
    );
    console.log(`${count} ${kind}s: ${JSON.stringify(Object.fromEntries(outcomes))}; ${seconds} s`);
  });
}
