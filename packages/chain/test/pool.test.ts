import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Hex } from "@heddle/engine";
import { openChain, type PoolOptions, type RefusalReason } from "../src/index.ts";
import { alice, bob, CHAIN_ID, carol, ETHER, genesisOf, person, signed } from "./support/people.ts";
import { refused } from "./support/refused.ts";

const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function poolOf(options: PoolOptions = {}) {
  const people = [alice, bob, carol, ...Array.from({ length: 20 }, (_, i) => person(10 + i))];
  const chain = await openChain({
    genesis: genesisOf(people),
    workers: 0,
    memoryLimit: 2 ** 26,
    pool: options,
  });
  opened.push(chain);
  return chain;
}

const hashes = (transactions: Iterable<{ hash: Hex }>) => Array.from(transactions, ({ hash }) => hash);

test("what cannot be in any next block is refused by its reason, in geth's words", async () => {
  const { pool } = await poolOf();
  const cases: [Uint8Array, RefusalReason, RegExp][] = [
    [
      signed(alice, { nonce: 0n, gas: 20_000n }),
      "IntrinsicGasTooLow",
      /^intrinsic gas too low: 20000, expected 21000/,
    ],
    [
      signed(alice, { nonce: 0n, value: 11n * ETHER }),
      "InsufficientFunds",
      /^insufficient funds for gas \* price \+ value/,
    ],
    [signed(person(99), { nonce: 0n }), "InsufficientFunds", /^insufficient funds/],
    [signed(alice, { nonce: 0n, chainId: CHAIN_ID + 1 }), "InvalidChainId", /^invalid chain id/],
    [
      signed(alice, { nonce: 0n, gas: 30_000_001n, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }),
      "GasAllowanceExceeded",
      /^exceeds block gas limit/,
    ],
    [signed(alice, { nonce: 0n, data: `0x${"00".repeat(131_072)}` }), "TooLarge", /^oversized data/],
    [Uint8Array.of(2, 0xc0), "Malformed", /malformed/],
    [Uint8Array.of(0x7e, 0xc0), "TypeNotSupported", /^transaction type not supported/],
    [new Uint8Array(0), "Malformed", /malformed/],
  ];
  for (const [raw, reason, words] of cases) await assert.rejects(pool.add(raw), refused(reason, words));
  assert.equal(pool.size, 0);
  assert.equal(pool.bytes, 0);
});

test("transactions wait behind a gap in the nonces, and are ready when it is filled", async () => {
  const { pool } = await poolOf();
  const told: Hex[] = [];
  pool.on("pending", ({ hash }) => told.push(hash));
  const [second, third, first] = [1n, 2n, 0n].map((nonce) => signed(alice, { nonce }));
  const late = [await pool.add(second!), await pool.add(third!)];
  assert.deepEqual(told, []);
  assert.equal(await pool.nextNonce(alice.address), 0n);
  assert.deepEqual(hashes((await pool.content()).queued.get(alice.address)!), hashes(late));
  const early = await pool.add(first!);
  assert.deepEqual(told, hashes([early, ...late]));
  assert.equal(await pool.nextNonce(alice.address), 3n);
  const { pending, queued } = await pool.content();
  assert.deepEqual(hashes(pending.get(alice.address)!), hashes([early, ...late]));
  assert.equal(queued.size, 0);
});

test("who waits behind a transaction that is replaced is not told again", async () => {
  const { pool } = await poolOf();
  const told: Hex[] = [];
  pool.on("pending", ({ hash }) => told.push(hash));
  const fees = { maxFeePerGas: 200n, maxPriorityFeePerGas: 20n };
  const all = [];
  for (const fields of [{ nonce: 0n, maxFeePerGas: 100n, maxPriorityFeePerGas: 10n }, { nonce: 1n }]) {
    all.push(await pool.add(signed(alice, fields)));
  }
  all.push(await pool.add(signed(alice, { nonce: 0n, ...fees })));
  assert.deepEqual(told, hashes(all));
});

