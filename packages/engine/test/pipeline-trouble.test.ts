import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createEngine,
  EMPTY_TRIE_ROOT,
  type ExecuteInput,
  type Hex,
  WorkerFailedError,
} from "../src/index.ts";
import { Fault, ROW } from "../src/worker-control.ts";
import {
  block,
  type Call,
  COUNTER,
  contract,
  createAddress,
  funding,
  SHANGHAI,
  sender,
  senders,
  transfers,
} from "./support/blocks.ts";
import { blocksUpTo, inputsHeld, oneByOne, piped, startEngine } from "./support/chain-of-blocks.ts";
import { MemorySource } from "./support/memory-source.ts";

const MIB = 2 ** 20;

test("a worker that dies ends the pipeline; what was committed stays, and the rest runs on its successor", async () => {
  const blocks = blocksUpTo(6);
  await using reference = await startEngine();
  const expected = await oneByOne(reference, blocks);
  for (const at of [0, 2, 5]) {
    for (const fault of [Fault.Throw, Fault.Exit]) {
      await using engine = await startEngine();
      function* source() {
        for (const [i, input] of blocks.entries()) yield { ...input, index: i };
      }
      // The worker is told at the commit of the block before.
      const check = (_: unknown, index: number) => {
        if (index === at - 1) engine.pool.row(1).words[ROW.fault] = fault;
      };
      if (at === 0) engine.pool.row(1).words[ROW.fault] = fault;
      const { given, failure } = await piped(engine, source(), { check });
      assert.ok(failure instanceof WorkerFailedError, String(failure));
      assert.deepEqual(given, expected.slice(0, at));
      assert.equal(inputsHeld(engine), 0);
      assert.deepEqual(await piped(engine, blocks.slice(at)), {
        given: expected.slice(at),
        failure: undefined,
      });
    }
  }
});

test("blocks that wait take no memory from the one that runs: it has what it would have by itself", async () => {
  // Hashes 16 MB of its memory: push4 16,000,000, push0, keccak256, pop.
  const alloc = { ...senders(8), [contract(0)]: { code: "0x6300f424005f2050" } } as const;
  const heavy = (number: bigint): ExecuteInput =>
    block(
      [
        { from: sender(0), to: contract(0), gasLimit: 600_000_000n, nonce: number - 1n },
        // Bytes that lie in memory as long as the block does.
        {
          from: sender(1),
          to: sender(2),
          gasLimit: 500_000_000n,
          nonce: number - 1n,
          data: `0x${"00".repeat(20 * MIB)}`,
        },
      ],
      number,
    );
  const blocks = [1n, 2n, 3n, 4n].map(heavy);
  for (const workers of [1, 2]) {
    const options = { chain: SHANGHAI, genesis: { alloc }, workers, memoryLimit: 96 * MIB };
    await using alone = await createEngine(options);
    const expected = await oneByOne(alone, blocks);
    await using engine = await createEngine(options);
    assert.deepEqual(await piped(engine, blocks, { ahead: 3 }), { given: expected, failure: undefined });
    assert.equal(inputsHeld(engine), 0);
  }
});

test("a block that needs more memory than there is ends the pipeline by its type", async () => {
  // Logs a mebibyte of zeros: push3 0x100000, push0, log0.
  const alloc = { ...senders(200), [contract(0)]: { code: "0x621000005fa000" } } as const;
  const hoard = (count: number, number: bigint): ExecuteInput =>
    block(
      Array.from(
        { length: count },
        (_, i): Call => ({
          from: sender(i),
          to: contract(0),
          gasLimit: 20_000_000n,
          nonce: i < 5 ? number - 1n : 0n,
        }),
      ),
      number,
    );
  await using engine = await createEngine({
    chain: SHANGHAI,
    genesis: { alloc },
    workers: 2,
    memoryLimit: 96 * MIB,
  });
  const { given, failure } = await piped(engine, [hoard(5, 1n), hoard(200, 2n), hoard(5, 3n)]);
  assert.equal(given.length, 1);
  assert.equal((failure as { code?: string }).code, "MEMORY_EXHAUSTED");
  assert.equal((await engine.getAccount(sender(0)))?.nonce, 1n);
  assert.equal((await piped(engine, [hoard(5, 2n)])).failure, undefined);
});

