import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Hex } from "@heddle/engine";
import {
  type Chain,
  HistoryGoneError,
  openChain,
  UnknownBlockError,
  UnknownParentError,
} from "../src/index.ts";
import { extend, slotOf } from "./support/counting.ts";
import { alice, bob, COUNTER, carol, genesisOf, people, person } from "./support/people.ts";

const opened: Chain[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function open(history?: number): Promise<Chain> {
  const options = history === undefined ? {} : { history };
  const chain = await openChain({ genesis: genesisOf(people), workers: 2, memoryLimit: 2 ** 27, ...options });
  opened.push(chain);
  return chain;
}

const counted = (chain: Chain, address: Hex, at: bigint | Hex | "latest" = "latest") =>
  chain.state(at).storage(COUNTER, slotOf(address));

async function stateAt(chain: Chain, at: bigint | "latest") {
  const view = chain.state(at);
  const accounts = await Promise.all([...people, person(9)].map(({ address }) => view.account(address)));
  return { accounts, slots: await Promise.all(people.map(({ address }) => counted(chain, address, at))) };
}

test("a side branch is executed beside the main line, and becomes it by fork choice alone", async () => {
  const chain = await open();
  const other = await open();
  const common = await extend(chain, 2);
  for (const block of common) await other.import(block.encode());
  const ours = await extend(chain, 2);
  const theirs = await extend(other, 3, [alice], "0x01");
  const before = await stateAt(chain, "latest");
  for (const block of theirs) await chain.import(block.encode());
  assert.equal(chain.head, ours[1]);
  assert.deepEqual(await stateAt(chain, "latest"), before);

  const told: unknown[] = [];
  chain.on("reorg", ({ removed, added }) => told.push([removed, added]));
  chain.on("block", (block) => told.push(block.hash));
  await chain.setForkChoice({ head: theirs[2]!.hash });
  const added = theirs.map(({ hash }) => chain.block(hash)!);
  assert.deepEqual(told, [[ours.toReversed(), added], ...theirs.map(({ hash }) => hash)]);
  assert.deepEqual(await stateAt(chain, "latest"), await stateAt(other, "latest"));
  assert.equal(
    (await chain.state().prove(COUNTER)).storageHash,
    (await other.state().prove(COUNTER)).storageHash,
  );
  // What only the lost blocks held is not found any more, and waits in the pool.
  const lost = ours[0]!.transactionHash(1);
  assert.equal(chain.transaction(lost), undefined);
  assert.notEqual(chain.pool.get(lost), undefined);
  assert.equal(chain.pool.get(ours[0]!.transactionHash(0)), undefined);

  await chain.setForkChoice({ head: ours[1]!.hash });
  assert.deepEqual(await stateAt(chain, "latest"), before);
  assert.equal(chain.transaction(lost)?.block, ours[0]);
  assert.equal(chain.pool.get(lost), undefined);
});

test("the state of every block can be read, called and proven, on the main line and beside it", async () => {
  const chain = await open();
  const states = [await stateAt(chain, "latest")];
  for (let i = 0; i < 5; i++) {
    await extend(chain, 1, people.slice(0, 1 + (i % 3)));
    states.push(await stateAt(chain, "latest"));
  }
  for (let number = 0n; number <= 5n; number++) {
    assert.deepEqual(await stateAt(chain, number), states[Number(number)], `block ${number}`);
    const view = chain.state(number);
    const { output, success } = await view.call({ from: alice.address, to: COUNTER });
    assert.ok(success);
    assert.equal(BigInt(`0x${Buffer.from(output).toString("hex")}`), states[Number(number)]!.slots[0]! + 1n);
    const { storageProof, balance } = await view.prove(COUNTER, [slotOf(bob.address)]);
    assert.deepEqual([storageProof[0]!.value, balance], [states[Number(number)]!.slots[1]!, 0n]);
    assert.deepEqual(await view.code(COUNTER), await chain.state().code(COUNTER));
  }
  const side = await chain.build({ extraData: "0x05", transactions: [] }, 2n);
  await chain.import(side.encode());
  assert.equal(await counted(chain, alice.address, side.hash), states[2]!.slots[0]);
  assert.equal(await counted(chain, alice.address), states[5]!.slots[0]);
});

test("a call may see accounts changed for itself alone", async () => {
  const chain = await open();
  await extend(chain, 2);
  const message = { from: bob.address, to: COUNTER };
  for (const at of ["latest", 1n] as const) {
    const plain = await chain.state(at).call(message);
    const overrides = [{ address: COUNTER, storage: [[slotOf(bob.address), 40n]] as const }];
    const { output } = await chain.state(at).call(message, { overrides });
    assert.equal(output.at(-1), 41);
    const cleared = await chain
      .state(at)
      .call(message, { overrides: [{ address: COUNTER, clearStorage: true }] });
    assert.equal(cleared.output.at(-1), 1);
    assert.deepEqual((await chain.state(at).call(message)).output, plain.output);
  }
  assert.equal(await counted(chain, bob.address), 2n);
});

test("changes from outside belong to the head, and go and come with it", async () => {
  const chain = await open();
  const [first] = await extend(chain, 1);
  const rich = person(9).address;
  await chain.edit([{ address: rich, balance: 5n }]);
  await chain.edit([{ address: rich, balance: 6n, nonce: 1n }]);
  assert.equal((await chain.state().account(rich))?.balance, 6n);
  const [second] = await extend(chain, 1);
  assert.equal((await chain.state(1n).account(rich))?.balance, 6n);
  assert.equal(await chain.state(0n).account(rich), undefined);
  const side = await chain.build({ extraData: "0x05", transactions: [] }, 0n);
  await chain.import(side.encode());
  await chain.setForkChoice({ head: side.hash });
  assert.equal(await chain.state().account(rich), undefined);
  await chain.setForkChoice({ head: first!.hash });
  assert.equal((await chain.state().account(rich))?.balance, 6n);
  await chain.setForkChoice({ head: second!.hash });
  assert.equal((await chain.state().account(rich))?.nonce, 1n);
});

test("a chain goes back to a mark as if nothing had been since", async () => {
  const chain = await open();
  await extend(chain, 1);
  await chain.edit([{ address: carol.address, balance: 1n << 70n }]);
  const mark = chain.mark();
  const before = await stateAt(chain, "latest");
  await chain.edit([{ address: carol.address, balance: 1n << 80n }]);
  const gone = await extend(chain, 2);
  await chain.rewind(mark);
  assert.deepEqual(await stateAt(chain, "latest"), before);
  assert.deepEqual([chain.head.number, chain.pool.size], [1n, 0]);
  assert.equal(chain.block(gone[0]!.hash), undefined);
  assert.equal(chain.transaction(gone[0]!.transactionHash(0)), undefined);
  await assert.rejects(chain.rewind({ head: gone[0]!.hash, edits: 0 }), UnknownBlockError);
  const again = await extend(chain, 1);
  await chain.rewind(mark, { keepTransactions: true });
  assert.notEqual(chain.pool.get(again[0]!.transactionHash(0)), undefined);
});

test("history is kept as long as it was told, and what lies behind is refused", async () => {
  const chain = await open(2);
  const blocks = await extend(chain, 4);
  assert.equal(await counted(chain, alice.address, 2n), 2n);
  await assert.rejects(counted(chain, alice.address, 1n), HistoryGoneError);
  const late = await chain.import(blocks[0]!.encode());
  assert.equal(late, blocks[0]);
  await assert.rejects(chain.build({ transactions: [] }, 1n), HistoryGoneError);
  assert.equal(await counted(chain, alice.address), 4n);
});

test("a block that is not valid leaves the chain as it was", async () => {
  const chain = await open();
  const [first] = await extend(chain, 1);
  const good = await chain.build({ transactions: [] });
  const wrong = { ...good.block, header: { ...good.header, stateRoot: first!.header.receiptsRoot } };
  await assert.rejects(chain.import(wrong), /stateRoot/);
  await assert.rejects(chain.import({ ...good.block, header: { ...good.header, gasLimit: 1n } }), /gasLimit/);
  const orphan = { ...good.block, header: { ...good.header, parentHash: good.hash } };
  await assert.rejects(chain.import(orphan), UnknownParentError);
  assert.equal(chain.head, first);
  await chain.import(good.block);
  assert.equal(chain.head.hash, good.hash);
});
