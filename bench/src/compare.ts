// `npm run bench -- [workload…]`: workloads in several ways and on peers, as a table and as rows.

import { formatTable, Progress } from "@heddle/cli";
import { amdahl, type Line, type LineOptions, measureLine, SIMULATED_LANES, standardWays } from "./line.ts";
import { shapeFor } from "./options.ts";
import { commandLine, type PeerName, quietHint, type Row, surroundings, writeResults } from "./rows.ts";
import type { Workload } from "./workloads/index.ts";

export interface CompareOptions extends Omit<LineOptions, "note" | "ways"> {
  workloads: readonly Workload[];
  /** File for the rows; "-" = standard output; undefined = none. */
  json: string | undefined;
}

/** The file of results: what docs/performance.md is made from. */
export interface Results {
  command: string;
  machine: ReturnType<typeof surroundings>["machine"];
  versions: Record<string, string>;
  load: number;
  date: string;
  /** Workloads with random choices in them draw them from seeds written there: every run has the same transactions. */
  seeds: "fixed in each workload";
  settings: { workers: number; size: number; rounds: number; blocks: number };
  rows: Row[];
  lines: ResultsLine[];
}

/** What is kept of a line besides its rows. */
export type ResultsLine = Omit<Line, "rows" | "rounds">;

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");

/** What the simulation says, and Amdahl's limit. */
function lanesCell({ simulated, criticalShare }: Line, lanes: number): string {
  const run = simulated.find((one) => one.lanes === lanes);
  return `${run === undefined ? "-" : run.speedup.toFixed(1)} of ${amdahl(criticalShare, lanes).toFixed(1)}`;
}

/** The rate of the line's way number `index`. */
function rateOf(line: Line, index: number): string {
  const row = line.rows[index];
  return row === undefined ? "" : thousands(row.tps);
}

/** CPU time of a transaction with roots, senders given: what time on the wall hides where workers wait. */
function cpuCell({ rows }: Line): string {
  const row = rows.find(({ root, signatures }) => root && signatures === "before");
  return row === undefined ? "-" : ((row.cpuSeconds * 1e6) / row.transactions).toFixed(1);
}

function peerCell(line: Line, peer: PeerName): string {
  const row = line.rows.find(({ engine }) => engine === peer);
  return row === undefined ? "-" : thousands(row.tps);
}

/** The lines as a table of transactions a second. */
function compareTable(lines: readonly Line[], peers: readonly PeerName[], lists = false): string {
  const ways = Object.keys(standardWays(1, lists));
  return formatTable(
    [
      { heading: "workload", align: "left" },
      { heading: "block" },
      ...ways.map((heading) => ({ heading: heading.replace("with roots and", "+") })),
      { heading: "+ durable" },
      { heading: "CPU µs" },
      ...peers.map((heading) => ({ heading })),
      { heading: "aborts" },
      { heading: "chain" },
      { heading: "critical path" },
      ...SIMULATED_LANES.map((lanes) => ({ heading: `${lanes} lanes` })),
    ],
    lines.map((line) => [
      line.title,
      thousands(line.transactions),
      ...ways.map((_, i) => rateOf(line, i)),
      "-",
      cpuCell(line),
      ...peers.map((peer) => peerCell(line, peer)),
      line.inOrder === 0
        ? thousands(line.aborts)
        : `${thousands(line.aborts)}, ${thousands(line.inOrder)} in order`,
      thousands(line.longestChain),
      `${(100 * line.criticalShare).toFixed(line.criticalShare < 0.1 ? 2 : 0)} %`,
      ...SIMULATED_LANES.map((lanes) => lanesCell(line, lanes)),
    ]),
  );
}

const LISTS =
  "on its list: with roots, on the access list that came with the block (EIP-7928), which is verified; the other columns make one.";

/** What a reader must know to read the table. */
function compareLegend(options: CompareOptions): string {
  const { workers, rounds, blocks } = options;
  return [
    `Transactions a second: medians of ${rounds} rounds of ${blocks} block${blocks === 1 ? "" : "s"} in turn, after one that is not counted. Blocks are consecutive and`,
    "valid under Osaka's rules (at most 8 MiB); each is committed before the next; every run's receipts, logs bloom and",
    "gas are those of running in order, the state root too wherever one is computed.",
    `sequential: one worker, in order. parallel: ${workers} workers. with roots: the state root too (the receipts' root is always`,
    "there). + signatures: the senders recovered within the time, which is stateless work that a node does when a",
    "transaction arrives; in the other columns senders are given. + durable: nothing is written to a disk yet. CPU µs: of all",
    "threads, a transaction, with roots and senders given. Recorded blocks are run from the same state in every round.",
    ...(options.lists ? [LISTS] : []),
    "Peers: anvil and edr mine the same blocks as whole nodes, so theirs is a lower bound of their engine (revm); ethereumjs",
    "runs the first 200 transactions without roots. Their gas and receipts were compared.",
    "chain: transactions in the longest chain of dependent ones. critical path: its part of the gas.",
    "lanes: NOT measured but simulated: the real scheduler and commit on so many lanes, with time that is counted, each",
    "transaction taking what it was measured to take alone; how many times as fast as in order, execution and commit.",
    "of: Amdahl's limit with the critical path as the part that cannot be shared.",
  ].join("\n");
}

/** Measures the workloads; prints the table, or writes the rows. */
export async function compare(options: CompareOptions): Promise<Results> {
  const { workloads, workers, size, rounds, blocks, peers, json } = options;
  const around = surroundings();
  const progress = new Progress(workloads.length, "workloads");
  const lines: Line[] = [];
  const missing: string[] = [];
  for (const [i, workload] of workloads.entries()) {
    const lacks = workload.unavailable?.();
    if (lacks !== undefined) {
      missing.push(`${workload.name} is left out: ${lacks}`);
      continue;
    }
    const note = (what: string) => progress.update(i, `${workload.name}: ${what}`);
    note("starting");
    lines.push(await measureLine(workload, { ...options, shape: shapeFor(workload, options.shape), note }));
  }
  progress.clear();
  const results: Results = {
    command: commandLine(),
    ...around,
    seeds: "fixed in each workload",
    settings: { workers, size, rounds, blocks },
    rows: lines.flatMap(({ rows }) => rows),
    lines: lines.map(({ rows: _rows, rounds: _rounds, ...line }) => line),
  };
  if (json === "-") {
    console.log(JSON.stringify(results));
    return results;
  }
  console.log(`${quietHint(around)}\n`);
  console.log(compareTable(lines, peers, options.lists));
  for (const text of missing) console.log(text);
  for (const line of lines) {
    for (const [peer, reason] of Object.entries(line.refused)) {
      console.log(`${line.workload}: ${peer} could not follow: ${reason}`);
    }
  }
  console.log(`\n${compareLegend(options)}`);
  for (const line of lines) {
    console.log(
      `${line.workload}: ${thousands(line.transactions)} transactions a block, ${(line.blockBytes / 2 ** 20).toFixed(2)} MiB, gas limit ${thousands(line.gasLimit)}`,
    );
  }
  if (json !== undefined) writeResults(json, results);
  return results;
}
