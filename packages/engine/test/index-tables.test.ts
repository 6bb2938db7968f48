import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine } from "../src/index.ts";
import { block, recipient, SHANGHAI, senders, transfers } from "./support/blocks.ts";

/** As many senders fill two fifths of a table of 65,536 places; it grows at seven tenths. */
const MANY = 25_000;

test("a block with more new accounts than the table has room for is executed once", async () => {
  await using engine = await createEngine({
    workers: 1,
    chain: SHANGHAI,
    genesis: { alloc: senders(MANY) },
    computeStateRoot: false,
  });
  const { host } = engine;
  const { exports } = host;
  let starts = 0;
  const counting = {
    ...exports,
    blockStart(count: number, workers: number) {
      starts++;
      exports.blockStart(count, workers);
    },
  };
  Object.assign(host, { exports: counting });
  const result = await engine.execute(block(transfers(MANY)));
  assert.equal(starts, 1);
  await result.commit();
  assert.equal((await engine.getAccount(recipient(MANY - 1)))?.balance, 1000n);
});
