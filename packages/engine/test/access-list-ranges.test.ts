// A list that is far longer than what one worker encodes at a time (kernel, block/access-list-slots.ts): its parts must
// fit together whoever made them, wherever an account or a slot begins and ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type AccountAccess, createEngine, encodeBlockAccessList, type Hex } from "../src/index.ts";
import {
  type Call,
  COINBASE,
  COUNTER,
  contract,
  ETHER,
  recipient,
  sender,
  senders,
} from "./support/blocks.ts";
import { executed, LISTED, listedBlock } from "./support/listed-blocks.ts";
import { seededRandom } from "./support/random.ts";
import { assemble } from "./support/token.ts";

const SENDERS = 800;
const ROUNDS = 2;
const PRICE = 7n;
/** Writes the second word of calldata to the slot that the first one names, and reads the slot of the third. */
const STORE = assemble("32 CALLDATALOAD 0 CALLDATALOAD SSTORE 64 CALLDATALOAD SLOAD STOP");
const STORES = [0, 1, 2, 3].map(contract);
const HOT = contract(9);

const word = (value: bigint) => value.toString(16).padStart(64, "0");
const hash = (i: number) =>
  BigInt(`0x${(BigInt(i + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16)}`) << 100n;

const alloc = {
  ...senders(SENDERS),
  ...Object.fromEntries(STORES.map((address) => [address, { code: STORE }])),
  [HOT]: { code: COUNTER },
};

/** A block of `SENDERS * ROUNDS` calls, and the slots that they leave. */
function longBlock() {
  const random = seededRandom(3);
  const calls: (Call & { to: Hex; value: bigint })[] = [];
  const written = new Map<Hex, Map<bigint, { index: number; value: bigint }[]>>();
  const read = new Map<Hex, Set<bigint>>();
  for (let i = 0; i < SENDERS * ROUNDS; i++) {
    const from = sender(i % SENDERS);
    const fields = { from, value: 0n, nonce: BigInt(Math.floor(i / SENDERS)) };
    const index = i + 1;
    if (i % 3 === 2) {
      // One slot that more transactions write than a range has entries.
      calls.push({ ...fields, to: HOT });
      const slots = written.get(HOT) ?? new Map();
      written.set(HOT, slots);
      slots.set(0n, [...(slots.get(0n) ?? []), { index, value: BigInt(slots.get(0n)?.length ?? 0) + 1n }]);
    } else if (i % 3 === 1) {
      calls.push({ ...fields, to: recipient(i), value: 1n });
    } else {
      // Most of one contract, few of the others; every other key comes again.
      const to = STORES[Math.max(0, random(10) - 6)]!;
      const key = hash(i % 2 === 0 ? i : random(20));
      const seen = hash(random(4000));
      calls.push({ ...fields, to, data: `0x${word(key)}${word(BigInt(index))}${word(seen)}` });
      const slots = written.get(to) ?? new Map();
      written.set(to, slots);
      slots.set(key, [...(slots.get(key) ?? []), { index, value: BigInt(index) }]);
      read.set(to, (read.get(to) ?? new Set()).add(seen));
    }
  }
  return { calls, written, read };
}

const smallest = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

test("a list of many ranges names every change and every read, on any number of workers, built and imported", async () => {
  const { calls, written, read } = longBlock();
  const input = listedBlock(calls);
  await using inOrder = await createEngine({ workers: 0, chain: LISTED, genesis: { alloc } });
  const expected = await executed(inOrder, { ...input, mode: "sequential" });

  const entries = new Map<Hex, AccountAccess>();
  const at = (address: Hex) => {
    const known = entries.get(address);
    if (known !== undefined) return known;
    const made: AccountAccess = {
      address,
      storageChanges: [],
      storageReads: [],
      balances: [],
      nonces: [],
      codes: [],
    };
    entries.set(address, made);
    return made;
  };
  const balances = new Map<Hex, bigint>();
  calls.forEach(({ from, to, value }, i) => {
    const receipt = expected.facts.receipts[i]!;
    assert.ok(receipt.success);
    const left = (balances.get(from) ?? ETHER) - value - receipt.gasUsed * PRICE;
    balances.set(from, left);
    at(from).balances.push({ index: i + 1, value: left });
    at(from).nonces.push({ index: i + 1, value: BigInt(Math.floor(i / SENDERS)) + 1n });
    at(to);
    if (value > 0n) at(to).balances.push({ index: i + 1, value });
  });
  at(COINBASE);
  for (const [address, slots] of written) {
    const changes = [...slots].map(([key, values]) => ({ key, changes: values }));
    at(address).storageChanges = changes.sort((a, b) => smallest(a.key, b.key));
    at(address).storageReads = [...(read.get(address) ?? [])].filter((key) => !slots.has(key)).sort(smallest);
  }
  // What blocks from Cancun on call before their transactions has no code here: it is accessed, and no more.
  at("0x000f3df6d732807ef1319fb7b8bb8522d0beac02");
  const list = [...entries.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
  assert.deepEqual(expected.list, encodeBlockAccessList(list));

  for (const workers of [2, 8]) {
    await using engine = await createEngine({ workers, chain: LISTED, genesis: { alloc } });
    for (const blockAccessList of [undefined, expected.list]) {
      const met = await executed(engine, { ...input, ...(blockAccessList && { blockAccessList }) });
      assert.deepEqual(met.list, expected.list);
      assert.deepEqual(met.facts, expected.facts);
      assert.equal(met.schedule.onAccessList, blockAccessList !== undefined);
    }
  }
});
