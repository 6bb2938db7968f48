import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FuzzCase } from "../src/case.ts";
import { generateCase } from "../src/generate.ts";
import { caseSize, shrinkCase } from "../src/shrink.ts";

const codes = ({ accounts }: FuzzCase): string[] => Object.values(accounts).map(({ code }) => code);

describe("shrinking", () => {
  it("leaves what the difference needs, and no more", async () => {
    const fuzzCase = generateCase(4, "Osaka");
    // As if KECCAK256, and a transaction that moves something, were needed together.
    const remains = async (candidate: FuzzCase): Promise<boolean> =>
      codes(candidate).some((code) => code.slice(2).match(/../g)?.includes("20")) &&
      candidate.blocks.some(({ transactions }) => transactions.some(({ value }) => value !== "0x0"));
    assert.ok(await remains(fuzzCase));
    const smallest = await shrinkCase(fuzzCase, { remains, limit: 60_000 });
    assert.deepEqual(codes(smallest), ["0x20"]);
    assert.equal(smallest.blocks.length, 1);
    assert.equal(smallest.blocks[0]!.transactions.length, 1);
    const [transaction] = smallest.blocks[0]!.transactions;
    assert.equal(transaction!.type, 0);
    assert.equal(transaction!.data, "0x");
    assert.deepEqual(transaction!.accessList, []);
  });

  it("keeps a block where the accounts alone show the difference", async () => {
    const smallest = await shrinkCase(generateCase(4, "Osaka"), { remains: async () => true, limit: 60_000 });
    assert.equal(smallest.blocks.length, 1);
  });

  it("ends in time with the smallest so far", async () => {
    const fuzzCase = generateCase(4, "Osaka");
    let tries = 0;
    const remains = async (): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return ++tries % 2 === 0;
    };
    const smallest = await shrinkCase(fuzzCase, { remains, limit: 100 });
    assert.ok(caseSize(smallest) < caseSize(fuzzCase));
    assert.ok(tries <= 25, `${tries} tries`);
  });
});
