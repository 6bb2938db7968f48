import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Address from "ox/Address";
import * as Bloom from "ox/Bloom";
import * as Hash from "ox/Hash";
import * as Hex from "ox/Hex";
import * as Rlp from "ox/Rlp";
import { Fork, Halt, Invalid } from "../src/codes.ts";
import { ONLY_TRANSACTIONS, sender, TestBlock } from "./support/block.ts";
import { orderedRootOf } from "./support/ordered-root.ts";
import { type Item, integer, recipient, rlp, signed } from "./support/transaction.ts";

const topics = [1n, 2n, 3n, 4n].map((value) => Hex.fromNumber(value * 17n ** 20n, { size: 32 }));

/** Code that emits a log of `count` topics and `length` bytes of data, all ones in the first word. */
function logging(count: number, length: number): Hex.Hex {
  const pushed = topics.slice(0, count).reverse();
  const push2 = (value: number) => Hex.concat("0x61", Hex.fromNumber(value, { size: 2 }));
  return Hex.concat(
    "0x7f",
    `0x${"11".repeat(32)}`,
    "0x600052",
    ...pushed.flatMap((topic) => ["0x7f" as const, topic]),
    push2(length),
    "0x6000",
    Hex.fromNumber(0xa0 + count, { size: 1 }),
    "0x00",
  );
}

function logItem(address: Address.Address, count: number, length: number): Item {
  const data = Hex.padRight(Hex.slice(`0x${"11".repeat(32)}`, 0, Math.min(32, length)), length);
  return [address, topics.slice(0, count), length === 0 ? "0x" : data];
}

const contracts = [0, 1, 2, 3, 4].map((count) => ({
  address: `0x${(count + 1).toString(16).padStart(2, "0").repeat(20)}` as Address.Address,
  count,
  length: [0, 1, 55, 56, 300][count]!,
}));

function run(fork: number) {
  const block = new TestBlock(
    { ...ONLY_TRANSACTIONS, fork },
    {
      [sender]: { balance: 10n ** 18n },
      ...Object.fromEntries(contracts.map((c) => [c.address, { code: logging(c.count, c.length) }])),
      [recipient]: { code: "0xfe" },
    },
  );
  const types = fork >= Fork.London ? ([0, 1, 2, 0, 2] as const) : ([0, 0, 0, 0, 0] as const);
  const raw = contracts.map((contract, i) =>
    signed({ type: types[i]!, to: contract.address, nonce: BigInt(i), gasLimit: 100_000n }),
  );
  raw.push(signed({ nonce: 5n, gasLimit: 30_000n }));
  for (const transaction of raw) block.add(transaction);
  assert.equal(block.run(), Invalid.None);
  return { block, raw, types };
}

function bloomOf(values: readonly Hex.Hex[]): Hex.Hex {
  const bits = new Uint8Array(256);
  for (const value of values) {
    const hash = Hash.keccak256(value, { as: "Bytes" });
    for (const i of [0, 2, 4]) {
      const bit = ((hash[i]! << 8) | hash[i + 1]!) & 2047;
      bits[255 - (bit >> 3)]! |= 1 << (bit & 7);
    }
  }
  return Hex.fromBytes(bits);
}

test("receipts hold status, cumulative gas, bloom and logs, behind their type", () => {
  const { block, types } = run(Fork.Osaka);
  let cumulative = 0n;
  contracts.forEach((contract, i) => {
    const t = block.transaction(i);
    cumulative += block.u64(t, "Transaction_gasUsed");
    const bloom = bloomOf([contract.address, ...topics.slice(0, contract.count)]);
    const payload = rlp([
      "0x01",
      integer(cumulative),
      bloom,
      [logItem(contract.address, contract.count, contract.length)],
    ]);
    const type = types[i]!;
    const expected = type === 0 ? payload : Hex.concat(Hex.fromNumber(type, { size: 1 }), payload);
    assert.equal(block.span(t, "Transaction_receipt", "Transaction_receiptLength"), expected);
    assert.ok(Bloom.contains(bloom, contract.address));
  });
  const failed = block.transaction(5);
  assert.equal(block.u32(failed, "Transaction_status"), Halt.InvalidOpcode);
  assert.equal(
    block.span(failed, "Transaction_receipt", "Transaction_receiptLength"),
    rlp(["0x", integer(cumulative + 30_000n), `0x${"00".repeat(256)}`, []]),
  );
});

test("the block's bloom is that of all its logs", () => {
  const { block } = run(Fork.Osaka);
  assert.equal(
    block.bytesAt("RESULT_BLOOM", 256),
    bloomOf([...contracts.map((contract) => contract.address), ...topics]),
  );
});

test("the filter holds every topic of many logs, those that come again and those that do not", () => {
  // One log for each byte of calldata: its number modulo 3, its number.
  const counting: Hex.Hex = "0x5f5b60010180600381065f5fa280361160015700";
  const counts = [1500, 1500, 7, 2500];
  const block = new TestBlock(
    { ...ONLY_TRANSACTIONS, fork: Fork.Osaka },
    { [sender]: { balance: 10n ** 18n }, [recipient]: { code: counting } },
  );
  counts.forEach((count, i) => {
    block.add(signed({ nonce: BigInt(i), gasLimit: 16_000_000n, data: `0x${"01".repeat(count)}` }));
  });
  assert.equal(block.run(), Invalid.None);
  counts.forEach((count, i) => {
    const t = block.transaction(i);
    assert.equal(block.u32(t, "Transaction_logCount"), count);
    const values = Array.from({ length: count + 1 }, (_, n) => Hex.fromNumber(n, { size: 32 }));
    const receipt = Rlp.toHex(block.span(t, "Transaction_receipt", "Transaction_receiptLength")) as Item[];
    assert.equal(receipt[2], bloomOf([recipient, ...values]));
  });
});

test("transactions root and receipts root are those of the raw bytes", () => {
  for (const fork of [Fork.Byzantium, Fork.Osaka]) {
    const { block, raw } = run(fork);
    const receipts = raw.map((_, i) =>
      block.span(block.transaction(i), "Transaction_receipt", "Transaction_receiptLength"),
    );
    assert.equal(block.root("RESULT_TRANSACTIONS_ROOT"), orderedRootOf(raw));
    assert.equal(block.root("RESULT_RECEIPTS_ROOT"), orderedRootOf(receipts));
  }
});

test("the hash of all logs is that of their list", () => {
  const { block } = run(Fork.Osaka);
  const all = contracts.map((c) => logItem(c.address, c.count, c.length));
  assert.equal(block.root("RESULT_LOGS_HASH"), Hash.keccak256(rlp(all)));
});

test("logs of a reverted call are in no receipt", () => {
  const emitThenRevert = Hex.concat(Hex.slice(logging(1, 0), 0, Hex.size(logging(1, 0)) - 1), "0x60006000fd");
  const block = new TestBlock(
    { ...ONLY_TRANSACTIONS, fork: Fork.Osaka },
    { [sender]: { balance: 10n ** 18n }, [recipient]: { code: emitThenRevert } },
  );
  block.add(signed({ gasLimit: 100_000n }));
  assert.equal(block.run(), Invalid.None);
  assert.equal(block.u32(block.transaction(0), "Transaction_logCount"), 0);
  const receipt = Rlp.toHex(
    block.span(block.transaction(0), "Transaction_receipt", "Transaction_receiptLength"),
  ) as Item[];
  assert.deepEqual(receipt[3], []);
});
