import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Deltas, Predictor } from "../src/codes.ts";
import { Crew } from "./support/crew.ts";
import { RandomBlocks } from "./support/crew-random.ts";
import { random32 } from "./support/random.ts";

/** HEDDLE_SEED runs one case again, HEDDLE_ROUNDS sets their number. */
const { HEDDLE_ROUNDS, HEDDLE_SEED } = process.env;
const rounds = Number(HEDDLE_ROUNDS ?? 40);
const first = Number(HEDDLE_SEED ?? Date.now() % 1_000_000_000);
const seeds = HEDDLE_SEED ? [first] : Array.from({ length: rounds }, (_, i) => first + i);

let crew: Crew;
before(async () => {
  crew = await Crew.of(8);
});
after(() => crew.close());

/** Every point that lies outside of the one-worker phases. */
const ALL_POINTS = 0x7fffffff;

/** Which locations are tried as deltas, in turn. */
const MODES = [Deltas.Off, Deltas.Learned, Deltas.Always, Deltas.Always];

/** For which calls conflicts are predicted, in turn. */
const PREDICTORS = [Predictor.Always, Predictor.Learned, Predictor.Off];

function runCase(seed: number, seen: Map<string, number>): void {
  const blocks = new RandomBlocks(random32(seed));
  crew.load(blocks.accounts());
  const note = (name: string, by = 1) => seen.set(name, (seen.get(name) ?? 0) + by);
  for (let number = 0; number < 4; number++) {
    const forget = blocks.keepNonces();
    const block = blocks.block([12, 40, 40, 150][number]);
    const expected = crew.runInOrder(block);
    crew.discard();
    for (const workers of [1, 2, 3, 8]) {
      for (const points of workers === 1 ? [0] : [0, ALL_POINTS]) {
        const what = `seed ${seed}, block ${number}, ${workers} workers, pauses ${points !== 0}`;
        let met: ReturnType<Crew["run"]>;
        try {
          const deltas = MODES[(seed + number + workers + (points & 1)) % MODES.length]!;
          const predictor = PREDICTORS[(seed + workers) % PREDICTORS.length]!;
          met = crew.run(
            { ...block, deltas, predictor },
            { workers, ...(points === 0 ? {} : { random: { seed: seed + workers, points } }) },
          );
        } catch (error) {
          throw new Error(what, { cause: error });
        }
        assert.deepEqual(met.outcome, expected.outcome, what);
        note("aborts", met.schedule.aborts);
        note("deltas", met.schedule.deltas);
        note("predicate failures", met.schedule.predicateFailures);
        note("estimates", met.schedule.estimates);
        note("turns", met.schedule.turns);
        note("predictions", met.schedule.prediction.predicted);
        note("in order", met.schedule.ordered);
        if (workers > 1 && met.schedule.fallbackFrom < block.transactions.length) {
          note(met.schedule.fallbackFrom === 0 ? "in order from the start" : "fallbacks");
        }
        if (workers < 8 || points === 0) crew.discard();
      }
    }
    note("transactions", block.transactions.length);
    note(
      "succeeded",
      expected.outcome.receipts.filter((receipt) => /^0x(0[1-4])?f9....(01|b0|a0)/.test(receipt)).length,
    );
    note("changed accounts", expected.outcome.changes.length);
    note("deleted", expected.outcome.changes.filter((change) => / flags [1357]/.test(change)).length);
    note(expected.outcome.failure === 0 ? "valid" : "invalid");
    if (expected.outcome.failure === 0) crew.commit();
    else {
      crew.discard();
      forget();
    }
  }
}

test("random blocks give the same on any number of workers, however they are interleaved", (t) => {
  const seen = new Map<string, number>();
  for (const seed of seeds) runCase(seed, seen);
  t.diagnostic(`seeds from ${first}: ${[...seen].map(([name, count]) => `${count} ${name}`).join(", ")}`);
  // Fallbacks and estimates are a matter of timing, and are forced in parallel-forced.test.ts.
  if (seeds.length >= 20) {
    for (const name of ["aborts", "deltas", "predicate failures", "turns", "valid", "invalid"]) {
      assert.ok((seen.get(name) ?? 0) > 0, `no ${name}`);
    }
  }
});
