// A pool that is flooded: whatever comes, its limits hold, what it counts is what it has, and each that is refused hears why.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  type Chain,
  openChain,
  type PoolOptions,
  type RefusalReason,
  TransactionRefusedError,
} from "../src/index.ts";
import { alice, bob, genesisOf, type Person, person, signed } from "./support/people.ts";

const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

const CROWD = [alice, bob, ...Array.from({ length: 38 }, (_, i) => person(10 + i))];

async function chainOf(pool: PoolOptions): Promise<Chain> {
  const chain = await openChain({ genesis: genesisOf(CROWD), workers: 1, memoryLimit: 2 ** 26, pool });
  opened.push(chain);
  return chain;
}

const GWEI = 10n ** 9n;
const paying = (fee: bigint) => ({ maxFeePerGas: fee * GWEI, maxPriorityFeePerGas: GWEI });

/** All of a pool, counted anew. */
function check({ pool }: Chain): void {
  const all = [...pool.transactions()];
  assert.equal(pool.size, all.length);
  assert.equal(
    pool.bytes,
    all.reduce((sum, { raw }) => sum + raw.length, 0),
  );
  assert.ok(pool.size <= pool.options.limit, `${pool.size} transactions`);
  assert.ok(pool.bytes <= pool.options.byteLimit, `${pool.bytes} bytes`);
  const places = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { sender, nonce, hash } of all) {
    const place = `${sender} ${nonce}`;
    assert.equal(places.has(place), false, `two at ${place}`);
    places.set(place, nonce);
    counts.set(sender, (counts.get(sender) ?? 0) + 1);
    assert.equal(pool.get(hash)?.nonce, nonce);
  }
  assert.ok(Math.max(0, ...counts.values()) <= pool.options.accountLimit);
}

