// What a pool says of a transaction that it does not take.

import assert from "node:assert/strict";
import { type RefusalReason, TransactionRefusedError } from "../../src/index.ts";

/** For assert.rejects: whether it was refused for this reason, in these words. */
export function refused(reason: RefusalReason, words: RegExp) {
  return (error: unknown): true => {
    assert.ok(error instanceof TransactionRefusedError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, words);
    return true;
  };
}
