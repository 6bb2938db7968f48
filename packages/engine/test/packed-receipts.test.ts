import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Receipt, unpackReceipt } from "../src/index.ts";
import { block, SHANGHAI, senders, transfers } from "./support/blocks.ts";

const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc: senders(20) } });
after(() => engine.close());

test("packed receipts give each receipt as the list does, after later blocks too", async () => {
  const result = await engine.execute(block(transfers(20)));
  const expected: Receipt[] = [...result.receipts];
  const packed = result.receipts.pack();
  result.discard();
  (await engine.execute(block([]))).discard();
  assert.equal(packed.offsets.length, 21);
  expected.forEach((receipt, i) => {
    const { effectiveGasPrice, contractAddress } = receipt;
    assert.deepEqual(unpackReceipt(packed, i, { effectiveGasPrice, contractAddress }), receipt);
  });
});

test("an empty block packs to nothing", async () => {
  const result = await engine.execute(block([]));
  const { bytes, offsets, hashes, senders, gasUsed } = result.receipts.pack();
  result.discard();
  assert.deepEqual(
    [bytes.length, [...offsets], hashes.length, senders.length, gasUsed.length],
    [0, [0], 0, 0, 0],
  );
});
