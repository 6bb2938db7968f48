import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, EMPTY_TRIE_ROOT, type ExecuteInput, type Hex } from "../src/index.ts";
import {
  block,
  type Call,
  COUNTER,
  createAddress,
  ETHER,
  funding,
  recipient,
  SHANGHAI,
  sender,
  transfers,
} from "./support/blocks.ts";
import { MemorySource } from "./support/memory-source.ts";

const COUNT = 300;
/** Init code that deploys the counter: mstore its ten bytes, return them. */
const DEPLOY: Hex = `0x69${COUNTER.slice(2)}600052600a6016f3`;
/** CREATE address of the first sender's first transaction. */
const CREATED: Hex = `0x${createAddress(sender(0), 0)}`;

/** Blocks that fund accounts, deploy a contract, transfer and count. */
function blocks(): ExecuteInput[] {
  const fund = block([], 1n);
  fund.withdrawals = funding(COUNT);
  const deploy = block([{ from: sender(0), to: undefined, data: DEPLOY, gasLimit: 200_000n }], 2n);
  const more: ExecuteInput[] = [];
  for (let number = 3n; number < 9n; number++) {
    const nonce = number - 3n;
    const calls: Call[] = transfers(COUNT, nonce).slice(1);
    // A few of them count instead.
    for (let i = 0; i < COUNT - 1; i += 50) calls[i] = { ...calls[i]!, to: CREATED, value: 0n };
    more.push(block(calls, number));
  }
  return [fund, deploy, ...more];
}

async function run(engine: Awaited<ReturnType<typeof createEngine>>): Promise<(Hex | undefined)[]> {
  const roots: (Hex | undefined)[] = [];
  for (const input of blocks()) {
    const result = await engine.execute(input);
    roots.push(result.roots.state, result.roots.receipts);
    await result.commit();
  }
  return roots;
}

const inMemory = await createEngine({ workers: 2, chain: SHANGHAI });
after(() => inMemory.close());
const expected = await run(inMemory);

for (const latency of [0, 5]) {
  test(`a source with ${latency} ms latency gives the roots of a state in memory`, async () => {
    const state = new MemorySource();
    state.latency = latency;
    await using engine = await createEngine({
      workers: 2,
      chain: SHANGHAI,
      state,
      stateRoot: EMPTY_TRIE_ROOT,
    });
    assert.deepEqual(await run(engine), expected);
    if (latency > 0) assert.ok(state.peak > 10, `only ${state.peak} reads at once`);
    const account = await engine.getAccount(recipient(1));
    assert.equal(account?.balance, (await inMemory.getAccount(recipient(1)))?.balance);
  });
}

test("a cache that is dropped after every block gives the same roots", async () => {
  const state = new MemorySource();
  await using engine = await createEngine({
    workers: 2,
    chain: SHANGHAI,
    state,
    stateRoot: EMPTY_TRIE_ROOT,
    cacheBytes: 2 ** 20,
  });
  assert.deepEqual(await run(engine), expected);
});

test("an engine that starts on a source's state goes on from there", async () => {
  const state = new MemorySource();
  state.latency = 1;
  const all = blocks();
  let root: Hex = EMPTY_TRIE_ROOT;
  for (const [i, input] of all.entries()) {
    await using engine = await createEngine({ workers: 0, chain: SHANGHAI, state, stateRoot: root });
    const result = await engine.execute(input);
    assert.equal(result.roots.state, expected[2 * i], `block ${i}`);
    await result.commit();
    root = result.roots.state!;
  }
  assert.equal(state.accounts.get(recipient(5))?.balance, 6000n);
  assert.ok((state.accounts.get(sender(5))?.balance ?? 0n) < ETHER);
});

test("an error of the source fails the block by the location, and nothing is applied", async () => {
  const state = new MemorySource();
  await using engine = await createEngine({ workers: 2, chain: SHANGHAI, state, stateRoot: EMPTY_TRIE_ROOT });
  const [fund, , , third] = blocks();
  const funded = await engine.execute(fund!);
  await funded.commit();
  state.failAt = recipient(7);
  const input = { ...third!, transactions: transfersRaw(), senders: [sender(7)] };
  await assert.rejects(engine.execute(input), { name: "ColdReadError", field: `account ${recipient(7)}` });
  state.failAt = undefined;
  const result = await engine.execute(input);
  assert.equal(result.changes.length, 2);
  result.discard();
});

function transfersRaw() {
  return block([{ from: sender(7), to: recipient(7), value: 1000n, nonce: 0n }]).transactions;
}
