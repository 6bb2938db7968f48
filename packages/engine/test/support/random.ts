export { seededRandom } from "../../src/seeded-random.ts";

/** The seed of a test: HEDDLE_SEED, or the one given. */
export function testSeed(seed: number): number {
  return Number(process.env["HEDDLE_SEED"] ?? seed);
}
