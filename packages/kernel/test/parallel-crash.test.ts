import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as Hex from "ox/Hex";
import { Crew } from "./support/crew.ts";
import { type Accounts, FLAG_SEQUENTIAL, type TestBlock } from "./support/crew-block.ts";
import { POINT_PRECOMPILE } from "./support/crew-instance.ts";
import { address, RandomBlocks } from "./support/crew-random.ts";
import { Director, Point } from "./support/director.ts";
import { assemble } from "./support/evm.ts";
import { random32 } from "./support/random.ts";

let crew: Crew;
before(async () => {
  crew = await Crew.of(3);
});
after(() => crew.close());

const stop = "PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x03 GAS CALL POP";
const count = "PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE";
const { HEDDLE_SEED } = process.env;
const seed = Number(HEDDLE_SEED ?? Date.now() % 1_000_000_000);

/** Transactions that all conflict, one of which looks at the fee recipient. */
function contended(): { state: Accounts; block: TestBlock } {
  const hot = address(0xc0);
  const state: Map<`0x${string}`, { balance?: bigint; nonce?: bigint; code?: Uint8Array }> = new Map([
    [hot, { nonce: 1n, code: assemble(`${count} ${stop} COINBASE BALANCE PUSH1 0x01 SSTORE`) }],
    [address(0xc1), { nonce: 1n, code: assemble(`${count} ${stop}`) }],
  ]);
  const transactions = Array.from({ length: 24 }, (_, i) => {
    const from = address(0xa00 + i);
    state.set(from, { balance: 10n ** 18n });
    return {
      from,
      to: i === 7 ? hot : address(i % 3 === 0 ? 0x77 : 0xc1),
      value: i % 3 === 0 ? 1n : 0n,
      gasLimit: 90_000n,
    };
  });
  return { state, block: { transactions } };
}

/** Ends the victim where it stands; afterwards the block runs as if nothing had been. */
async function killAndRunAgain(
  block: TestBlock,
  victim: number,
  expected: unknown,
  what: string,
): Promise<void> {
  await crew.replace(victim);
  assert.deepEqual(crew.run(block).outcome, expected, what);
  crew.discard();
}

// Who only goes to sleep has nothing in hand.
const { BeforeClaims, BeforeClaimedRoot, BeforeSleep: _, ...withoutClaims } = Point;

for (const [name, point] of [
  ...Object.entries(withoutClaims),
  ["inside an execution", POINT_PRECOMPILE] as const,
]) {
  test(`a worker that dies at ${name} leaves nothing behind`, async () => {
    const { state, block } = contended();
    crew.load(state);
    const expected = crew.runInOrder(block).outcome;
    crew.discard();
    const flags = point === Point.BeforeInOrder ? FLAG_SEQUENTIAL : 0;
    const director = new Director(crew, { ...block, flags }, 3);
    // Estimates come about where a later transaction to the same account was executed before the first one.
    if (point === Point.Estimated || point === Point.BeforeWithdraw) {
      director.bring(0, Point.BeforeExecute, 0);
      director.bring(1, Point.Published, 3);
    }
    const victim = director.watch([0, 1, 2], point);
    await killAndRunAgain(block, victim, expected, name);
  });
}

const onClaims = {
  BeforeClaims,
  BeforeClaimedRoot,
  "inside an execution": POINT_PRECOMPILE,
  BeforeDecode: Point.BeforeDecode,
  BeforePrologue: Point.BeforePrologue,
  BeforeExecute: Point.BeforeExecute,
  Published: Point.Published,
  BeforeValidate: Point.BeforeValidate,
  BeforeCommit: Point.BeforeCommit,
  BeforeEpilogue: Point.BeforeEpilogue,
  BeforeRoot: Point.BeforeRoot,
};

for (const [name, point] of Object.entries(onClaims)) {
  test(`a worker that dies at ${name} of a block on the claims of its access list leaves nothing behind`, async () => {
    const { state, block } = contended();
    crew.load(state);
    const expected = crew.runInOrder(block).outcome;
    const claims = Hex.toBytes(expected.accessList as Hex.Hex);
    crew.discard();
    const director = new Director(crew, { ...block, claims }, 3);
    const victim = director.watch([0, 1, 2], point);
    await killAndRunAgain({ ...block, claims }, victim, expected, name);
    assert.deepEqual(crew.run(block).outcome, expected);
    crew.discard();
  });
}

test("workers that die at any moment leave nothing behind", async (t) => {
  const next = random32(seed);
  t.diagnostic(`seed ${seed}`);
  const blocks = new RandomBlocks(random32(seed));
  crew.load(blocks.accounts());
  for (let round = 0; round < 12; round++) {
    const forget = blocks.keepNonces();
    const block = blocks.block(60);
    const expected = crew.runInOrder(block).outcome;
    crew.discard();
    crew.memory.layOut(block);
    for (let worker = 0; worker < 3; worker++) {
      crew.set(worker, 5, 1);
      crew.set(worker, 4, 0x7fffffff);
      crew.set(worker, 6, seed + round * 3 + worker);
    }
    crew.start(3);
    await setTimeout((next() % 100) / 25);
    await killAndRunAgain(block, next() % 3, expected, `seed ${seed}, round ${round}`);
    forget();
  }
});
