// npm run fuzz -- [--minutes N] [--seed S] [--block K] [--case FILE] …

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LEARNING_MODES, type LearningMode } from "@heddle/engine/testing";
import { FORKS, type ForkName, type FuzzCase } from "./case.ts";
import { formatFailure, formatSummary, jsonSummary } from "./report.ts";
import { type Failure, type FuzzOptions, runCase } from "./run.ts";
import { superviseFuzz } from "./supervise.ts";

const FAILURES = join(dirname(fileURLToPath(import.meta.url)), "../failures");

const HELP = `Usage: npm run fuzz -- [options]

Random programs, transactions and blocks: revm against ours, and ours in order against ours on workers.

  --minutes N     how long (default: 1)
  --seed S        what the run is made of; a fresh one unless given. The same seed makes the same cases
  --block K       case number K of the seed only
  --case FILE     a case that a run has written
  --workers LIST  how many workers run each block, one run for each (default: 2,8)
  --deltas D      which values are tried as deltas on workers: learned (default), off or always
  --predictor P   for which calls conflicts are predicted on workers: learned (default), off or always
  --fork NAME     one fork only: ${FORKS.map(({ name }) => name).join(", ")}
  --shrink N      seconds for making a failing case smaller (default: 60; 0: leave it)
  --json          end with one line of JSON
  --help

Exit codes: 0 no difference, 1 a difference, 2 the command line is wrong.`;

class UsageError extends Error {}

function integer(name: string, text: string | undefined, fallback: number, least = 0): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || value >= 2 ** 32) {
    throw new UsageError(`--${name} must be a whole number from ${least} on, but is ${text}`);
  }
  return value;
}

function minutes(text: string | undefined): number {
  const value = Number(text ?? 1);
  if (!(value > 0)) throw new UsageError(`--minutes must be above 0, but is ${text}`);
  return value;
}

function workers(text = "2,8"): number[] {
  return text.split(",").map((count) => {
    const value = integer("workers", count, 0, 1);
    if (value > 64) throw new UsageError(`--workers must be at most 64, but is ${count}`);
    return value;
  });
}

function fork(text: string | undefined): ForkName | undefined {
  if (text === undefined) return undefined;
  const known = FORKS.find(({ name }) => name.toLowerCase() === text.toLowerCase());
  if (known === undefined) {
    throw new UsageError(`there is no fork ${text}; forks are ${FORKS.map(({ name }) => name).join(", ")}`);
  }
  return known.name;
}

function learningMode(option: string, text = "learned"): LearningMode {
  const mode = LEARNING_MODES.find((known) => known === text);
  if (mode === undefined) {
    throw new UsageError(`--${option} must be ${LEARNING_MODES.join(", ")}, but is ${text}`);
  }
  return mode;
}

function readCase(file: string): FuzzCase {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { case: FuzzCase }).case;
  } catch (error) {
    throw new UsageError(`--case ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Keeps a failing case; the file's path. */
function keep(seed: number, { index, found, difference, smallest, smallestDifference }: Failure): string {
  mkdirSync(FAILURES, { recursive: true });
  const file = join(FAILURES, index < 0 ? `case-${Date.now()}.json` : `seed-${seed}-block-${index}.json`);
  const content = {
    seed,
    index,
    difference: smallestDifference,
    case: smallest,
    foundDifference: difference,
  };
  writeFileSync(
    file,
    `${JSON.stringify({ ...content, found: found === smallest ? undefined : found }, null, 1)}\n`,
  );
  return relative(process.cwd(), file);
}

/** Runs the command line `args`; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      seed: { type: "string" },
      block: { type: "string" },
      case: { type: "string" },
      workers: { type: "string" },
      fork: { type: "string" },
      deltas: { type: "string" },
      predictor: { type: "string" },
      shrink: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const stop = new AbortController();
  const onInterrupt = () => {
    // The second time the usual happens.
    process.off("SIGINT", onInterrupt);
    stop.abort();
  };
  process.on("SIGINT", onInterrupt);
  const seed = integer("seed", values.seed, crypto.getRandomValues(new Uint32Array(1))[0]!);
  const options: FuzzOptions = {
    seed,
    first: integer("block", values.block, 0),
    count: values.block === undefined ? Number.POSITIVE_INFINITY : 1,
    time: minutes(values.minutes) * 60_000,
    workers: workers(values.workers),
    fork: fork(values.fork),
    speculation: {
      deltas: learningMode("deltas", values.deltas),
      predictor: learningMode("predictor", values.predictor),
    },
    shrinkTime: integer("shrink", values.shrink, 60) * 1000,
    signal: stop.signal,
  };
  if (values.case === undefined) process.stdout.write(`seed ${seed}\n`);
  const result =
    values.case === undefined ? await superviseFuzz(options) : await runCase(readCase(values.case), options);
  process.off("SIGINT", onInterrupt);
  const { failure } = result;
  if (failure !== undefined) {
    const again: string[] = [];
    if (values.case === undefined) {
      const only =
        (options.fork === undefined ? "" : ` --fork ${options.fork}`) +
        Object.entries(options.speculation ?? {})
          .filter(([, mode]) => mode !== "learned")
          .map(([option, mode]) => ` --${option} ${mode}`)
          .join("");
      again.push(`npm run fuzz -- --seed ${seed} --block ${failure.index}${only}`);
    }
    again.push(
      `npm run fuzz -- --case ${keep(seed, values.case === undefined ? failure : { ...failure, index: -1 })}`,
    );
    process.stdout.write(`${formatFailure(failure, again)}\n\n`);
  }
  process.stdout.write(`${formatSummary(result)}\n`);
  process.stdout.write(failure === undefined ? "no difference\n" : "1 difference\n");
  if (values.json) process.stdout.write(`${jsonSummary(seed, result)}\n`);
  return failure === undefined ? 0 : 1;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const expected =
      error instanceof UsageError ||
      String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
    process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
    process.exitCode = 2;
  }
}
