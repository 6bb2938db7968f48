import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Hex, InvalidTransactionError } from "@heddle/engine";
import { type Chain, type ChainOptions, openChain } from "../src/index.ts";
import { alice, bob, COUNTER, carol, ETHER, genesisOf, person, signed } from "./support/people.ts";

const people = [alice, bob, carol, ...Array.from({ length: 8 }, (_, i) => person(10 + i))];
const opened: Chain[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function open(options: Partial<ChainOptions> = {}): Promise<Chain> {
  const chain = await openChain({ genesis: genesisOf(people), workers: 2, memoryLimit: 2 ** 27, ...options });
  opened.push(chain);
  return chain;
}

const mined = (chain: Chain): Hex[] =>
  Array.from({ length: chain.head.transactionCount }, (_, i) => chain.head.transactionHash(i));

test("a block from the pool is a block that another chain imports", async () => {
  const chain = await open();
  const other = await open();
  const told: unknown[] = [];
  other.on("block", (block) => told.push(block.hash));
  for (let number = 0n; number < 3n; number++) {
    for (const from of [alice, bob]) {
      await chain.pool.add(signed(from, { nonce: number * 2n, value: 5n, to: carol.address }));
      await chain.pool.add(signed(from, { nonce: number * 2n + 1n, to: COUNTER }));
    }
    const block = await chain.mine({ coinbase: carol.address });
    assert.equal(block, chain.head);
    assert.equal(block.transactionCount, 4);
    assert.equal(chain.pool.size, 0);
    const imported = await other.import(block.encode());
    assert.equal(imported.hash, block.hash);
    assert.deepEqual([...imported.receipts.bytes], [...block.receipts.bytes]);
  }
  assert.equal(other.head.hash, chain.head.hash);
  assert.deepEqual(
    told,
    [1, 2, 3].map((number) => chain.block(number)?.hash),
  );
  const { output } = await other.state().call({ from: alice.address, to: COUNTER });
  assert.equal(BigInt(output.at(-1)!), 4n);
});

test("where the pool says so, what came first is first whatever it pays", async () => {
  const chain = await open({ pool: { order: "fifo" } });
  const tip = (gwei: bigint) => ({ maxPriorityFeePerGas: gwei * 10n ** 9n, maxFeePerGas: 20n * 10n ** 9n });
  const add = async (raw: Uint8Array) => (await chain.pool.add(raw)).hash;
  const a1 = await add(signed(alice, { nonce: 1n, ...tip(9n) }));
  const b0 = await add(signed(bob, { nonce: 0n, ...tip(1n) }));
  const c0 = await add(signed(carol, { nonce: 0n, ...tip(5n) }));
  const a0 = await add(signed(alice, { nonce: 0n, ...tip(9n) }));
  await add(signed(person(10), { nonce: 0n, maxFeePerGas: 3n * 10n ** 8n, maxPriorityFeePerGas: 0n }));
  await chain.mine();
  assert.deepEqual(mined(chain), [b0, c0, a0, a1]);
});

test("what executing a block took is told before the block is", async () => {
  const chain = await open();
  const told: unknown[] = [];
  chain.on("executed", ({ block, milliseconds, workers, aborts }) => {
    assert.ok(milliseconds > 0 && workers >= 1 && aborts >= 0);
    told.push(["executed", block.number]);
  });
  chain.on("block", ({ number }) => told.push(["block", number]));
  await chain.mine();
  const other = await open();
  other.on("executed", ({ block }) => told.push(["imported", block.number]));
  await other.import(chain.head.encode());
  assert.deepEqual(told, [
    ["executed", 1n],
    ["block", 1n],
    ["imported", 1n],
  ]);
});

test("what pays most is first, of equal ones what came first, each sender's by nonce", async () => {
  const chain = await open();
  const tip = (gwei: bigint) => ({ maxPriorityFeePerGas: gwei * 10n ** 9n, maxFeePerGas: 20n * 10n ** 9n });
  const add = async (raw: Uint8Array) => (await chain.pool.add(raw)).hash;
  const a0 = await add(signed(alice, { nonce: 0n, ...tip(1n) }));
  const a1 = await add(signed(alice, { nonce: 1n, ...tip(9n) }));
  const b0 = await add(signed(bob, { nonce: 0n, ...tip(2n) }));
  const c0 = await add(signed(carol, { nonce: 0n, ...tip(2n) }));
  const poor = await add(
    signed(person(10), { nonce: 0n, maxFeePerGas: 3n * 10n ** 8n, maxPriorityFeePerGas: 0n }),
  );
  await chain.mine();
  assert.deepEqual(mined(chain), [b0, c0, a0, a1]);
  assert.notEqual(chain.pool.get(poor), undefined);
});

test("where all pay the same they are in the order of their arrival", async () => {
  const chain = await open();
  const order: Hex[] = [];
  for (const nonce of [0n, 1n]) {
    for (const from of people) order.push((await chain.pool.add(signed(from, { nonce }))).hash);
  }
  await chain.mine();
  assert.deepEqual(mined(chain), order);
});

test("what does not fit into a block waits for the next, whatever its gas limit promised", async () => {
  const chain = await open({ genesis: genesisOf(people, { gasLimit: 100_000n }) });
  for (const from of people) await chain.pool.add(signed(from, { nonce: 0n, gas: 50_000n }));
  await chain.mine();
  // A transfer takes 21,000, but 50,000 must be left before it.
  assert.equal(chain.head.transactionCount, 3);
  assert.equal(chain.pool.size, people.length - 3);
  let blocks = 1;
  for (; chain.pool.size > 0; blocks++) await chain.mine();
  assert.equal(blocks, Math.ceil(people.length / 3));
});

test("a transaction that turns out not to be valid is dropped and the rest is mined", async () => {
  const chain = await open();
  const most = 10n * ETHER - 21_000n * 5_000_000_000n;
  const transfer = { gas: 21_000n, maxFeePerGas: 5_000_000_000n };
  await chain.pool.add(signed(alice, { nonce: 0n, value: most, ...transfer }));
  // Each is affordable by itself, not both.
  const second = await chain.pool.add(signed(alice, { nonce: 1n, value: most, ...transfer }));
  const third = await chain.pool.add(signed(alice, { nonce: 2n }));
  await chain.pool.add(signed(bob, { nonce: 0n }));
  await chain.mine();
  assert.equal(chain.head.transactionCount, 2);
  assert.equal(chain.pool.get(second.hash), undefined);
  assert.notEqual(chain.pool.get(third.hash), undefined);
});

test("a built block changes nothing until it is imported", async () => {
  const chain = await open();
  await chain.pool.add(signed(alice, { nonce: 0n, value: 7n, to: bob.address }));
  const before = await chain.state().account(bob.address);
  const built = await chain.build({ timestamp: 12n });
  assert.equal(chain.head, chain.genesis);
  assert.equal(chain.pool.size, 1);
  assert.deepEqual(await chain.state().account(bob.address), before);
  await chain.import(built.encode());
  assert.equal(chain.head.hash, built.hash);
  assert.equal(chain.pool.size, 0);
  assert.equal((await chain.state().account(bob.address))?.balance, before!.balance + 7n);
});

test("transactions that are given are executed as they are, and a wrong one is told by its place", async () => {
  const chain = await open();
  const transactions = [signed(alice, { nonce: 0n }), signed(bob, { nonce: 1n })];
  await assert.rejects(
    chain.mine({ transactions }),
    (error) =>
      error instanceof InvalidTransactionError && error.index === 1 && error.reason === "NonceTooHigh",
  );
  assert.equal(chain.head, chain.genesis);
  await chain.mine({ transactions: transactions.slice(0, 1) });
  assert.deepEqual([chain.head.transactionCount, chain.head.sender(0)], [1, alice.address]);
});

test("the attributes of a block stand in its header", async () => {
  const chain = await open();
  const attributes = {
    timestamp: 77n,
    coinbase: carol.address,
    prevRandao: `0x${"ab".repeat(32)}`,
    extraData: "0x1234",
    gasLimit: 30_000_100n,
    withdrawals: [{ index: 0n, validatorIndex: 1n, address: person(50).address, amount: 3n }],
  } as const;
  const { header, withdrawals } = await chain.mine(attributes);
  assert.deepEqual(
    [header.timestamp, header.coinbase, header.mixHash, header.extraData, header.gasLimit, withdrawals],
    [77n, carol.address, attributes.prevRandao, "0x1234", 30_000_100n, attributes.withdrawals],
  );
  assert.equal((await chain.state().account(person(50).address))?.balance, 3_000_000_000n);
});

test("who looks at the pending block again meets the same one, until pool, state, settings or head change", async () => {
  const chain = await open();
  chain.setDefaults({ timestamp: chain.head.header.timestamp + 12n });
  const seen = [await chain.pendingBlock()];
  const changes = [
    () => chain.pool.add(signed(alice, { nonce: 0n })),
    () => chain.edit([{ address: bob.address, balance: 5n }]),
    () => chain.setDefaults({ timestamp: chain.head.header.timestamp + 20n }),
    () => chain.pool.clear(),
    () => chain.mine(),
    () => chain.setDefaults({ timestamp: chain.head.header.timestamp + 12n }),
  ];
  for (const change of changes) {
    await chain.pendingBlock();
    assert.equal(await chain.pendingBlock(), seen.at(-1));
    await change();
    const next = await chain.pendingBlock();
    assert.notEqual(next, seen.at(-1));
    seen.push(next);
  }
  assert.equal(seen[1]!.transactionCount, 1);
  assert.notEqual(seen[2]!.header.stateRoot, seen[1]!.header.stateRoot);
  assert.equal(seen.at(-1)!.number, 2n);
});
