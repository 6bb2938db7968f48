import assert from "node:assert/strict";
import { after, test } from "node:test";
import { checkStore } from "@heddle/store";
import { type BlockEntry, type Chain, type ChainOptions, openChain } from "../src/index.ts";
import { extend, slotOf } from "./support/counting.ts";
import { directory } from "./support/directories.ts";
import { alice, bob, COUNTER, ETHER, genesisOf, people, person, signed } from "./support/people.ts";

const opened: Chain[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function open(path: string, options: Partial<ChainOptions> = {}): Promise<Chain> {
  const genesis = genesisOf(people);
  const chain = await openChain({ genesis, workers: 0, memoryLimit: 2 ** 27, directory: path, ...options });
  opened.push(chain);
  return chain;
}

const watched = [...people, person(9)];

async function stateAt(chain: Chain, at: bigint | "latest") {
  const view = chain.state(at);
  return {
    accounts: await Promise.all(watched.map(({ address }) => view.account(address))),
    slots: await Promise.all(watched.map(({ address }) => view.storage(COUNTER, slotOf(address)))),
  };
}

/** All that one can ask of a chain, for comparison with another. */
async function everything(chain: Chain) {
  const { number } = chain.head;
  const blocks = [];
  for (let at = 0n; at <= number; at++) {
    const block = chain.block(at)!;
    const indexes = Array.from({ length: block.transactionCount }, (_, i) => i);
    blocks.push({
      hash: block.hash,
      totalDifficulty: block.totalDifficulty,
      receipts: indexes.map((i) => block.receipt(i)),
      places: indexes.map((i) => {
        const found = chain.transaction(block.transactionHash(i));
        return [found?.block.hash, found?.index];
      }),
      state: await stateAt(chain, at),
    });
  }
  const proof = await chain.state().prove(COUNTER, [slotOf(alice.address)]);
  // Those that can never be executed any more go when their senders are looked at.
  await chain.pool.content();
  const waiting = Array.from(chain.pool.transactions(), ({ hash }) => hash).sort();
  const names = [chain.head, chain.safe, chain.finalized].map(({ hash }) => hash);
  return { blocks, waiting, names, root: chain.engine.stateRoot, proof };
}

test("a chain that is opened again is the one that was closed: blocks, receipts, every block's state, what waits", async () => {
  const path = directory();
  const chain = await open(path, { checkpointDistance: 3, checkpointEvery: 2 });
  await extend(chain, 9);
  await chain.setForkChoice({
    head: chain.head.hash,
    safe: chain.block(8n)!.hash,
    finalized: chain.block(4n)!.hash,
  });
  await chain.edit([{ address: person(9).address, balance: 5n * ETHER }]);
  await extend(chain, 3);
  await chain.edit([{ address: COUNTER, storage: [[slotOf(person(9).address), 77n]] }]);
  await chain.pool.add(signed(alice, { nonce: 12n }));
  await chain.pool.add(signed(alice, { nonce: 14n }));
  const dropped = await chain.pool.add(signed(bob, { nonce: 12n }));
  chain.pool.drop(dropped.hash);
  const before = await everything(chain);
  await chain.close();
  assert.deepEqual((await checkStore(path)).problems, []);

  const again = await open(path, { checkpointDistance: 3, checkpointEvery: 2 });
  assert.deepEqual(await everything(again), before);
  await extend(again, 1);
  assert.equal(again.head.number, 13n);
  assert.equal(await again.state().storage(COUNTER, slotOf(person(9).address)), 77n);
});

test("a reorg to another branch, behind the checkpoint and with changes from outside on the way, is there after a restart", async () => {
  const path = directory();
  const chain = await open(path, { checkpointDistance: 2, checkpointEvery: 1 });
  await extend(chain, 3);
  const base = chain.head;
  await chain.edit([{ address: person(9).address, balance: 3n * ETHER }]);
  const ours = await extend(chain, 8);
  const theirs: BlockEntry[] = [];
  for (let i = 0; i < 9; i++) {
    const parent = theirs.at(-1) ?? base;
    const transactions = [signed(alice, { nonce: BigInt(3 + i), to: COUNTER, value: 2n })];
    const attributes = { transactions, timestamp: parent.header.timestamp + 5n };
    const block = await chain.build(attributes, parent.hash);
    theirs.push(await chain.import(block.encode()));
  }
  assert.equal(chain.head, ours.at(-1));
  await chain.setForkChoice({ head: theirs.at(-1)!.hash });
  const before = await everything(chain);
  assert.equal(before.blocks.length, 13);
  await chain.close();
  assert.deepEqual((await checkStore(path)).problems, []);

  const again = await open(path, { checkpointDistance: 2, checkpointEvery: 1 });
  assert.deepEqual(await everything(again), before);
  await again.setForkChoice({ head: again.block(5n)!.hash });
  await extend(again, 4);
  const later = await everything(again);
  await again.close();
  assert.deepEqual((await checkStore(path)).problems, []);
  assert.deepEqual(await everything(await open(path)), later);
});

test("a branch that was left can be gone back to, with what was changed from outside on it", async () => {
  const path = directory();
  const chain = await open(path, { checkpointDistance: 0, checkpointEvery: 1 });
  await extend(chain, 2);
  const base = chain.head;
  await extend(chain, 2);
  await chain.edit([
    { address: person(9).address, balance: 3n * ETHER, code: "0x6001", storage: [[slotOf(bob.address), 4n]] },
    { address: COUNTER, clearStorage: true, storage: [[slotOf(bob.address), 4n]] },
  ]);
  await extend(chain, 2);
  const old = await everything(chain);
  const { hash } = chain.head;
  const block = await chain.build({ timestamp: base.header.timestamp + 5n }, base.hash);
  await chain.import(block.encode());
  await chain.setForkChoice({ head: block.hash });
  await chain.setForkChoice({ head: hash });
  const { waiting: _, ...expected } = old;
  const { waiting: __, ...met } = await everything(chain);
  assert.deepEqual(met, expected);
  await chain.close();
  assert.deepEqual((await checkStore(path)).problems, []);
  const again = await open(path);
  const { waiting: ___, ...restarted } = await everything(again);
  assert.deepEqual(restarted, expected);
});

test("another chain's directory is refused, and so is one for a forked chain", async () => {
  const path = directory();
  await (await open(path)).close();
  const config = { ...genesisOf(people).config, chainId: 9 };
  await assert.rejects(open(path, { genesis: genesisOf(people, { config }) }), { name: "OtherChainError" });
  await assert.rejects(open(path, { genesis: genesisOf([alice]) }), { name: "OtherChainError" });
  await (await open(path)).close();
});

test("what was taken waits after a restart too, though its sender has become poor", async () => {
  const path = directory();
  const chain = await open(path);
  const { hash } = await chain.pool.add(signed(alice, { nonce: 0n }));
  await chain.edit([{ address: alice.address, balance: 0n }]);
  assert.equal(chain.pool.size, 1);
  await chain.close();
  const again = await open(path);
  assert.notEqual(again.pool.get(hash), undefined);
  await again.edit([{ address: alice.address, balance: ETHER }]);
  assert.equal((await again.mine()).transactionHash(0), hash);
});
