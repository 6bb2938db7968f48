import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Engine, MemoryExhaustedError } from "../src/index.ts";
import { block, type Call, contract, SHANGHAI, sender, senders } from "./support/blocks.ts";

const MIB = 2 ** 20;
/** Logs a mebibyte of zeros: push3 0x100000, push0, log0. */
const HOARDER = "0x621000005fa000";
const alloc = { ...senders(200), [contract(0)]: { code: HOARDER } } as const;

const calls = (count: number): Call[] =>
  Array.from({ length: count }, (_, i) => ({ from: sender(i), to: contract(0), gasLimit: 20_000_000n }));

const large = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc } });
const small = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc }, memoryLimit: 96 * MIB });
after(() => Promise.all([large.close(), small.close()]));

async function roots(engine: Engine, count: number) {
  const result = await engine.execute(block(calls(count)));
  result.discard();
  return result.roots;
}

for (const mode of ["parallel", "sequential"] as const) {
  test(`a block that needs more than memoryLimit fails by its type and is not applied: ${mode}`, async () => {
    const root = small.stateRoot;
    for (let attempt = 0; attempt < 5; attempt++) {
      await assert.rejects(small.execute({ ...block(calls(200)), mode }), (error: unknown) => {
        assert.ok(error instanceof MemoryExhaustedError, String(error));
        assert.equal(error.field, "memoryLimit");
        assert.equal(error.met, BigInt(96 * MIB));
        return true;
      });
      assert.equal(small.stateRoot, root);
      assert.deepEqual(await roots(small, 10), await roots(large, 10));
    }
    assert.equal((await small.getAccount(sender(0)))?.nonce, 0n);
  });
}

test("the same block runs where memory suffices", async () => {
  const result = await large.execute(block(calls(200)));
  assert.equal(result.receipts.at(199).logs[0]!.data.length, 2 + 2 * MIB);
  result.discard();
});

test("a block whose transactions only fit one after the other is run in order", async () => {
  // Each hashes 16 MB of its memory: push4 16,000,000, push0, keccak256, pop. Four at once are too many.
  const options = {
    chain: SHANGHAI,
    genesis: { alloc: { ...senders(8), [contract(0)]: { code: "0x6300f424005f2050" } } },
    memoryLimit: 128 * MIB,
  } as const;
  const heavy = block(
    Array.from({ length: 8 }, (_, i) => ({ from: sender(i), to: contract(0), gasLimit: 600_000_000n })),
  );
  const crew = await createEngine({ ...options, workers: 4 });
  const alone = await createEngine({ ...options, workers: 1 });
  try {
    const expected = await alone.execute(heavy);
    for (let run = 0; run < 2; run++) {
      const result = await crew.execute(heavy);
      assert.deepEqual(result.roots, expected.roots);
      assert.equal(result.schedule.inOrderFrom, 0, "in parallel there was no room");
      result.discard();
    }
    expected.discard();
  } finally {
    await Promise.all([crew.close(), alone.close()]);
  }
});

test("raw transactions that do not fit are refused by the same type", async () => {
  const data = `0x${"00".repeat(MIB)}` as const;
  const [heavy] = block([{ from: sender(0), to: sender(1), data, gasLimit: 20_000_000n }]).transactions;
  const transactions = Array.from({ length: 100 }, () => heavy!);
  const from = transactions.map(() => sender(0));
  await assert.rejects(small.execute({ ...block([]), transactions, senders: from }), MemoryExhaustedError);
  assert.deepEqual(await roots(small, 10), await roots(large, 10));
});

test("a genesis that does not fit is refused by the same type", async () => {
  const state = { ...senders(60_000) };
  await assert.rejects(
    createEngine({ workers: 1, chain: SHANGHAI, genesis: { alloc: state }, memoryLimit: 16 * MIB }),
    MemoryExhaustedError,
  );
});
