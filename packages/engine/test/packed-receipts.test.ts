import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  createEngine,
  type Hex,
  networkConfig,
  type Receipt,
  receiptEnvelope,
  receiptLogCount,
  receiptSuccess,
  unpackReceipt,
} from "../src/index.ts";
import { block, contract, SHANGHAI, sender, senders, transfers } from "./support/blocks.ts";

/** Logs as many times as its input says, each time with another topic. */
const LOGGER: Hex = "0x5f355b80156014578060205fa1600190036002565b00";

const engine = await createEngine({
  workers: 2,
  chain: SHANGHAI,
  genesis: { alloc: { ...senders(20), [contract(1)]: { code: LOGGER } } },
});
after(() => engine.close());

const LOGS = [0, 1, 12_000, 60, 30, 0];
const loggers = LOGS.map((count, i) => ({
  from: sender(i),
  to: contract(1),
  data: `0x${count.toString(16).padStart(64, "0")}` as Hex,
  gasLimit: 20_000_000n,
}));

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
    assert.equal(receiptSuccess(packed, i), receipt.success);
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

test("an envelope comes back as it was: without logs, with few of them, with more than a piece holds, with a full bloom", async () => {
  const result = await engine.execute(block(loggers));
  const packed = result.receipts.pack();
  const counts = loggers.map((_, i) => receiptLogCount(packed, i));
  assert.deepEqual(counts, LOGS);
  loggers.forEach((_, i) => {
    assert.deepEqual(receiptEnvelope(packed, i), result.receipts.bytes(i), `${LOGS[i]} logs`);
    assert.equal(receiptSuccess(packed, i), result.receipts.at(i).success);
  });
  assert.equal(result.receipts.at(2).logsBloom, `0x${"ff".repeat(256)}`);
  result.discard();
});

test("who knows hashes and senders gets them back", async () => {
  const result = await engine.execute(block(transfers(3)));
  const { hashes, senders } = result.receipts.pack();
  const origins = { hashes: hashes.map((byte) => ~byte), senders };
  const { bytes, offsets, ...rest } = result.receipts.pack(origins);
  assert.equal(rest.hashes, origins.hashes);
  assert.equal(rest.senders, origins.senders);
  result.discard();
});

test("whether a transaction succeeded is read without its logs, and before Byzantium no receipt says it", async () => {
  const calls = [20_000_000n, 30_000n].map((gasLimit, i) => ({ ...loggers[3]!, from: sender(i), gasLimit }));
  const result = await engine.execute(block(calls));
  const packed = result.receipts.pack();
  result.discard();
  assert.deepEqual([receiptSuccess(packed, 0), receiptSuccess(packed, 1)], [true, false]);
  await using old = await createEngine({
    workers: 0,
    chain: networkConfig("SpuriousDragon"),
    genesis: { alloc: senders(1) },
  });
  const { header, ...rest } = block(transfers(1));
  const early = await old.execute({ ...rest, header: { ...header, difficulty: 1n } });
  assert.equal(receiptSuccess(early.receipts.pack(), 0), undefined);
  early.discard();
});
