import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Deltas, eipBits, knownEips } from "../src/codes.ts";
import { forkNames } from "../src/opcodes.ts";
import { Crew } from "./support/crew.ts";
import {
  type AccountState,
  FLAG_TRANSACTIONS_ONLY,
  type TestBlock,
  type TestTransaction,
} from "./support/crew-block.ts";
import { address } from "./support/crew-random.ts";
import { Director, TaskState } from "./support/director.ts";
import { assemble } from "./support/evm.ts";
import { seededBelow } from "./support/random.ts";
import { EDGES, SLOTS, sumProgram } from "./support/sum-programs.ts";

/** HEDDLE_SEED runs one case again, HEDDLE_ROUNDS sets their number. */
const { HEDDLE_ROUNDS, HEDDLE_SEED } = process.env;
const rounds = Number(HEDDLE_ROUNDS ?? 40);
const first = Number(HEDDLE_SEED ?? Date.now() % 1_000_000_000);
const seeds = HEDDLE_SEED ? [first] : Array.from({ length: rounds }, (_, i) => first + i);

const ALL_POINTS = 0x7fffffff;
const SENDERS = 12;
const CONTRACTS = 5;
const sender = (i: number) => address(0x5e0000 + i);
const contract = (i: number) => address(0xc00000 + i);
/** From where on transactions have receipts as the crew reads them. */
const FIRST_FORK = forkNames.indexOf("Byzantium");

let crew: Crew;
before(async () => {
  crew = await Crew.of(8);
});
after(() => crew.close());

/** Contracts of which most only sum up, and many calls of few of them. */
function randomCase(seed: number): { accounts: Map<`0x${string}`, AccountState>; block: TestBlock } {
  const below = seededBelow(seed);
  const fork = FIRST_FORK + below(forkNames.length - FIRST_FORK);
  const accounts = new Map<`0x${string}`, AccountState>();
  for (let i = 0; i < SENDERS; i++) accounts.set(sender(i), { balance: 10n ** 20n });
  for (let i = 0; i < CONTRACTS; i++) {
    const callees = i < 3 ? [BigInt(contract(3)), BigInt(contract(4))] : [];
    const value = () => (below(6) === 0 ? EDGES[below(EDGES.length)]! : BigInt(below(60)));
    accounts.set(contract(i), {
      nonce: 1n,
      balance: BigInt(below(40)),
      code: sumProgram(seed * 5 + i, forkNames[fork]!, callees),
      storage: Array.from({ length: SLOTS }, (_, key) => [BigInt(key), value()] as const).filter(
        ([, v]) => v !== 0n,
      ),
    });
  }
  const transactions = Array.from(
    { length: 30 + below(40) },
    (): TestTransaction => ({
      from: sender(below(SENDERS)),
      to: contract(below(3)),
      gasLimit: below(4) === 0 ? 60_000n + BigInt(below(60_000)) : 500_000n,
      value: BigInt(below(3)),
    }),
  );
  const nonces = new Map<string, bigint>();
  for (const transaction of transactions) {
    const nonce = nonces.get(transaction.from) ?? 0n;
    nonces.set(transaction.from, nonce + 1n);
    transaction.nonce = nonce;
  }
  const amsterdam = forkNames[fork] === "Amsterdam";
  const eips = amsterdam ? eipBits(knownEips) : undefined;
  const baseFee = fork >= forkNames.indexOf("London") ? 7n : 0n;
  const flags = FLAG_TRANSACTIONS_ONLY;
  return { accounts, block: { fork, eips, flags, baseFee, transactions, gasLimit: 1_000_000_000n } };
}

test("what sums up to few slots gives the same on any number of workers, however they are interleaved", (t) => {
  const seen = { transactions: 0, deltas: 0, failures: 0, aborts: 0 };
  for (const seed of seeds) {
    const { accounts, block } = randomCase(seed);
    crew.load(accounts);
    const expected = crew.runInOrder(block);
    assert.equal(expected.outcome.failure, 0, `seed ${seed}`);
    seen.transactions += block.transactions.length;
    for (const workers of [1, 2, 3, 8]) {
      for (const points of workers === 1 ? [0] : [0, ALL_POINTS]) {
        for (const deltas of [Deltas.Learned, Deltas.Always]) {
          crew.discard();
          const what = `seed ${seed}, ${workers} workers, pauses ${points !== 0}, deltas ${deltas}`;
          let met: ReturnType<Crew["run"]>;
          try {
            const options = {
              workers,
              ...(points === 0 ? {} : { random: { seed: seed + workers, points } }),
            };
            met = crew.run({ ...block, deltas }, options);
          } catch (error) {
            throw new Error(what, { cause: error });
          }
          assert.deepEqual(met.outcome, expected.outcome, what);
          seen.deltas += met.schedule.deltas;
          seen.failures += met.schedule.predicateFailures;
          seen.aborts += met.schedule.aborts;
        }
      }
    }
    crew.discard();
  }
  t.diagnostic(`seeds from ${first}: ${JSON.stringify(seen)}`);
  // How often predicates fail is up to the threads: it may be never. parallel-deltas.test.ts makes them fail.
  if (seeds.length >= 20) assert.ok(seen.deltas > 0, "no deltas");
});

test("what one transaction after the other waits for is tried as a delta, also where no conflict was met", () => {
  const counter = contract(0);
  const add = assemble("PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE");
  const accounts = new Map<`0x${string}`, AccountState>();
  accounts.set(counter, { nonce: 1n, code: add, storage: [[0n, 5n]] });
  const transactions = Array.from({ length: 120 }, (_, i): TestTransaction => {
    accounts.set(sender(i), { balance: 10n ** 18n });
    return { from: sender(i), to: counter, gasLimit: 100_000n };
  });
  const block = { transactions, flags: FLAG_TRANSACTIONS_ONLY, deltas: Deltas.Learned };
  crew.load(accounts);
  const expected = crew.runInOrder(block);
  crew.discard();
  // The second worker comes too late: nothing is read that is not committed.
  const director = new Director(crew, block, 2);
  director.free(0);
  director.until(transactions.length - 1, TaskState.Committed);
  const met = director.finish();
  assert.deepEqual(met.outcome, expected.outcome);
  assert.ok(met.schedule.deltas > 0);
  crew.discard();
});
