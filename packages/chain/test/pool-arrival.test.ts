// Many transactions at once, and a pool that is flooded.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  openChain,
  type PooledTransaction,
  type PoolOptions,
  TransactionRefusedError,
} from "../src/index.ts";
import { alice, bob, CHAIN_ID, carol, genesisOf, person, signed } from "./support/people.ts";

const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

const PEOPLE = [alice, bob, carol, ...Array.from({ length: 20 }, (_, i) => person(10 + i))];

async function poolOf(options: PoolOptions = {}, workers = 1) {
  const chain = await openChain({ genesis: genesisOf(PEOPLE), workers, memoryLimit: 2 ** 26, pool: options });
  opened.push(chain);
  return chain;
}

const said = (one: PooledTransaction | TransactionRefusedError) =>
  one instanceof TransactionRefusedError ? one.reason : one.hash;

/** The transactions of a batch as it could come from anywhere: good ones, and all that can be wrong. */
function mixedBatch(): Uint8Array[] {
  const highS = signed(bob, { nonce: 0n });
  // Behind the last item's prefix: a signature that nobody made.
  highS.fill(0xff, highS.length - 32);
  return [
    ...[2n, 0n, 1n].map((nonce) => signed(alice, { nonce })),
    ...[0n, 1n, 1n].map((nonce) => signed(carol, { nonce })),
    signed(bob, { nonce: 0n, chainId: CHAIN_ID + 1 }),
    highS,
    new Uint8Array(0),
    Uint8Array.of(2, 0xc0),
    Uint8Array.of(0x7e, 0xc0),
    signed(bob, { nonce: 0n, data: `0x${"00".repeat(131_072)}` }),
    signed(bob, { nonce: 0n, gas: 20_000n }),
    signed(person(99), { nonce: 0n }),
    signed(bob, { nonce: 0n }),
  ];
}

test("of many transactions at once each is taken or refused as if it had come alone", async () => {
  const batch = mixedBatch();
  const together = await poolOf();
  const alone = await poolOf();
  const expected: string[] = [];
  for (const raw of batch) {
    expected.push(
      await alone.pool.add(raw).then(said, (error: unknown) => said(error as TransactionRefusedError)),
    );
  }
  const taken = await together.pool.addMany(batch);
  assert.deepEqual(taken.map(said), expected);
  assert.equal(expected.filter((one) => one.startsWith("0x")).length, 6);
  const facts = ({ pool }: typeof alone) =>
    Array.from(
      pool.transactions(),
      ({ arrival: _, account: __, slab: ___, place: ____, ...one }) => one,
    ).sort((a, b) => (a.hash < b.hash ? -1 : 1));
  assert.deepEqual(facts(together), facts(alone));
  assert.equal(await together.pool.nextNonce(alice.address), 3n);
});

test("transactions that arrive one by one in the same turn are recovered together, each in its order", async () => {
  const { pool, engine } = await poolOf();
  const calls: number[] = [];
  const recover = engine.recoverSenders.bind(engine);
  engine.recoverSenders = (transactions) => {
    calls.push((transactions as readonly Uint8Array[]).length);
    return recover(transactions);
  };
  const raws = Array.from({ length: 12 }, (_, i) => signed(alice, { nonce: BigInt(i) }));
  const added = await Promise.all(raws.map((raw) => pool.add(raw)));
  assert.deepEqual(calls, [12]);
  assert.deepEqual(
    added.map(({ nonce }) => nonce),
    Array.from(pool.transactions(), ({ nonce }) => nonce),
  );
  await pool.add(signed(bob, { nonce: 0n }));
  assert.deepEqual(calls, [12]);
});

