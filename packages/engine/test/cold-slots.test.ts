import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Hex } from "../src/index.ts";
import { block, type Call, contract, SHANGHAI, sender, senders } from "./support/blocks.ts";
import { MemorySource } from "./support/memory-source.ts";
import { assemble, balanceSlot, TOKEN, transferData } from "./support/token.ts";

const SLOTS = 600;
const SENDERS = 24;

/** Adds up as many slots as calldata says, from the one it says on, and stores the sum in that slot. */
const ADDER = assemble(`
  PUSH0 PUSH0
  loop: DUP1 32 CALLDATALOAD EQ @end JUMPI
  DUP1 PUSH0 CALLDATALOAD ADD SLOAD DUP3 ADD SWAP2 POP
  1 ADD @loop JUMP
  end: POP PUSH0 CALLDATALOAD SSTORE STOP
`);
/** As before, but every slot holds the next one's key less one; ends at the one that holds zero. */
const CHAIN = assemble(`
  PUSH0 CALLDATALOAD
  loop: DUP1 SLOAD DUP1 ISZERO @end JUMPI SWAP1 POP @loop JUMP
  end: POP PUSH0 SSTORE STOP
`);
/** Adds up a list of which slot 0 holds the length. */
const LIST = assemble(`
  PUSH0 PUSH0
  loop: DUP1 PUSH0 SLOAD EQ @end JUMPI
  1 ADD DUP1 SLOAD DUP3 ADD SWAP2 POP @loop JUMP
  end: POP CALLER SSTORE STOP
`);

const word = (value: number | bigint) => value.toString(16).padStart(64, "0");
const slot = (index: number): Hex => `0x${word(index)}`;
const storage: Record<number, Record<Hex, bigint>> = {
  0: Object.fromEntries(Array.from({ length: SENDERS }, (_, i) => [balanceSlot(sender(i)), 1000n])),
  1: Object.fromEntries(Array.from({ length: SLOTS * SENDERS }, (_, i) => [slot(i), BigInt(i + 3)])),
  2: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [slot(5 + i), BigInt(6 + i)])),
  3: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [slot(i), i === 0 ? 7n : BigInt(i * i)])),
};
const codes = [TOKEN, ADDER, CHAIN, LIST];

const inMemory = await createEngine({
  workers: 2,
  chain: SHANGHAI,
  computeStateRoot: false,
  genesis: {
    alloc: {
      ...senders(SENDERS),
      ...Object.fromEntries(codes.map((code, i) => [contract(i), { code, storage: storage[i]! }])),
    },
  },
});
after(() => inMemory.close());

/** Executes the block where no value is in memory; the executions of each transaction, and the values asked for. */
async function run(calls: Call[], workers: number, mode: "parallel" | "sequential" = "parallel") {
  const inMemoryResult = await inMemory.execute(block(calls));
  const expected = { receipts: inMemoryResult.roots.receipts, changes: [...inMemoryResult.changes] };
  inMemoryResult.discard();
  const state = new MemorySource();
  state.latency = 5;
  for (let i = 0; i < SENDERS; i++) state.accounts.set(sender(i), { nonce: 0n, balance: 10n ** 18n });
  for (const [i, code] of codes.entries()) {
    const { codeHash } = (await inMemory.getAccount(contract(i)))!;
    state.codes.set(codeHash, Buffer.from(code.slice(2), "hex"));
    state.accounts.set(contract(i), { nonce: 0n, balance: 0n, codeHash });
    state.slots.set(contract(i), new Map(Object.entries(storage[i]!) as [Hex, bigint][]));
  }
  await using engine = await createEngine({ workers, chain: SHANGHAI, state, computeStateRoot: false });
  const result = await engine.execute({ ...block(calls), mode, recordSchedule: true });
  assert.deepEqual({ receipts: result.roots.receipts, changes: [...result.changes] }, expected);
  const executions = calls.map(
    (_, i) => result.schedule.attempts.filter(({ transaction }) => transaction === i).length,
  );
  result.discard();
  return { executions, reads: state.reads, waves: state.waves, coldReads: result.schedule.coldReads };
}

const adder = (i: number): Call => ({
  from: sender(i),
  to: contract(1),
  data: `${slot(i * SLOTS)}${word(SLOTS)}`,
  gasLimit: 4_000_000n,
});

for (const [workers, mode] of [
  [2, "parallel"],
  [2, "sequential"],
  [0, "parallel"],
] as const) {
  test(`a transaction of ${SLOTS} slots that are not in memory is run a few times, not ${SLOTS} (${workers} workers, ${mode})`, async () => {
    const { waves, reads, coldReads } = await run([adder(0), adder(1)], workers, mode);
    assert.ok(waves < 30, `${waves} round trips`);
    assert.ok(coldReads < 40, `${coldReads} executions left`);
    // Nothing that is not needed: the slots, and accounts and codes.
    assert.ok(reads < 2 * SLOTS + 16, `${reads} reads`);
  });
}

test("many such transactions beside each other wait together", async () => {
  const { executions } = await run(
    Array.from({ length: SENDERS }, (_, i) => adder(i)),
    2,
  );
  assert.ok(Math.max(...executions) < 16, `${executions}`);
});

test("a transfer between two balances that are not in memory waits for both at once", async () => {
  const call = { from: sender(0), to: contract(0), data: transferData(sender(1), 5n) };
  const { waves } = await run([call], 1);
  // Sender and contract, its code, both slots.
  assert.ok(waves <= 4, `${waves} round trips`);
});

test("a chain of slots that each hold the next one's key is followed to its end", async () => {
  const { reads } = await run([{ from: sender(0), to: contract(2), data: slot(5), gasLimit: 4_000_000n }], 2);
  assert.ok(reads < 200, `${reads} reads`);
});

test("a list whose length is not in memory is not read without end", async () => {
  const { reads } = await run([{ from: sender(0), to: contract(3), gasLimit: 30_000_000n }], 2);
  assert.ok(reads < 60, `${reads} reads`);
});
