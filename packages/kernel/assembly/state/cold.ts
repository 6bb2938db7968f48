// What a run does at a slot whose value is not in the cache. Leaving at once would make a transaction of n such slots
// run n times, one answer of the source after the other. So the run goes on with a guess, only to find what else it
// will ask for; all of it is asked for at once, and the run is given up at its end. Nothing of it is ever
// published: a wrong guess costs values that nobody needed. How many those can be grows with what the
// transaction really lacks: a few guesses in its first run, four times as many in the next.

import { abortTransaction } from "../host";
import { requestPrefetch } from "../parallel/tasks";
import { Abort } from "../status";
import { wordZero } from "../word/word";

/** Guesses of a transaction's first run, and of any: more would fill the ring of requests. */
const FIRST_GUESSES: u32 = 16;
const MOST_GUESSES: u32 = 4096;
/** After so many runs left for missing values a transaction guesses no more: each of its reads tells the next one's key. */
const MOST_RUNS: u32 = 64;

let left: u32 = 0;
let isLarge = false;
/** The location guessed last; 0 = the run knows all that it has read. */
export let coldLocation: u32 = 0;

/** Begins a run of a transaction of which `runs` were left for missing values. */
export function coldBegin(runs: u32): void {
  left = runs < MOST_RUNS ? min<u32>(FIRST_GUESSES << min<u32>(2 * runs, 16), MOST_GUESSES) : 0;
  // A balance that suffices first, then an empty list or no entry: one of them mostly leads on.
  isLarge = (runs & 1) == 0;
  coldLocation = 0;
}

/** Writes a guess for the slot at `location`, which is not in the cache; false where the run is to be left. */
export function coldGuess(location: u32, result: usize): bool {
  if (left == 0) return false;
  left--;
  coldLocation = location;
  requestPrefetch(location);
  wordZero(result);
  if (isLarge) store<u64>(result, 1 << 32, 8);
  return true;
}

/** At the end of a run, before anything of it is published: leaves with Abort.Cold where it has guessed. */
export function coldEnd(): void {
  left = 0;
  if (coldLocation != 0) abortTransaction(Abort.Cold, coldLocation);
}

/** What this worker does next is no run that may guess. */
export function coldForget(): void {
  left = 0;
  coldLocation = 0;
}