test("one that comes while many are being recovered does not overtake them", async () => {
  const { pool, engine } = await poolOf();
  const recover = engine.recoverSenders.bind(engine);
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  engine.recoverSenders = async (transactions) => {
    isAsked();
    await held;
    return recover(transactions);
  };
  const first = pool.addMany(PEOPLE.map((one) => signed(one, { nonce: 0n })));
  await asked;
  const last = pool.add(signed(alice, { nonce: 1n }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  goOn();
  await Promise.all([first, last]);
  assert.equal((await last).arrival, PEOPLE.length);
});

test("where the workers cannot recover what came, each transaction is looked at by itself", async () => {
  const { pool, engine } = await poolOf();
  engine.recoverSenders = () => Promise.reject(new Error("no memory"));
  const taken = await pool.addMany(Array.from({ length: 12 }, (_, i) => signed(alice, { nonce: BigInt(i) })));
  assert.equal(taken.filter((one) => one instanceof TransactionRefusedError).length, 0);
  assert.equal(await pool.nextNonce(alice.address), 12n);
});

test("a batch that arrives while a block is made is judged by the head after it", async () => {
  const chain = await poolOf();
  const { pool } = chain;
  await pool.add(signed(alice, { nonce: 0n }));
  const raws = Array.from({ length: 10 }, (_, i) => signed(alice, { nonce: BigInt(i) }));
  const [, taken] = await Promise.all([chain.mine(), pool.addMany(raws)]);
  assert.equal(chain.head.transactionCount, 1);
  assert.equal(await pool.nextNonce(alice.address), 10n);
  assert.ok(taken[0] instanceof TransactionRefusedError);
});

test("an account reads its state once for all transactions that come at once", async () => {
  const { pool, engine } = await poolOf();
  let reads = 0;
  const getAccount = engine.getAccount.bind(engine);
  engine.getAccount = (address) => {
    reads++;
    return getAccount(address);
  };
  await pool.addMany(Array.from({ length: 50 }, (_, i) => signed(alice, { nonce: BigInt(i) })));
  assert.equal(reads, 1);
});

test("a flood of what pays more lets the cheapest go and never holds more than its limits", async () => {
  const limit = 64;
  const { pool } = await poolOf({ limit, byteLimit: 8_000 }, 0);
  let dropped = 0;
  pool.on("dropped", (gone) => {
    dropped += gone.length;
  });
  let taken = 0;
  for (let fee = 1; fee <= 20; fee++) {
    const fees = { maxFeePerGas: BigInt(fee * 10), maxPriorityFeePerGas: 1n };
    // Every other sender leaves a gap.
    const batch = PEOPLE.map((one, i) => signed(one, { nonce: BigInt(fee + (i % 2)) - 1n, ...fees }));
    for (const one of await pool.addMany(batch)) {
      if (!(one instanceof TransactionRefusedError)) taken++;
      else assert.equal(one.reason, "PoolFull");
    }
    assert.ok(pool.size <= limit, `${pool.size} transactions`);
    assert.ok(pool.bytes <= 8_000, `${pool.bytes} bytes`);
  }
  assert.equal(taken - dropped, pool.size);
  assert.equal(
    pool.bytes,
    [...pool.transactions()].reduce((sum, { raw }) => sum + raw.length, 0),
  );
});

test("nothing is let go for one that could not be taken even then", async () => {
  const { pool } = await poolOf({ byteLimit: 1_000 });
  const low = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n };
  const kept = [
    await pool.add(signed(alice, { nonce: 0n, ...low })),
    await pool.add(signed(bob, { nonce: 0n, maxFeePerGas: 30n, maxPriorityFeePerGas: 1n })),
  ];
  const large = signed(carol, {
    nonce: 0n,
    data: `0x${"00".repeat(900)}`,
    maxFeePerGas: 20n,
    maxPriorityFeePerGas: 1n,
  });
  await assert.rejects(pool.add(large), /^TransactionRefusedError: txpool is full/);
  assert.deepEqual(
    Array.from(pool.transactions(), ({ hash }) => hash),
    kept.map(({ hash }) => hash),
  );
  // A small one that pays as little is still taken where there is room.
  await pool.add(signed(carol, { nonce: 0n, ...low }));
});
