import assert from "node:assert/strict";
import test from "node:test";
import { isExpectedRefusal, isKnownException } from "../src/exceptions.ts";

const transaction = (reason: string) => ({ kind: "transaction", reason }) as const;
const block = (field: string) => ({ kind: "block", field }) as const;

test("a refusal must be of the kind that the fixture names", () => {
  assert.ok(
    isExpectedRefusal("TransactionException.INTRINSIC_GAS_TOO_LOW", transaction("IntrinsicGasTooLow")),
  );
  assert.ok(
    !isExpectedRefusal("TransactionException.INTRINSIC_GAS_TOO_LOW", transaction("InsufficientFunds")),
  );
  assert.ok(isExpectedRefusal("TR_NoFunds", transaction("InsufficientFunds")));
  assert.ok(!isExpectedRefusal("TR_NoFunds", transaction("NonceTooLow")));
  assert.ok(isExpectedRefusal("SenderNotEOA", transaction("SenderNotEoa")));
});

test("of alternatives any is right", () => {
  const either =
    "TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS|TransactionException.INSUFFICIENT_ACCOUNT_FUNDS";
  assert.ok(isExpectedRefusal(either, transaction("InsufficientFunds")));
  assert.ok(isExpectedRefusal(either, transaction("MaxFeeBelowBaseFee")));
  assert.ok(!isExpectedRefusal(either, transaction("NonceTooHigh")));
});

test("a block's reason is the field that is wrong", () => {
  assert.ok(isExpectedRefusal("BlockException.INVALID_GASLIMIT", block("header.gasLimit")));
  assert.ok(!isExpectedRefusal("BlockException.INVALID_GASLIMIT", block("header.gasUsed")));
  assert.ok(isExpectedRefusal("TooManyUncles", block("uncles")));
  assert.ok(isExpectedRefusal("RLP_ExpectedAsList", { kind: "decoding", reason: "header" }));
  assert.ok(!isExpectedRefusal("RLP_ExpectedAsList", block("header.number")));
});

test("a name that the tables do not know is never right", () => {
  assert.ok(!isKnownException("TransactionException.INVENTED"));
  assert.ok(!isExpectedRefusal("TransactionException.INVENTED", transaction("Malformed")));
});
