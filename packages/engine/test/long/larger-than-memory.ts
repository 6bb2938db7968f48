// A state 20 times larger than the cache; a slow source; no memory left. `npm run verify -- engine`

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, EMPTY_TRIE_ROOT, type Engine, type ExecuteInput, type Hex } from "../../src/index.ts";
import { block, type Call, createAddress, funding, SHANGHAI, sender } from "../support/blocks.ts";
import { CompactSource } from "../support/compact-source.ts";
import { cacheBytesOf } from "../support/memory.ts";
import { seededRandom, testSeed } from "../support/random.ts";
import { deployment, mintData, TOKEN, transferData } from "../support/token.ts";
// The other two promises about memory; both take seconds.
import "../memory-exhausted.test.ts";
import "../slow-source.test.ts";

const MIB = 2 ** 20;
const CACHE = 64 * MIB;
const TIMES = 20;
/** What the engine with the cache may take in all: it could not hold the state. */
const MEMORY_LIMIT = 448 * MIB;
const ACCOUNTS_A_BLOCK = 32_768;
const SLOTS_A_CALL = 32;
const SLOTS_A_BLOCK = 16_384;
const TRANSACTIONS = 2000;

const seed = testSeed(2);
const random = seededRandom(seed);
console.log(`seed ${seed} (HEDDLE_SEED)`);
const DEPLOYER = sender(0);
const token: Hex = `0x${createAddress(DEPLOYER, 0)}`;
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
const mib = (bytes: number) => (bytes / MIB).toFixed(0);

/** The state comes about by blocks: accounts by withdrawals, token balances by transactions of `minter`s. */
class Chain {
  number = 1n;
  accounts = 0;
  holders = 0;
  private readonly nonces = new Map<number, bigint>();

  nonce(of: number): bigint {
    const nonce = this.nonces.get(of) ?? 0n;
    this.nonces.set(of, nonce + 1n);
    return nonce;
  }

  newAccounts(): ExecuteInput {
    const input = block([], this.number++);
    input.withdrawals = funding(ACCOUNTS_A_BLOCK, this.accounts);
    this.accounts += ACCOUNTS_A_BLOCK;
    return input;
  }

  deploy(): ExecuteInput {
    const data = deployment(TOKEN);
    const nonce = this.nonce(0);
    return block([{ from: DEPLOYER, to: undefined, data, nonce, gasLimit: 1_000_000n }], this.number++);
  }

  newHolders(): ExecuteInput {
    const calls: Call[] = [];
    for (let i = 0; i < SLOTS_A_BLOCK / SLOTS_A_CALL; i++) {
      const data = mintData(sender(this.holders), SLOTS_A_CALL, 10n ** 18n);
      const from = 1 + i;
      calls.push({ from: sender(from), to: token, data, nonce: this.nonce(from), gasLimit: 5_000_000n });
      this.holders += SLOTS_A_CALL;
    }
    return block(calls, this.number++);
  }

  /** Transfers of ether and tokens between accounts from everywhere in the state. */
  randomTransfers(): ExecuteInput {
    const calls: Call[] = [];
    for (let i = 0; i < TRANSACTIONS; i++) {
      const to = sender(random(this.accounts));
      const isToken = i % 2 === 0;
      const from = random(isToken ? this.holders : this.accounts);
      const what = isToken ? { to: token, data: transferData(to, 7n) } : { to, value: 1n };
      calls.push({ from: sender(from), nonce: this.nonce(from), ...what });
    }
    return block(calls, this.number++);
  }
}

const source = new CompactSource();
const cached = await createEngine({
  workers: 2,
  chain: SHANGHAI,
  state: source,
  stateRoot: EMPTY_TRIE_ROOT,
  cacheBytes: CACHE,
  memoryLimit: MEMORY_LIMIT,
});
after(() => cached.close());
const inMemory = await createEngine({ workers: 2, chain: SHANGHAI, memoryLimit: 3 * 2 ** 30 });
after(() => inMemory.close());
const chain = new Chain();
let evictions = 0;

async function commit(engine: Engine, input: ExecuteInput) {
  const result = await engine.execute(input);
  for (const [i, { success }] of [...result.receipts].entries())
    assert.ok(success, `transaction ${i} failed`);
  await result.commit();
  return result.roots;
}

let most = 0;
/** Runs a block on both engines and compares its roots. */
async function both(input: ExecuteInput): Promise<void> {
  if (cacheBytesOf(cached) > CACHE) evictions++;
  assert.deepEqual(
    await commit(cached, input),
    await commit(inMemory, input),
    `block ${input.header.number}`,
  );
  // What one block brings comes on top, until the next one begins.
  most = Math.max(most, cacheBytesOf(cached));
  assert.ok(most <= 2 * CACHE, `the cache takes ${most} bytes after block ${input.header.number}`);
}

test(`the state grows to ${TIMES} times the cache, and every block has the roots of a state in memory`, async () => {
  const began = performance.now();
  await both(chain.newAccounts());
  await both(chain.deploy());
  while (cacheBytesOf(inMemory) < TIMES * CACHE) {
    // Three parts accounts, one part storage.
    await both(
      cacheBytesOf(inMemory) > (chain.holders + 1) * 1000 ? chain.newHolders() : chain.newAccounts(),
    );
  }
  assert.ok(evictions > TIMES / 2, `${evictions} evictions`);
  console.log(
    `${chain.accounts} accounts and ${chain.holders} slots: ${mib(cacheBytesOf(inMemory))} MiB in memory, ` +
      `${mib(source.flatBytes)} MiB flat state and ${mib(source.nodeBytes)} MiB nodes in the source; ` +
      `cache of ${mib(CACHE)} MiB, at most ${mib(most)} with a block's own, ${evictions} evictions, ` +
      `no more than ${mib(MEMORY_LIMIT)} MiB for all of the engine; ${seconds(began)} s`,
  );
});

test("blocks over accounts from everywhere in it have the same roots", async () => {
  const began = performance.now();
  const reads = source.reads;
  const blocks = 10;
  for (let i = 0; i < blocks; i++) await both(chain.randomTransfers());
  assert.ok(source.reads - reads > blocks * TRANSACTIONS, "nothing was cold");
  assert.equal(cached.stateRoot, inMemory.stateRoot);
  for (let i = 0; i < 100; i++) {
    const one = sender(random(chain.accounts));
    assert.deepEqual(await cached.getAccount(one), await inMemory.getAccount(one));
  }
  console.log(
    `${blocks} blocks of ${TRANSACTIONS}, ${source.reads - reads} reads of the source; ${seconds(began)} s`,
  );
});
