// npm run conformance -- [suite…] [--corpus DIR] [--workers N] [--filter TEXT] [--json] …

import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ArchiveError, FixtureError } from "@heddle/cli";
import { LEARNING_MODES, type LearningMode } from "@heddle/engine/testing";
import { POOLED_SUITES, SUITES, type Suite } from "./corpus.ts";
import { useSpeculation } from "./executor.ts";
import { type ModeChoice, parseMode } from "./mode.ts";
import { readAlways } from "./once-failed.ts";
import { formatCounts, formatFailures } from "./report.ts";
import type { ScenarioCommandOptions } from "./rpc-scenarios/run.ts";
import { runSuites } from "./run.ts";
import { readSkipRules } from "./skips.ts";
import { Tally } from "./tally.ts";

const HERE = join(dirname(fileURLToPath(import.meta.url)), "..");

const HELP = `Usage: npm run conformance -- [suite…] [options]

Suites: ${SUITES.join(", ")} (default: all of these),
        rpc: the node against ethereum/execution-apis; tracers: go-ethereum's expectations of its tracers;
        rpc-fuzz: random requests to the node, from the schemas of openrpc.json;
        rpc-scenarios: recorded test suites against a local chain, or with --peer against another node;
        each by itself, with --corpus, --filter, --failures and --json

  --seed S        suite rpc-fuzz: what its requests are made of (default: a fresh one)
  --requests N    suite rpc-fuzz: how many (default: 20000)
  --corpus DIR    folder with the suites' files (default: ../shared/conformance)
  --workers N     worker threads; in suite mainnet, workers of the engine (default: all cores)
  --mode M        suites blocks and mainnet-first-8192: how blocks are executed (default: in-order)
                  in-order  one transaction after another, without threads
                  1, 2, 8…  on so many threads of the engine, for each of the --workers
                  random    for each entry in-order, 1, 2 or 8, as the word of --slice chooses;
                            what failed once is run in all four
  --deltas D      with threads: which values are tried as deltas: learned (default), off or always
  --predictor P   with threads: for which calls conflicts are predicted: learned (default), off or always
  --runs N        suite mainnet: how often each block is run (default: 1)
  --sequential    suite mainnet: no parallel runs
  --filter TEXT   only files whose suite/archive/path contains TEXT; "PATH::NAME" narrows to tests named NAME
  --slice WORD    with --share: which deterministic share of the entries
  --share X       a share of the entries from 0 to 1, and every entry that failed once
  --peer P        suite rpc-scenarios: heddle (default), hardhat (EDR behind an HTTP server) or anvil
  --failures N    how many failures to show (default: 10)
  --json          end with one line of JSON
  --help`;

class UsageError extends Error {}

function integer(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name} must be a whole number from 1 on, but is ${text}`);
  return value;
}

function share(text: string | undefined): number {
  if (text === undefined) return 1;
  const value = Number(text);
  if (!(value > 0 && value <= 1))
    throw new UsageError(`--share must be above 0 and at most 1, but is ${text}`);
  return value;
}

function modeFrom(text: string | undefined): ModeChoice {
  const mode = parseMode(text ?? "in-order");
  if (mode === undefined) {
    throw new UsageError(
      `--mode must be in-order, random or a number of threads from 1 to 64, but is ${text}`,
    );
  }
  return mode;
}

function learningModeFrom(option: string, text = "learned"): LearningMode {
  const mode = LEARNING_MODES.find((known) => known === text);
  if (mode === undefined) {
    throw new UsageError(`--${option} must be ${LEARNING_MODES.join(", ")}, but is ${text}`);
  }
  return mode;
}

function suitesOf(names: readonly string[]): Suite[] {
  for (const name of names) {
    if (!(SUITES as readonly string[]).includes(name)) {
      throw new UsageError(`there is no suite ${name}; suites are ${SUITES.join(", ")}`);
    }
  }
  return SUITES.filter((suite) => names.length === 0 || names.includes(suite));
}

async function runPeer(name: string, options: Omit<ScenarioCommandOptions, "peer">): Promise<number> {
  const { PEERS } = await import("./rpc-scenarios/served.ts");
  const peer = PEERS.find((known) => known === name);
  if (peer === undefined) throw new UsageError(`--peer must be one of ${PEERS.join(", ")}, but is ${name}`);
  return (await import("./rpc-scenarios/run.ts")).scenariosCommand({ ...options, peer });
}

/** Runs the command line `args`; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      corpus: { type: "string" },
      workers: { type: "string" },
      mode: { type: "string" },
      deltas: { type: "string" },
      predictor: { type: "string" },
      runs: { type: "string" },
      sequential: { type: "boolean" },
      filter: { type: "string" },
      slice: { type: "string" },
      seed: { type: "string" },
      requests: { type: "string" },
      share: { type: "string" },
      peer: { type: "string" },
      failures: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const corpus = resolve(values.corpus ?? join(HERE, "../../shared/conformance"));
  const [first = ""] = positionals;
  if (["rpc", "rpc-fuzz", "rpc-scenarios", "tracers"].includes(first)) {
    if (positionals.length > 1) throw new UsageError(`suite ${first} is run by itself`);
    const failures = integer("failures", values.failures, 10);
    const options = { corpus, filter: values.filter ?? "", json: values.json ?? false, failures };
    if (first === "rpc") return (await import("./rpc/run.ts")).rpcCommand(options);
    if (first === "rpc-fuzz") {
      const seed = integer("seed", values.seed, 1 + Math.floor(Math.random() * (2 ** 32 - 1)));
      const requests = integer("requests", values.requests, 20_000);
      return (await import("./rpc/fuzz.ts")).rpcFuzzCommand({ ...options, seed, requests });
    }
    if (first === "rpc-scenarios") return runPeer(values.peer ?? "heddle", options);
    return (await import("./tracers/run.ts")).tracersCommand(options);
  }
  const suites = suitesOf(positionals);
  const workers = integer("workers", values.workers, availableParallelism());
  const rules = readSkipRules(join(HERE, "skips.json"));
  const selection = {
    filter: values.filter ?? "",
    slice: values.slice ?? "",
    share: share(values.share),
    always: readAlways(join(HERE, "once-failed.json")),
  };
  const tally = new Tally();
  const mode = modeFrom(values.mode);
  const speculation = {
    deltas: learningModeFrom("deltas", values.deltas),
    predictor: learningModeFrom("predictor", values.predictor),
  };
  useSpeculation(speculation);
  const pooled = POOLED_SUITES.filter((suite) => suites.includes(suite));
  const common = { corpus, selection, rules, progress: true };
  if (pooled.length > 0)
    tally.merge(await runSuites({ ...common, suites: pooled, workers, mode, speculation }));
  if (suites.includes("mainnet-first-8192")) {
    const { runFirstBlocks } = await import("./suites/first-blocks.ts");
    tally.merge(await runFirstBlocks({ ...common, mode }));
  }
  if (suites.includes("mainnet")) {
    const runs = integer("runs", values.runs, 1);
    const { runMainnet } = await import("./suites/mainnet.ts");
    tally.merge(await runMainnet({ ...common, workers, runs, sequential: values.sequential ?? false }));
  }
  if (tally.failures.length > 0) {
    process.stdout.write(`${formatFailures(tally.failures, integer("failures", values.failures, 10))}\n\n`);
  }
  process.stdout.write(`${formatCounts(tally)}\n`);
  const problems = tally.problems(rules);
  for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(tally.summary())}\n`);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const expected =
      error instanceof UsageError ||
      error instanceof ArchiveError ||
      error instanceof FixtureError ||
      String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
    process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
    process.exitCode = 2;
  }
}
