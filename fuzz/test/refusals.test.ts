import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generateCase } from "../src/generate.ts";
import { evidentFaults, isPoolsOwn, isSameRefusal } from "../src/refusals.ts";

describe("reasons for refusing a transaction", () => {
  it("are the same where revm's sentence stands for our name", () => {
    assert.ok(isSameRefusal("Sender doesn't have enough funds to send tx.", "InsufficientFunds"));
    assert.ok(!isSameRefusal("Sender doesn't have enough funds to send tx.", "NonceTooLow"));
    assert.ok(!isSameRefusal("something that nobody has met", "InsufficientFunds"));
    // Value and fees of a blob transaction, together more than 2^256.
    assert.ok(isSameRefusal("overflow payment in transaction", "InsufficientFunds"));
    assert.ok(isSameRefusal("nonce 7 too high, expected 5", "NonceTooHigh"));
  });

  it("include for what was only left out those that another block may cure", () => {
    assert.ok(isSameRefusal(undefined, "NonceTooHigh"));
    assert.ok(!isSameRefusal(undefined, "InsufficientFunds"));
  });

  it("are none where only the pool minds", () => {
    assert.ok(isPoolsOwn("Replacement transaction underpriced. A gasPrice of at least 5 is necessary"));
    assert.ok(!isPoolsOwn("Sender doesn't have enough funds to send tx."));
  });

  it("are evident where the fields alone tell them", () => {
    const fuzzCase = generateCase(1, "Berlin");
    const [block] = fuzzCase.blocks;
    const transaction = { ...block!.transactions[0]!, type: 2 as const, chainId: fuzzCase.chainId + 1 };
    const faults = evidentFaults(transaction, block!, fuzzCase);
    assert.ok(faults.includes("TypeNotSupported") && faults.includes("InvalidChainId"));
    assert.ok(!faults.includes("NoBlobs"));
  });

  it("are evident where the gas does not pay for the data, whatever else is said of its length", () => {
    const fuzzCase = generateCase(1, "Osaka");
    const [block] = fuzzCase.blocks;
    const data = `0x${"01".repeat(49_153)}` as const;
    const { to: _, ...creation } = { ...block!.transactions[0]!, type: 0 as const, data };
    const paid = 21_000 + 32_000 + 49_153 * 16;
    const faults = (gasLimit: number) => evidentFaults({ ...creation, gasLimit }, block!, fuzzCase);
    assert.ok(faults(paid - 1).includes("IntrinsicGasTooLow"));
    assert.ok(!faults(paid).includes("IntrinsicGasTooLow"));
  });
});
