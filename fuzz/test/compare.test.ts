import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareOutcomes, differingFields } from "../src/compare.ts";
import type { Outcome } from "../src/heddle.ts";

const outcome: Outcome = {
  gasUsed: 42_000n,
  blobGasUsed: 0n,
  logsBloom: "0x00",
  transactionsRoot: "0x01",
  receiptsRoot: "0x02",
  stateRoot: "0xab",
  requestsHash: undefined,
  receipts: ["0xc0", "0xc1"],
  accessList: "0xc0",
};

describe("comparing", () => {
  it("finds nothing between equal outcomes", () => {
    assert.deepEqual(compareOutcomes("2 workers", outcome, { ...outcome }), []);
    assert.deepEqual(differingFields(outcome, { ...outcome, stateRoot: "0xAB" }), []);
  });

  it("names every field that differs, and the first transaction", () => {
    const other: Outcome = { ...outcome, gasUsed: 41_999n, accessList: "0xc1", receipts: ["0xc0", "0xc2"] };
    const report = compareOutcomes("2 workers", outcome, other);
    assert.deepEqual(report, [
      "gasUsed: in order 42000, 2 workers 41999",
      "accessList: in order 0xc0, 2 workers 0xc1",
      "first different receipt: transaction 1",
    ]);
    assert.deepEqual(differingFields(other, outcome), ["gasUsed"]);
  });

  it("takes who refuses, and why, for part of the outcome", () => {
    const refused = (transaction: number): Outcome => ({
      ...outcome,
      invalid: { reason: "NonceTooLow", transaction },
    });
    assert.deepEqual(compareOutcomes("8 workers", refused(3), refused(3)), []);
    const [line] = compareOutcomes("8 workers", refused(3), refused(4));
    assert.match(line!, /in order not valid at 3: NonceTooLow, 8 workers not valid at 4/);
    assert.match(compareOutcomes("8 workers", refused(3), outcome)[0]!, /8 workers valid/);
  });
});
