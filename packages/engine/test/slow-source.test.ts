import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Hex } from "../src/index.ts";
import { block, type Call, contract, SHANGHAI, sender, senders } from "./support/blocks.ts";
import { MemorySource } from "./support/memory-source.ts";
import { assemble, balanceSlot, TOKEN, transferData } from "./support/token.ts";

const COUNT = 400;
const LATENCY = 50;
const WORKERS = 2;

/** Reads two slots that calldata names, works for a millisecond or two, and writes what it has read. */
const THINKER = assemble(`
  0 CALLDATALOAD SLOAD 32 CALLDATALOAD SLOAD ADD
  255 DUP1 MUL
  loop: 1 SWAP1 SUB DUP1 @loop JUMPI POP
  0 CALLDATALOAD SSTORE STOP
`);

const state = new MemorySource();
const codeHashes: Hex[] = [];
const inMemory = await createEngine({
  workers: WORKERS,
  chain: SHANGHAI,
  computeStateRoot: false,
  genesis: {
    alloc: {
      ...senders(COUNT),
      [contract(0)]: {
        code: TOKEN,
        storage: Object.fromEntries(Array.from({ length: COUNT }, (_, i) => [balanceSlot(sender(i)), 1000n])),
      },
      [contract(1)]: { code: THINKER, storage: storage() },
    },
  },
});
const slow = await createEngine({ workers: WORKERS, chain: SHANGHAI, state });
after(() => Promise.all([inMemory.close(), slow.close()]));

for (let i = 0; i < COUNT; i++) {
  state.accounts.set(sender(i), { nonce: 0n, balance: 10n ** 18n });
}
for (const [index, code] of [TOKEN, THINKER].entries()) {
  const account = (await inMemory.getAccount(contract(index)))!;
  codeHashes.push(account.codeHash);
  state.codes.set(account.codeHash, Buffer.from(code.slice(2), "hex"));
  state.accounts.set(contract(index), { nonce: 0n, balance: 0n, codeHash: account.codeHash });
}
state.slots.set(
  contract(0),
  new Map(Array.from({ length: COUNT }, (_, i) => [balanceSlot(sender(i)), 1000n])),
);
state.slots.set(contract(1), new Map(Object.entries(storage()) as [Hex, bigint][]));
state.latency = LATENCY;

function slot(index: number): Hex {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

function storage(): Record<Hex, bigint> {
  return Object.fromEntries(Array.from({ length: 2 * COUNT }, (_, i) => [slot(i + 1), BigInt(i + 5)]));
}

/** Executes the block over the slow source and in memory; what the slow one did. */
async function run(calls: Call[]) {
  const expected = await inMemory.execute(block(calls));
  expected.discard();
  state.reads = 0;
  state.peak = 0;
  const began = performance.now();
  const result = await slow.execute({ ...block(calls), recordSchedule: true });
  const wall = performance.now() - began;
  assert.equal(result.roots.receipts, expected.roots.receipts);
  for (const [i, { success }] of [...result.receipts].entries())
    assert.ok(success, `transaction ${i} failed`);
  result.discard();
  const { attempts, coldReads } = result.schedule;
  const workers = Array.from({ length: WORKERS }, (_, worker) => {
    const own = attempts.filter((attempt) => attempt.worker === worker);
    const busy = own.reduce((sum, { begun, ended }) => sum + ended - begun, 0) / 1000;
    return { executed: own.filter(({ outcome }) => outcome === "executed").length, busy };
  });
  const span = Math.max(...attempts.map(({ ended }) => ended)) / 1000;
  return { wall, coldReads, workers, span };
}

test(`${COUNT} transfers that read two cold slots each wait for them together`, async () => {
  const calls = Array.from({ length: COUNT }, (_, i) => ({
    from: sender(i),
    to: contract(0),
    data: transferData(`0x${(0xabc0000 + i).toString(16).padStart(40, "0")}`, 1n),
  }));
  const { wall, coldReads, workers } = await run(calls);
  // The slots cannot be foreseen: each is a suspended transaction.
  assert.ok(coldReads >= 2 * COUNT, `${coldReads} cold reads`);
  assert.ok(wall < (2 * COUNT * LATENCY) / 20, `${wall} ms`);
  assert.ok(state.peak > 100, `at most ${state.peak} reads at once`);
  for (const [worker, { executed }] of workers.entries()) {
    assert.ok(executed > COUNT / 20, `worker ${worker} executed ${executed}`);
  }
  console.log(
    `${COUNT} transfers, ${state.reads} reads of ${LATENCY} ms, ${state.peak} at once: ${wall.toFixed(0)} ms ` +
      `instead of ${state.reads * LATENCY} ms; executed by worker: ${workers.map((w) => w.executed)}`,
  );
});

test(`a source with ${LATENCY} ms latency keeps both workers busy`, async () => {
  const calls = Array.from({ length: COUNT }, (_, i) => ({
    from: sender(i),
    to: contract(1),
    data: `${slot(2 * i + 1)}${slot(2 * i + 2).slice(2)}` as Hex,
    gasLimit: 5_000_000n,
  }));
  const { span, workers } = await run(calls);
  for (const [worker, { busy }] of workers.entries()) {
    assert.ok(busy > span / 2, `worker ${worker} worked ${busy} of ${span} ms`);
  }
  console.log(
    `busy: ${workers.map(({ busy }) => `${((100 * busy) / span).toFixed(0)} %`).join(" and ")} of ${span.toFixed(0)} ms`,
  );
});