test("the same transaction is known, and another of its nonce must pay a tenth more for both", async () => {
  const { pool } = await poolOf();
  const dropped: Hex[] = [];
  pool.on("dropped", (gone) => dropped.push(...hashes(gone)));
  const raw = signed(alice, { nonce: 0n, maxFeePerGas: 100n, maxPriorityFeePerGas: 10n });
  const first = await pool.add(raw);
  await assert.rejects(pool.add(raw), refused("AlreadyKnown", /^already known/));
  for (const [maxFeePerGas, maxPriorityFeePerGas] of [
    [109n, 11n],
    [110n, 10n],
  ] as const) {
    const poorer = signed(alice, { nonce: 0n, maxFeePerGas, maxPriorityFeePerGas });
    await assert.rejects(
      pool.add(poorer),
      refused("ReplacementUnderpriced", /^replacement transaction underpriced/),
    );
  }
  const richer = await pool.add(signed(alice, { nonce: 0n, maxFeePerGas: 110n, maxPriorityFeePerGas: 11n }));
  assert.deepEqual(dropped, [first.hash]);
  assert.deepEqual(hashes(pool.transactions()), [richer.hash]);
  assert.equal(pool.bytes, richer.raw.length);
});

test("two at the same time from a sender who was not known are both kept", async () => {
  const { pool } = await poolOf();
  await Promise.all([0n, 1n].map((nonce) => pool.add(signed(alice, { nonce }))));
  assert.equal(await pool.nextNonce(alice.address), 2n);
});

test("a full pool lets the cheapest go, those behind gaps first, and refuses what pays no more", async () => {
  const { pool } = await poolOf({ limit: 4 });
  const cheap = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n };
  const ready = await pool.add(signed(alice, { nonce: 0n, ...cheap }));
  const gapped = await pool.add(signed(bob, { nonce: 7n, maxFeePerGas: 20n, maxPriorityFeePerGas: 1n }));
  await pool.add(signed(alice, { nonce: 1n, maxFeePerGas: 30n, maxPriorityFeePerGas: 1n }));
  await pool.add(signed(carol, { nonce: 0n, maxFeePerGas: 30n, maxPriorityFeePerGas: 1n }));
  const more = person(10);
  await assert.rejects(
    pool.add(signed(more, { nonce: 0n, ...cheap })),
    refused("PoolFull", /^txpool is full/),
  );
  assert.equal(pool.size, 4);
  await pool.add(signed(more, { nonce: 0n, maxFeePerGas: 25n, maxPriorityFeePerGas: 1n }));
  assert.equal(pool.get(gapped.hash), undefined);
  assert.notEqual(pool.get(ready.hash), undefined);
  // Whoever is let go takes those along that cannot be executed without it.
  await pool.add(signed(person(11), { nonce: 0n, maxFeePerGas: 40n, maxPriorityFeePerGas: 1n }));
  assert.equal(await pool.nextNonce(alice.address), 0n);
  assert.equal(pool.size, 3);
});

test("one sender cannot take all the room", async () => {
  const { pool } = await poolOf({ accountLimit: 2 });
  await pool.add(signed(alice, { nonce: 0n }));
  await pool.add(signed(alice, { nonce: 1n }));
  await assert.rejects(
    pool.add(signed(alice, { nonce: 2n })),
    refused("AccountLimit", /^account limit exceeded/),
  );
  await pool.add(signed(bob, { nonce: 0n }));
});

test("a transaction is dropped by its hash, all of a sender by the address", async () => {
  const { pool } = await poolOf();
  const first = await pool.add(signed(alice, { nonce: 0n }));
  await pool.add(signed(alice, { nonce: 1n }));
  await pool.add(signed(bob, { nonce: 0n }));
  assert.equal(pool.drop(first.hash), true);
  assert.equal(pool.drop(first.hash), false);
  assert.equal((await pool.content(alice.address)).queued.get(alice.address)?.length, 1);
  pool.clear(alice.address);
  assert.deepEqual([...(await pool.content()).pending.keys()], [bob.address]);
  pool.clear();
  assert.deepEqual([pool.size, pool.bytes], [0, 0]);
});
