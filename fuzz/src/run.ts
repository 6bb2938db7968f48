// The loop: case after case until time is over, someone stops it, or a difference is found.

import { preparePrecompiles, type Speculation } from "@heddle/engine/testing";
import type { ForkName, FuzzCase } from "./case.ts";
import { type CheckOptions, checkCase } from "./check.ts";
import type { Difference } from "./compare.ts";
import { generateCase } from "./generate.ts";
import { Heddle } from "./heddle.ts";
import { derivedSeed } from "./random.ts";
import { shrinkCase } from "./shrink.ts";
import { Statistics } from "./statistics.ts";

export interface FuzzOptions {
  seed: number;
  /** The first case, and how many at most. */
  first: number;
  count: number;
  /** Milliseconds. */
  time: number;
  workers: readonly number[];
  fork?: ForkName | undefined;
  /** How workers run transactions beside each other; as it was learned unless given. */
  speculation?: Speculation | undefined;
  /** Milliseconds for making a failing case smaller; 0 leaves it as it is. */
  shrinkTime: number;
  signal?: AbortSignal | undefined;
  /** Is told after each case. */
  onCase?: (index: number, statistics: Statistics) => void;
  /** Is told of a difference before the case is made smaller, and of every try then. */
  onFailure?: (failure: Failure) => void;
  onTry?: (tries: number) => void;
  /** Tests only. */
  distort?: CheckOptions["distort"];
}

/** A case that showed a difference. */
export interface Failure {
  /** Number of the case in its run; -1 for one out of a file. */
  index: number;
  found: FuzzCase;
  difference: Difference;
  smallest: FuzzCase;
  /** What the smallest case shows. */
  smallestDifference: Difference;
}

export interface FuzzResult {
  statistics: Statistics;
  failure: Failure | undefined;
  seconds: number;
}

/** One case in this many is run instruction by instruction too. */
const STEPPING = 2;
/** How often a case is run while it is made smaller, where the difference depends on what worker comes first. */
const PARALLEL_TRIES = 8;

/** Runs `fuzzCase` alone; where it shows a difference, makes it smaller. */
async function examine(
  fuzzCase: FuzzCase,
  index: number,
  options: FuzzOptions,
  heddle: Heddle,
  statistics: Statistics,
): Promise<Failure | undefined> {
  const common = options.distort === undefined ? { heddle } : { heddle, distort: options.distort };
  const stepping = index % STEPPING === 0;
  const difference = await checkCase(fuzzCase, { ...common, statistics, stepping });
  if (difference === undefined) return undefined;
  let smallestDifference = difference;
  options.onFailure?.({ index, found: fuzzCase, difference, smallest: fuzzCase, smallestDifference });
  let tries = 0;
  const remains = async (candidate: FuzzCase): Promise<boolean> => {
    options.onTry?.(++tries);
    // What is tried is counted nowhere.
    const { kind } = difference;
    const quick = kind === "revm" || kind === "refusal";
    const checked = { ...common, statistics: new Statistics(), stepping: kind === "stepping", quick };
    for (let run = 0; run < (kind === "parallel" ? PARALLEL_TRIES : 1); run++) {
      const met = await checkCase(candidate, checked);
      if (met?.kind !== kind) continue;
      if (kind === "refusal" && met.what.join() !== difference.what.join()) continue;
      smallestDifference = met;
      return true;
    }
    return false;
  };
  const smallest =
    options.shrinkTime === 0 ? fuzzCase : await shrinkCase(fuzzCase, { remains, limit: options.shrinkTime });
  return { index, found: fuzzCase, difference, smallest, smallestDifference };
}

/** Runs one case; for those of a file. */
export async function runCase(fuzzCase: FuzzCase, options: FuzzOptions): Promise<FuzzResult> {
  await preparePrecompiles();
  const started = performance.now();
  const statistics = new Statistics();
  const heddle = await Heddle.create(options.workers, statistics.coverage, options.speculation);
  try {
    // Every way of running it: number 0 is stepped too.
    const failure = await examine(fuzzCase, 0, options, heddle, statistics);
    return { statistics, failure, seconds: (performance.now() - started) / 1000 };
  } finally {
    await heddle.close();
  }
}

/** Runs cases `first`, `first + 1`, … of a seed. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  await preparePrecompiles();
  const started = performance.now();
  const statistics = new Statistics();
  const heddle = await Heddle.create(options.workers, statistics.coverage, options.speculation);
  let failure: Failure | undefined;
  try {
    for (let index = options.first; index < options.first + options.count; index++) {
      const spent = performance.now() - started;
      if (spent >= options.time || options.signal?.aborted) break;
      const fuzzCase = generateCase(derivedSeed(options.seed, index), options.fork);
      failure = await examine(fuzzCase, index, options, heddle, statistics);
      options.onCase?.(index, statistics);
      if (failure !== undefined) break;
    }
  } finally {
    await heddle.close();
  }
  return { statistics, failure, seconds: (performance.now() - started) / 1000 };
}
