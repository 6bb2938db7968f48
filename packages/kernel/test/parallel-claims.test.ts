import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Hex from "ox/Hex";
import { Failure, Fork } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import type { Outcome, TestBlock } from "./support/crew-block.ts";
import { RandomBlocks } from "./support/crew-random.ts";
import { random32 } from "./support/random.ts";

/** HEDDLE_SEED runs one case again, HEDDLE_ROUNDS sets their number. */
const { HEDDLE_ROUNDS, HEDDLE_SEED } = process.env;
const rounds = Number(HEDDLE_ROUNDS ?? 25);
const first = Number(HEDDLE_SEED ?? Date.now() % 1_000_000_000);
const seeds = HEDDLE_SEED ? [first] : Array.from({ length: rounds }, (_, i) => first + i);
const ALL_POINTS = 0x7fffffff;
const FORKS = [Fork.Cancun, Fork.Prague, Fork.Osaka, Fork.Amsterdam];

let crew: Crew;
before(async () => {
  crew = await Crew.of(8);
});
after(() => crew.close());

/** A contract created over nothing but a balance has had no storage to wipe: whether it is said to be wiped is the same. */
function comparable(outcome: Outcome): Outcome {
  const changes = outcome.changes.map((text) =>
    text.replace(/ flags (\d+)/, (_, flags) => ` flags ${flags & ~2}`),
  );
  return { ...outcome, changes };
}

/** The block in order, and with the list that this gives. */
function inOrder(block: TestBlock): { expected: Outcome; claims: Uint8Array } {
  const { outcome } = crew.runInOrder(block);
  const claims = outcome.failure === 0 ? Hex.toBytes(outcome.accessList as Hex.Hex) : new Uint8Array(0);
  return { expected: comparable(outcome), claims };
}

function runCase(seed: number, seen: Map<string, number>): void {
  const blocks = new RandomBlocks(random32(seed), FORKS);
  crew.load(blocks.accounts());
  const note = (name: string, by = 1) => seen.set(name, (seen.get(name) ?? 0) + by);
  for (let number = 0; number < 4; number++) {
    const forget = blocks.keepNonces();
    const block = { ...blocks.block([12, 40, 40, 150][number]), flags: 0 };
    const { expected, claims } = inOrder(block);
    if (expected.failure !== 0) {
      crew.discard();
      forget();
      note("invalid");
      continue;
    }
    for (const workers of [1, 2, 3, 8]) {
      crew.discard();
      const what = `seed ${seed}, block ${number}, ${workers} workers`;
      const random =
        workers === 3 || workers === 8 ? { seed: seed + workers, points: ALL_POINTS } : undefined;
      const met = crew.run({ ...block, claims }, { workers, ...(random && { random }) });
      assert.deepEqual(comparable(met.outcome), expected, what);
      const { aborts, estimates, turns, colds, fallbackFrom, attempts } = met.schedule;
      assert.deepEqual(
        { aborts, estimates, turns, colds },
        { aborts: 0, estimates: 0, turns: 0, colds: 0 },
        what,
      );
      assert.equal(fallbackFrom, block.transactions.length, what);
      assert.equal(attempts.length, block.transactions.length, what);
    }
    note("transactions", block.transactions.length);
    note("deleted", expected.changes.filter((change) => / flags [1357]/.test(change)).length);
    note("created", expected.changes.filter((change) => / flags 4/.test(change)).length);
    note("valid");
    crew.commit();
  }
}

test("random blocks on the claims of their own access list give the same, with every transaction executed once", (t) => {
  const seen = new Map<string, number>();
  for (const seed of seeds) runCase(seed, seen);
  t.diagnostic(`seeds from ${first}: ${[...seen].map(([name, count]) => `${count} ${name}`).join(", ")}`);
});

/** The list with one to three bytes changed, cut, doubled or put in. */
function corrupt(list: Uint8Array, next: () => number): Uint8Array {
  const bytes = [...list];
  for (let i = 1 + (next() % 3); i > 0; i--) {
    const at = next() % bytes.length;
    const kind = next() % 10;
    if (kind === 0) bytes.splice(at, 1);
    else if (kind === 1) bytes.splice(at, 0, next() & 0xff);
    else if (kind === 2) bytes.length = Math.max(1, at);
    else if (kind < 6) bytes[at] = (bytes[at]! + (next() % 2 === 0 ? 1 : 255)) & 0xff;
    else bytes[at] = next() & 0xff;
  }
  return Uint8Array.from(bytes);
}

test("a list with wrong bytes is refused by its form or by what was executed, and leaves nothing behind", (t) => {
  const seen = new Map<string, number>();
  const note = (name: string) => seen.set(name, (seen.get(name) ?? 0) + 1);
  for (const seed of seeds) {
    const next = random32(seed);
    const blocks = new RandomBlocks(next, FORKS);
    crew.load(blocks.accounts());
    const block = { ...blocks.block(25), flags: 0 };
    const { expected, claims } = inOrder(block);
    crew.discard();
    if (expected.failure !== 0 || claims.length < 2) continue;
    for (let round = 0; round < 30; round++) {
      const wrong = corrupt(claims, next);
      if (Buffer.compare(wrong, claims) === 0) continue;
      const what = `seed ${seed}, round ${round}`;
      crew.memory.layOut({ ...block, claims: wrong });
      if (crew.memory.claimsProblem !== 0) {
        note("malformed");
        continue;
      }
      const met = crew.run({ ...block, claims: wrong }, { workers: 1 + (next() % 3) });
      assert.equal(met.outcome.failure, Failure.ClaimsRefuted, what);
      crew.discard();
      note("refuted");
    }
    assert.deepEqual(comparable(crew.run(block).outcome), expected, `seed ${seed}, afterwards`);
    crew.discard();
  }
  t.diagnostic(`seeds from ${first}: ${[...seen].map(([name, count]) => `${count} ${name}`).join(", ")}`);
  if (seeds.length >= 20) assert.ok(seen.get("malformed")! > 20 && seen.get("refuted")! > 20);
});