/** How many were taken, and how many refused for each reason. */
async function flood({ pool }: Chain, raws: readonly Uint8Array[]): Promise<Record<string, number>> {
  const counts: Partial<Record<RefusalReason | "taken", number>> = {};
  for (const one of await pool.addMany(raws)) {
    const what = one instanceof TransactionRefusedError ? one.reason : "taken";
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

const run = (from: Person, count: number, fee: bigint, first = 0) =>
  Array.from({ length: count }, (_, i) => signed(from, { nonce: BigInt(first + i), ...paying(fee) }));

test("of one sender as many wait as one may have, and all others still find room", async () => {
  const chain = await chainOf({ limit: 100, accountLimit: 60 });
  assert.deepEqual(await flood(chain, run(alice, 90, 5n)), { taken: 60, AccountLimit: 30 });
  check(chain);
  const others = CROWD.slice(1).flatMap((one) => run(one, 1, 5n));
  assert.deepEqual(await flood(chain, others), { taken: 39 });
  check(chain);
  // A replacement takes no place of its own.
  assert.deepEqual(await flood(chain, run(alice, 60, 8n)), {
    ReplacementUnderpriced: 60,
  });
  const better = Array.from({ length: 60 }, (_, i) =>
    signed(alice, { nonce: BigInt(i), maxFeePerGas: 8n * GWEI, maxPriorityFeePerGas: 2n * GWEI }),
  );
  assert.deepEqual(await flood(chain, better), { taken: 60 });
  check(chain);
});

test("a full pool takes nothing that pays as little, and of many senders what pays more", async () => {
  const chain = await chainOf({ limit: 40 });
  const first = CROWD.slice(0, 20);
  const second = CROWD.slice(20);
  assert.deepEqual(
    await flood(
      chain,
      first.flatMap((one) => run(one, 2, 5n)),
    ),
    { taken: 40 },
  );
  assert.deepEqual(
    await flood(
      chain,
      second.flatMap((one) => run(one, 2, 5n)),
    ),
    { PoolFull: 40 },
  );
  check(chain);
  assert.deepEqual(
    await flood(
      chain,
      second.flatMap((one) => run(one, 2, 6n)),
    ),
    { taken: 40 },
  );
  check(chain);
  // All of those who paid less have gone.
  const left = new Set(Array.from(chain.pool.transactions(), ({ sender }) => sender));
  assert.deepEqual([...left].sort(), second.map(({ address }) => address).sort());
});

test("what waits behind gaps goes before what can be executed, also where it pays more", async () => {
  const chain = await chainOf({ limit: 30 });
  const [ready, gapped, late] = [CROWD.slice(0, 10), CROWD.slice(10, 30), CROWD.slice(30)];
  await flood(
    chain,
    ready.flatMap((one) => run(one, 1, 4n)),
  );
  await flood(
    chain,
    gapped.flatMap((one) => run(one, 1, 6n, 5)),
  );
  assert.deepEqual(
    await flood(
      chain,
      late.flatMap((one) => run(one, 2, 8n)),
    ),
    { taken: 20 },
  );
  check(chain);
  const { pending, queued } = await chain.pool.content();
  assert.equal(queued.size, 0);
  assert.deepEqual([...pending.keys()].sort(), [...ready, ...late].map(({ address }) => address).sort());
});

test("the same again and again costs no room, and each time hears that it is known", async () => {
  const chain = await chainOf({ limit: 30 });
  const raws = run(alice, 10, 5n);
  assert.deepEqual(await flood(chain, raws), { taken: 10 });
  for (let i = 0; i < 20; i++) assert.deepEqual(await flood(chain, raws), { AlreadyKnown: 10 });
  check(chain);
});

test("however often it is replaced, a transaction is one", async () => {
  const chain = await chainOf({ limit: 4 });
  let fee = 1_000_000_000n;
  for (let i = 0; i < 100; i++, fee += fee / 10n + 1n) {
    const data = `0x${"00".repeat(20_000 + i)}` as const;
    const wanted = { nonce: 0n, gas: 1_000_000n, maxFeePerGas: fee, maxPriorityFeePerGas: fee, data };
    const counts = await flood(chain, [signed(alice, wanted)]);
    // Until it costs more than the sender has.
    if (counts["InsufficientFunds"] === 1) break;
    assert.deepEqual(counts, { taken: 1 });
    check(chain);
  }
  assert.equal(chain.pool.size, 1);
});

test("large ones are held by the bytes of the pool, and one that is too large by itself never comes in", async () => {
  const byteLimit = 200_000;
  const chain = await chainOf({ byteLimit, transactionBytes: 50_000 });
  const large = (from: Person, nonce: bigint, fee: bigint, length: number) =>
    signed(from, { nonce, gas: 2_000_000n, ...paying(fee), data: `0x${"00".repeat(length)}` });
  const crowd = CROWD.slice(0, 12);
  const even = await flood(
    chain,
    crowd.map((one) => large(one, 0n, 2n, 40_000)),
  );
  assert.deepEqual(even, { taken: 4, PoolFull: 8 });
  check(chain);
  const more = await flood(
    chain,
    crowd.map((one) => large(one, 1n, 3n, 40_000)),
  );
  assert.equal((more["taken"] ?? 0) + (more["PoolFull"] ?? 0), 12);
  check(chain);
  assert.deepEqual(await flood(chain, [large(bob, 5n, 4n, 60_000)]), { TooLarge: 1 });
});

test("blocks empty a flooded pool, and what could not be executed any more goes with them", async () => {
  const chain = await chainOf({ limit: 200 });
  const raws = CROWD.flatMap((one) => run(one, 5, 5n));
  assert.deepEqual(await flood(chain, raws), { taken: 200 });
  for (let blocks = 0; chain.pool.size > 0; blocks++) {
    assert.ok(blocks < 10, `${chain.pool.size} left`);
    await chain.mine();
    check(chain);
  }
  assert.equal(chain.pool.bytes, 0);
  assert.deepEqual(await flood(chain, raws.slice(0, 5)), { NonceTooLow: 5 });
  assert.deepEqual(
    await flood(
      chain,
      CROWD.flatMap((one) => run(one, 5, 5n, 5)),
    ),
    { taken: 200 },
  );
  check(chain);
});

test("a random flood between blocks, drops and reorgs never leaves the limits", async () => {
  const chain = await chainOf({ limit: 50, byteLimit: 9_000, accountLimit: 8 });
  let state = 11;
  const below = (bound: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const marks = [chain.mark()];
  for (let round = 0; round < 40; round++) {
    const raws = Array.from({ length: 25 }, () => {
      const from = CROWD[below(CROWD.length)]!;
      const nonce = BigInt(below(6));
      return signed(from, {
        nonce,
        gas: BigInt(21_000 + below(50_000)),
        maxFeePerGas: BigInt(1 + below(9)) * GWEI,
        maxPriorityFeePerGas: BigInt(below(2)) * GWEI,
      });
    });
    const taking = flood(chain, raws);
    if (round % 4 === 1) {
      await chain.mine();
      marks.push(chain.mark());
    }
    if (round % 9 === 8) await chain.rewind(marks.splice(-2)[0]!, { keepTransactions: true });
    const [first] = chain.pool.transactions();
    if (round % 5 === 2 && first !== undefined) chain.pool.drop(first.hash);
    await taking;
    check(chain);
  }
});