test("blocks of which each transaction depends on the one before are run in order, with the same result", async () => {
  const count = 200;
  const alloc = { ...senders(count), [contract(0)]: { code: COUNTER } } as const;
  const blocks = [1n, 2n, 3n].map((number) =>
    block(
      Array.from(
        { length: count },
        (_, i): Call => ({ from: sender(i), to: contract(0), nonce: number - 1n }),
      ),
      number,
    ),
  );
  await using reference = await createEngine({ chain: SHANGHAI, genesis: { alloc }, workers: 0 });
  await using engine = await createEngine({ chain: SHANGHAI, genesis: { alloc }, workers: 4 });
  const expected = await oneByOne(reference, blocks);
  assert.deepEqual(await piped(engine, blocks), { given: expected, failure: undefined });
  assert.equal(await engine.getStorage(contract(0), `0x${"00".repeat(32)}`), BigInt(3 * count));
});

/** Init code that deploys the counter: mstore its ten bytes, return them. */
const DEPLOY: Hex = `0x69${COUNTER.slice(2)}600052600a6016f3`;

test("over a source each block is kept before the next one runs, and is read back from there", async () => {
  const fund = { ...block([], 1n), withdrawals: funding(60) };
  const created: Hex = `0x${createAddress(sender(0), 0)}`;
  const deploy = block([{ from: sender(0), to: undefined, data: DEPLOY, gasLimit: 200_000n }], 2n);
  const more = [3n, 4n, 5n, 6n].map((number) =>
    block(
      transfers(60, number - 3n)
        .slice(1)
        .map((call, i) => (i % 9 === 0 ? { ...call, to: created, value: 0n } : call)),
      number,
    ),
  );
  const blocks = [fund, deploy, ...more];
  await using inMemory = await createEngine({ workers: 2, chain: SHANGHAI });
  const expected = await oneByOne(inMemory, blocks);
  for (const [latency, cacheBytes] of [
    [0, 2 ** 20],
    [2, 2 ** 30],
  ] as const) {
    const state = new MemorySource();
    state.latency = latency;
    const options = { workers: 2, chain: SHANGHAI, stateRoot: EMPTY_TRIE_ROOT, cacheBytes } as const;
    await using engine = await createEngine({ ...options, state });
    assert.deepEqual(await piped(engine, blocks), { given: expected, failure: undefined });
    // What was kept is all there is to know.
    await using successor = await createEngine({ ...options, state, stateRoot: engine.stateRoot! });
    const result = await successor.execute(block(transfers(60, 4n).slice(1), 7n));
    result.discard();
    const same = await inMemory.execute(block(transfers(60, 4n).slice(1), 7n));
    same.discard();
    assert.deepEqual(result.roots, same.roots);
  }
});

test("a source that fails to read or to keep ends the pipeline, and nothing of that block is applied", async () => {
  const blocks = [
    { ...block([], 1n), withdrawals: funding(20) },
    ...[2n, 3n, 4n].map((n) => block(transfers(20, n - 2n), n)),
  ];
  const state = new MemorySource();
  await using engine = await createEngine({ workers: 2, chain: SHANGHAI, state, stateRoot: EMPTY_TRIE_ROOT });
  const keep = state.commit.bind(state);
  let commits = 0;
  state.commit = (change) => {
    if (++commits === 3) throw new Error("the disk is full");
    keep(change);
  };
  const full = await piped(engine, blocks);
  assert.equal(full.given.length, 2);
  assert.equal((full.failure as Error).message, "the disk is full");
  const rest = await piped(engine, blocks.slice(2));
  assert.equal(rest.failure, undefined);
  assert.equal(rest.given.length, 2);
  state.failAt = sender(99);
  const unread = await piped(engine, [block([{ from: sender(1), to: sender(99), nonce: 3n }], 5n)]);
  assert.equal((unread.failure as { code?: string }).code, "COLD_READ");
});
