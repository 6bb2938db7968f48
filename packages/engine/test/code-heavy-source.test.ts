import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, EMPTY_TRIE_ROOT, type Engine, type ExecuteInput, type Hex } from "../src/index.ts";
import { block, createAddress, funding, SHANGHAI, sender } from "./support/blocks.ts";
import { cacheBytesOf } from "./support/memory.ts";
import { MemorySource } from "./support/memory-source.ts";

const MIB = 2 ** 20;
/** Contracts, as many in each block; a decoded one takes 256 KiB, all of them more than the engine's memory. */
const CONTRACTS = 400;
const IN_A_BLOCK = 100;
const CODE_BYTES = 24_000;
const CACHE = 16 * MIB;
const MEMORY = 96 * MIB;

const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, "0");

/** Adds its number to slot 0, then jumps over thousands of bytes that no other contract has. */
function code(index: number): Hex {
  const start = `62${hex(index + 1, 3)}5f54015f5561${hex(CODE_BYTES - 2, 2)}56`;
  const push = `7f${hex(index, 4)}${"5b".repeat(28)}`;
  const room = 2 * (CODE_BYTES - 2) - start.length;
  return `0x${start}${push.repeat(Math.floor(room / push.length)).padEnd(room, "0")}5b00`;
}

/** Init code that deploys it: codecopy, return. */
const deploy = (index: number): Hex =>
  `0x61${hex(CODE_BYTES, 2)}600c5f3961${hex(CODE_BYTES, 2)}5ff3${code(index).slice(2)}`;

const address = (index: number): Hex => `0x${createAddress(sender(index), 0)}`;

function blocks(): ExecuteInput[] {
  const fund = block([], 1n);
  fund.withdrawals = funding(CONTRACTS);
  const inputs = [fund];
  for (let round = 0; round < 4; round++) {
    for (let first = 0; first < CONTRACTS; first += IN_A_BLOCK) {
      const calls = Array.from({ length: IN_A_BLOCK }, (_, i) => ({
        from: sender(first + i),
        nonce: BigInt(round),
        gasLimit: 20_000_000n,
        ...(round === 0 ? { to: undefined, data: deploy(first + i) } : { to: address(first + i) }),
      }));
      inputs.push(block(calls, BigInt(inputs.length + 1)));
    }
  }
  return inputs;
}

async function run(engine: Engine): Promise<{ roots: (Hex | undefined)[]; most: number }> {
  const roots: (Hex | undefined)[] = [];
  let most = 0;
  for (const input of blocks()) {
    const result = await engine.execute(input);
    roots.push(result.roots.state, result.roots.receipts);
    await result.commit();
    most = Math.max(most, cacheBytesOf(engine));
  }
  return { roots, most };
}

test("more code than fits into memory leaves and comes again, and the roots are those of a state in memory", async () => {
  await using inMemory = await createEngine({ workers: 2, chain: SHANGHAI });
  const expected = await run(inMemory);
  const state = new MemorySource();
  await using engine = await createEngine({
    workers: 2,
    chain: SHANGHAI,
    state,
    stateRoot: EMPTY_TRIE_ROOT,
    cacheBytes: CACHE,
    memoryLimit: MEMORY,
  });
  const met = await run(engine);
  assert.deepEqual(met.roots, expected.roots);
  assert.equal(await engine.getStorage(address(7), `0x${"00".repeat(32)}`), 24n);
  assert.equal((await engine.getCode(address(7))).length, CODE_BYTES);
  assert.ok(expected.most > MEMORY, `all of it takes only ${expected.most} bytes`);
  assert.ok(met.most < CACHE + 40 * MIB, `${met.most} bytes of cache`);
});
