import { test } from "node:test";
import { testSeed } from "./support/random.ts";
import { randomAlloc } from "./support/random-chain.ts";
import { roundTrip } from "./support/undo-steps.ts";

const rounds = Number(process.env["HEDDLE_ROUNDS"] ?? 3);

const genesis = { alloc: randomAlloc };
const seed = testSeed(20_261_122);

for (let i = 0; i < rounds; i++) {
  test(`a random chain is taken back to its genesis and done again, seed ${seed + i}`, () =>
    roundTrip(seed + i, { workers: i % 2 === 0 ? 2 : 0, genesis }));
}

test("so is one of an engine that keeps no trie", () =>
  roundTrip(seed, { workers: 0, computeStateRoot: false, genesis }));
