import assert from "node:assert/strict";
import { after, test } from "node:test";
import { toBytes } from "../src/hex.ts";
import { createEngine, type PackedTransactions, packTransactions } from "../src/index.ts";
import { block, SHANGHAI, sender, senders, transfers } from "./support/blocks.ts";

const alloc = senders(20);
const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc } });
const alone = await createEngine({ workers: 0, chain: SHANGHAI, genesis: { alloc } });
after(() => Promise.all([engine.close(), alone.close()]));

const listed = block(transfers(20));
const packed = packTransactions(listed.transactions);
const packedSenders = new Uint8Array(400);
(listed.senders as readonly `0x${string}`[]).forEach((address, i) => {
  packedSenders.set(toBytes(address, "sender", 20), i * 20);
});

async function outcome(on: typeof engine, input: Parameters<typeof engine.execute>[0]) {
  const result = await on.execute(input);
  const { roots, gasUsed, logsBloom } = result;
  const receipts = [...result.receipts];
  result.discard();
  return { roots, gasUsed, logsBloom, receipts };
}
const expected = await outcome(engine, listed);

test("packing keeps every transaction's bytes", () => {
  const { bytes, offsets } = packed;
  assert.equal(offsets.length, listed.transactions.length + 1);
  listed.transactions.forEach((raw, i) => {
    assert.deepEqual(bytes.subarray(offsets[i], offsets[i + 1]), raw);
  });
  assert.deepEqual(packTransactions([]), { bytes: new Uint8Array(0), offsets: new Uint32Array(1) });
});

test("a packed block gives what an array of its transactions gives, in every mode", async () => {
  for (const input of [
    { ...listed, transactions: packed },
    { ...listed, transactions: packed, senders: packedSenders },
    { ...listed, transactions: packed, mode: "sequential" as const },
  ]) {
    assert.deepEqual(await outcome(engine, input), expected);
    assert.deepEqual(await outcome(alone, input), expected);
  }
});

test("a packed block may be a part of a longer buffer, in shared memory", async () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(packed.bytes.length + 200)).fill(0xff);
  bytes.set(packed.bytes, 100);
  const offsets = new Uint32Array(new SharedArrayBuffer(packed.offsets.byteLength));
  offsets.set(packed.offsets.map((offset) => offset + 100));
  const inShared = new Uint8Array(new SharedArrayBuffer(400));
  inShared.set(packedSenders);
  const input = { ...listed, transactions: { bytes, offsets }, senders: inShared };
  assert.deepEqual(await outcome(engine, input), expected);
});

test("a block without transactions may be packed too", async () => {
  const empty = { ...block([]), transactions: { bytes: new Uint8Array(0), offsets: Uint32Array.of(0) } };
  assert.deepEqual(await outcome(engine, empty), await outcome(engine, block([])));
});

test("an empty transaction of a packed block is malformed, and named by its position", async () => {
  const transactions = packTransactions([...listed.transactions.slice(0, 3), new Uint8Array(0)]);
  await assert.rejects(engine.execute({ ...block(transfers(4)), transactions }), {
    code: "INVALID_TRANSACTION",
    index: 3,
    reason: "Malformed",
  });
});

test("packed transactions that do not fit together are refused by the field that is wrong", async () => {
  const { bytes, offsets } = packed;
  const end = offsets.at(-1)!;
  const cases: [unknown, string][] = [
    [{ bytes, offsets: [...offsets] }, "transactions.offsets"],
    [{ bytes, offsets: new Uint32Array(0) }, "transactions.offsets"],
    [{ bytes, offsets: new Uint32Array(2 ** 20 + 2) }, "transactions.offsets"],
    [{ bytes: [...bytes], offsets }, "transactions.bytes"],
    [{ offsets }, "transactions.bytes"],
    [{ bytes }, "transactions"],
    [{ bytes, offsets: Uint32Array.of(0, 5, 4) }, "transactions.offsets[2]"],
    [{ bytes, offsets: Uint32Array.of(end + 1) }, "transactions.offsets[0]"],
    [{ bytes: bytes.subarray(0, end - 1), offsets }, "transactions.offsets[20]"],
    [{ bytes: new Uint8Array(2 ** 28 + 1), offsets: Uint32Array.of(0, 2 ** 28 + 1) }, "transactions"],
  ];
  for (const [transactions, field] of cases) {
    const input = { ...listed, transactions: transactions as PackedTransactions };
    await assert.rejects(engine.execute(input), { code: "INVALID_ARGUMENT", field }, field);
  }
  assert.throws(() => packTransactions([bytes, "0x" as never]), { field: "transactions[1]" });
  assert.deepEqual(await outcome(engine, listed), expected);
});

test("the number of senders is compared with that of the packed transactions", async () => {
  for (const wrong of [packedSenders.subarray(20), [sender(0)], new Uint8Array(0)]) {
    const input = { ...listed, transactions: packed, senders: wrong };
    await assert.rejects(engine.execute(input), { code: "INVALID_ARGUMENT", field: "senders" });
  }
});

test("offsets that another thread changes once they are checked make the block invalid, and nothing more", async () => {
  for (const wrong of [0xffffffff, packed.bytes.length + 1, 0]) {
    const offsets = packed.offsets.slice();
    let looks = 0;
    const transactions: PackedTransactions = {
      offsets,
      get bytes() {
        // The first look is the check's, the second the copy's.
        if (++looks === 2) offsets[5] = wrong;
        return packed.bytes;
      },
    };
    await assert.rejects(engine.execute({ ...listed, transactions }), { index: 4, reason: "Malformed" });
  }
  assert.deepEqual(await outcome(engine, listed), expected);
});
