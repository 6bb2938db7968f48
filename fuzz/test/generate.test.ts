import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FORKS, hasFork } from "../src/case.ts";
import { generateCase } from "../src/generate.ts";
import { derivedSeed } from "../src/random.ts";
import { isBeyondOracle } from "../src/revm.ts";

describe("code that the oracle cannot hold", () => {
  it("is what it takes for a cut library or for a delegation of another length", () => {
    assert.ok(isBeyondOracle(Uint8Array.of(0x73, 1, 2)));
    assert.ok(!isBeyondOracle(Uint8Array.of(0x73, ...new Uint8Array(20))));
    assert.ok(isBeyondOracle(Uint8Array.of(0xef, 0x01, 0x2c)));
    assert.ok(!isBeyondOracle(Uint8Array.of(0xef, 0x01, 0x00, ...new Uint8Array(20))));
    assert.ok(!isBeyondOracle(Uint8Array.of(0xef, 0x00)));
  });
});

describe("generated cases", () => {
  it("are the same for the same seed, and others for others", () => {
    const cases = Array.from({ length: 8 }, (_, i) => JSON.stringify(generateCase(derivedSeed(5, i))));
    const again = Array.from({ length: 8 }, (_, i) => JSON.stringify(generateCase(derivedSeed(5, i))));
    assert.deepEqual(cases, again);
    assert.equal(new Set(cases).size, cases.length);
  });

  it("have seeds of their own for neighbouring numbers and neighbouring runs", () => {
    const seeds = Array.from({ length: 100 }, (_, i) => derivedSeed(Math.floor(i / 10), i % 10));
    assert.equal(new Set(seeds).size, seeds.length);
  });

  it("survive being written to a file", () => {
    const fuzzCase = generateCase(11);
    assert.deepEqual(JSON.parse(JSON.stringify(fuzzCase)), fuzzCase);
  });

  it("have on each fork the types of transactions that it has, but for a few that must be refused", () => {
    for (const { name } of FORKS) {
      const later = [];
      let count = 0;
      for (let i = 0; i < 12; i++) {
        for (const { transactions } of generateCase(derivedSeed(3, i), name).blocks) {
          count += transactions.length;
          for (const { type } of transactions) {
            const since = ([undefined, "Berlin", "London", "Cancun", "Prague"] as const)[type];
            if (since !== undefined && !hasFork(name, since)) later.push(type);
          }
        }
      }
      assert.ok(later.length < count / 20, `${name}: ${later.length} of ${count}`);
    }
  });
});
