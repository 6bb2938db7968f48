// The figures of a benchmark as rows, and as the file that docs/performance.md is made from.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { dirname } from "node:path";
import type { Round, Way } from "./follower.ts";
import { median } from "./measure.ts";
import type { Shape } from "./workloads/index.ts";

export const PEERS = ["anvil", "edr", "ethereumjs"] as const;
export type PeerName = (typeof PEERS)[number];

/** What one engine did with one workload in one way; medians over the rounds. */
export interface Row {
  workload: string;
  engine: "heddle" | PeerName;
  /** "node": the figure holds more than execution (a pool, an index of transactions); a lower bound of its engine. */
  boundary: "engine" | "node";
  mode: Way["mode"];
  workers: number;
  /** Whether recovering the senders from the signatures is part of the time. */
  signatures: Way["signatures"];
  /** Whether the state root of every block is. */
  root: boolean;
  /** Whether the blocks are on the disk at the end of the time. */
  durable: boolean;
  accounts: number | null;
  hot: number | null;
  chain: number | null;
  /** Timed in a round. */
  transactions: number;
  /** Transactions a second. */
  tps: number;
  gasPerSecond: number;
  /** Of a round. */
  cpuSeconds: number;
  /** Executions that were done again. */
  aborts: number;
}

/** What two rows must have in common to be compared. */
export type RowFacts = Pick<Row, "workload" | "engine" | "boundary"> & Way & { shape: Partial<Shape> };

/** The row of some rounds. */
export function rowOf(facts: RowFacts, rounds: readonly (Round & { aborts?: number })[]): Row {
  const { shape, workload, engine, boundary, mode, workers, signatures, root } = facts;
  const rate = (of: (round: Round) => number) =>
    median(rounds.map((round) => (of(round) * 1000) / round.wall));
  return {
    workload,
    engine,
    boundary,
    mode,
    workers,
    signatures,
    root,
    durable: false,
    accounts: shape.accounts ?? null,
    hot: shape.hot ?? null,
    chain: shape.chain ?? null,
    transactions: median(rounds.map(({ transactions }) => transactions)),
    tps: Math.round(rate(({ transactions }) => transactions)),
    gasPerSecond: Math.round(rate(({ gas }) => gas)),
    cpuSeconds: Number((median(rounds.map(({ cpu }) => cpu)) / 1000).toFixed(4)),
    aborts: median(rounds.map(({ aborts = 0 }) => aborts)),
  };
}

/** Where and with what something was measured. */
export interface Surroundings {
  machine: { cpus: number; model: string; memoryGiB: number; system: string };
  versions: Record<string, string>;
  /** Load of the machine, one minute's mean: before anything was begun. */
  load: number;
  date: string;
}

function packageVersion(name: string): string {
  const require = createRequire(import.meta.url);
  const at = require.resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`) ?? [];
  for (const file of at) {
    try {
      return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    } catch {
      // Not in this folder.
    }
  }
  return "none";
}

function commit(): string {
  try {
    const options = { cwd: dirname(new URL(import.meta.url).pathname), encoding: "utf8" } as const;
    const head = execFileSync("git", ["rev-parse", "--short=10", "HEAD"], options).trim();
    const changed = execFileSync("git", ["status", "--porcelain", "--untracked-files=no"], options).trim();
    return changed === "" ? head : `${head} and changes`;
  } catch {
    return "unknown";
  }
}

export function surroundings(): Surroundings {
  const [processor] = cpus();
  return {
    machine: {
      cpus: cpus().length,
      model: processor?.model.trim() ?? "unknown",
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${release().split("-")[0]}`,
    },
    versions: {
      heddle: commit(),
      node: process.version,
      anvil: packageVersion("@foundry-rs/anvil"),
      edr: packageVersion("@nomicfoundation/edr"),
      ethereumjs: packageVersion("@ethereumjs/vm"),
    },
    load: Number(loadavg()[0]!.toFixed(2)),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The command that runs now, as a reader would type it. */
export const commandLine = (): string => `npm run bench -- ${process.argv.slice(2).join(" ")}`;

/** Whether others' work disturbs what is measured. */
export const isBusy = ({ load, machine }: Pick<Surroundings, "load" | "machine">): boolean =>
  load >= 0.3 * machine.cpus;

/** Says how busy the machine was before the benchmark; a warning where others' work disturbs what is measured. */
export function quietHint(around: Pick<Surroundings, "load" | "machine">): string {
  const { load, machine } = around;
  const text = `${machine.cpus} × ${machine.model}, load before the run ${load.toFixed(2)}`;
  if (!isBusy(around)) return text;
  return `${text}. WARNING: the machine is busy; rates are too low, ratios within a round are what can be looked at`;
}

/** Writes a file of results, with its folder. */
export function writeResults(file: string, results: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
}
