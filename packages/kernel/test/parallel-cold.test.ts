import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Deltas, Fork } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import { type Accounts, FLAG_NO_STATE_ROOT, FLAG_SEQUENTIAL, type TestBlock } from "./support/crew-block.ts";
import { address, RandomBlocks } from "./support/crew-random.ts";
import { CrewSource, SOLE } from "./support/crew-source.ts";
import { assemble } from "./support/evm.ts";
import { random32 } from "./support/random.ts";

const { HEDDLE_SEED } = process.env;
const seed = Number(HEDDLE_SEED ?? Date.now() % 1_000_000_000);

/** The crew whose values are cold, and an instance over a memory of its own that has them all. */
let crew: Crew;
let oracle: Crew;
before(async () => {
  crew = await Crew.of(3);
  oracle = await Crew.of(0);
  for (const { memory } of [crew, oracle]) memory.setU32(memory.at("CONTROL"), "Control_trieEnabled", 0);
});
after(() => crew.close());

/** What the block gives where the whole state is in memory. */
function warm(accounts: Accounts, block: TestBlock) {
  oracle.load(accounts);
  const { outcome } = oracle.runInOrder({ ...block, flags: (block.flags ?? 0) | FLAG_NO_STATE_ROOT });
  oracle.discard();
  return outcome;
}

/** The same accounts with codes that no run has met before: a code that is known is found by its hash. */
function withNewCodes(accounts: Accounts, run: number): Accounts {
  return new Map(
    [...accounts].map(([address, account]) => [
      address,
      account.code ? { ...account, code: Uint8Array.of(...account.code, 0, run >> 8, run & 255) } : account,
    ]),
  );
}

/** Nothing of the state is in memory, and what is not there is asked for. */
function emptyMemory(): void {
  const { memory } = crew;
  memory.x.blockOpen();
  memory.x.stateReset();
  memory.setU32(memory.at("CONTROL"), "Control_coldSource", 1);
}

/** Runs the block where nothing is in memory. */
function cold(source: CrewSource, block: TestBlock, workers: number, flags = 0) {
  emptyMemory();
  const met = crew.run(
    { ...block, flags: (block.flags ?? 0) | FLAG_NO_STATE_ROOT | flags },
    { workers, attend: () => source.attend() },
  );
  crew.discard();
  return met;
}

test("random blocks give the same where every value has to be brought", (t) => {
  t.diagnostic(`seed ${seed}`);
  let colds = 0;
  let run = 0;
  for (let round = 0; round < 12; round++) {
    const blocks = new RandomBlocks(random32(seed + round));
    const known = blocks.accounts();
    const block = blocks.block(30);
    for (const [workers, flags, deltas] of [
      [1, 0, Deltas.Off],
      [2, 0, Deltas.Always],
      [3, 0, Deltas.Off],
      [3, 0, Deltas.Always],
      [3, FLAG_SEQUENTIAL, Deltas.Off],
    ] as const) {
      const accounts = withNewCodes(known, run++);
      const expected = warm(accounts, block);
      const source = new CrewSource(crew, accounts, random32(round + workers), 2);
      const { outcome, schedule } = cold(source, { ...block, deltas }, workers, flags);
      assert.deepEqual(
        outcome,
        expected,
        `seed ${seed + round}, ${workers} workers, flags ${flags}, deltas ${deltas}`,
      );
      colds += schedule.colds;
    }
  }
  assert.ok(colds > 100, `${colds}`);
});

const senders = Array.from({ length: 40 }, (_, i) => address(0x5000 + i));
const transfers = senders.map((from) => ({ from, to: address(0xee), value: 3n }));
const rich = new Map(senders.map((from) => [from, { balance: 10n ** 18n }] as const));

test("many requests are under way at once", () => {
  const source = new CrewSource(crew, rich, random32(1), 5);
  source.held = true;
  const expected = warm(rich, { transactions: transfers });
  const { memory } = crew;
  emptyMemory();
  memory.layOut({ transactions: transfers, flags: FLAG_NO_STATE_ROOT });
  crew.start(2);
  crew.until(() => {
    source.attend();
    return source.most === senders.length;
  }, "a request of every transaction");
  source.held = false;
  crew.wait(() => source.attend());
  assert.deepEqual(memory.outcome(), expected);
  crew.discard();
});

test("work that one worker does alone waits for its values", () => {
  const beacon = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";
  const code = assemble("PUSH1 0x05 SLOAD PUSH1 0x01 ADD PUSH1 0x05 SSTORE STOP");
  const accounts = new Map<
    `0x${string}`,
    { balance?: bigint; nonce?: bigint; code?: Uint8Array; storage?: [bigint, bigint][] }
  >([...rich, [beacon, { nonce: 1n, code, storage: [[5n, 8n]] }]]);
  const block: TestBlock = {
    fork: Fork.Cancun,
    parentBeaconRoot: true,
    transactions: transfers.slice(0, 4),
    withdrawals: [{ address: address(0xabcd), gwei: 5n }],
  };
  const expected = warm(accounts, block);
  const source = new CrewSource(crew, accounts, random32(2), 3);
  const { outcome } = cold(source, block, 3);
  assert.deepEqual(outcome, expected);
  // Before the transactions: the contract's account, code and slot; after them the account of the withdrawal.
  assert.ok(source.asked.filter((task) => task === SOLE).length >= 4, `${source.asked}`);
  assert.match(outcome.changes.find((text) => text.startsWith(beacon.slice(2)))!, / 5=9$/);
});

test("an answer that comes after the block is over does no harm", () => {
  const source = new CrewSource(crew, rich, random32(3), 0);
  source.held = true;
  const { memory } = crew;
  emptyMemory();
  memory.layOut({ transactions: transfers, flags: FLAG_NO_STATE_ROOT });
  crew.start(2);
  crew.until(() => {
    source.attend();
    return source.asked.length === senders.length;
  }, "a request of every transaction");
  crew.abandon();
  crew.memory.setU32(crew.memory.at("CONTROL"), "Control_coldSource", 0);
  crew.load(rich);
  const expected = warm(rich, { transactions: transfers });
  // Every task of the next block is told that its value has come, while that block runs.
  const { outcome } = crew.run(
    { transactions: transfers, flags: FLAG_NO_STATE_ROOT },
    {
      workers: 3,
      attend: () => {
        for (let task = 0; task < transfers.length; task++) memory.x.resume(task);
        memory.x.resume(SOLE);
      },
    },
  );
  assert.deepEqual(outcome, expected);
  crew.discard();
});
