// The table of `npm start`: real contract traffic in order and in parallel.

import { availableParallelism } from "node:os";
import { formatTable, Progress } from "@heddle/cli";
import { alternate, median } from "./measure.ts";
import { type Run, Stage } from "./stage.ts";
import { type Workload, workloads } from "./workloads/index.ts";

export interface ShowcaseOptions {
  /** Workers of the parallel runs; the machine's cores unless given. */
  workers?: number;
  /** Transactions a workload. */
  size?: number;
  rounds?: number;
  json?: boolean;
  only?: readonly string[];
}

interface Line {
  workload: string;
  title: string;
  kind: Workload["kind"];
  transactions: number;
  gasUsed: string;
  sequential: number;
  parallel: number;
  parallelWithRoot: number;
  aborts: number;
  inOrderFrom: number | undefined;
  longestChain: number;
  possible: number;
}

/** What two runs of one block must have in common. */
function checkEqual(workload: string, oracle: Run, run: Run): void {
  for (const key of ["gasUsed", "receiptsRoot", "stateRoot"] as const) {
    if (key === "stateRoot" && (oracle.stateRoot === undefined || run.stateRoot === undefined)) continue;
    if (oracle[key] !== run[key]) {
      throw new Error(
        `${workload}: ${key} in parallel is ${run[key]}, but ${oracle[key]} one after the other. This must never happen.`,
      );
    }
  }
}

async function measure(workload: Workload, size: number, workers: number, rounds: number): Promise<Line> {
  const stage = await Stage.create(workload, size, workers);
  try {
    const oracle = await stage.run({ mode: "sequential", stateRoot: true });
    const runs = await alternate(
      {
        sequential: () => stage.run({ mode: "sequential", stateRoot: false }),
        parallel: () => stage.run({ mode: "parallel", stateRoot: false }),
        withRoot: () => stage.run({ mode: "parallel", stateRoot: true }),
      },
      rounds,
    );
    for (const list of Object.values(runs)) for (const run of list) checkEqual(workload.name, oracle, run);
    const rate = (list: readonly Run[]) =>
      Math.round((stage.transactions * 1000) / median(list.map((run) => run.wall)));
    const last = runs.parallel.at(-1)!;
    return {
      workload: workload.name,
      title: workload.title,
      kind: workload.kind,
      transactions: stage.transactions,
      gasUsed: String(oracle.gasUsed),
      sequential: rate(runs.sequential),
      parallel: rate(runs.parallel),
      parallelWithRoot: rate(runs.withRoot),
      aborts: last.aborts,
      inOrderFrom: last.inOrderFrom,
      longestChain: last.longestChain,
      possible: Number((oracle.gasUsed * 100n) / (last.criticalGas || 1n)) / 100,
    };
  } finally {
    await stage.close();
  }
}

const thousands = (value: number) => value.toLocaleString("en-US");

/**
 * Real contract traffic, executed one after the other and in parallel; every root of the two is compared. Prints
 * the table that a newcomer wants to see.
 */
export async function showcase(options: ShowcaseOptions = {}): Promise<void> {
  const workers = options.workers ?? Math.max(2, availableParallelism());
  const size = options.size ?? 4000;
  const rounds = options.rounds ?? 5;
  // What needs files that are not here is left out, unless it is asked for by name: then it says what it lacks.
  const chosen = workloads.filter(({ name, unavailable }) =>
    options.only === undefined ? unavailable?.() === undefined : options.only.includes(name),
  );
  if (chosen.length === 0) {
    throw new Error(`no workload of that name: there are ${workloads.map(({ name }) => name).join(", ")}`);
  }
  const progress = new Progress(chosen.length, "workloads");
  const lines: Line[] = [];
  for (const [i, workload] of chosen.entries()) {
    progress.update(i, workload.title);
    lines.push(await measure(workload, size, workers, rounds));
  }
  progress.clear();
  if (options.json) {
    console.log(JSON.stringify({ workers, rounds, node: process.version, lines }));
    return;
  }
  const table = formatTable(
    [
      { heading: "workload", align: "left" },
      { heading: "transactions" },
      { heading: "one by one" },
      { heading: "parallel" },
      { heading: "with root" },
      { heading: "gain" },
      { heading: "possible" },
      { heading: "aborts" },
      { heading: "longest chain" },
    ],
    lines.map((line) => [
      line.title,
      thousands(line.transactions),
      thousands(line.sequential),
      thousands(line.parallel),
      thousands(line.parallelWithRoot),
      `${(line.parallel / line.sequential).toFixed(2)} x`,
      `${line.possible > 1000 ? "> 1,000" : line.possible.toFixed(1)} x`,
      line.inOrderFrom === undefined
        ? thousands(line.aborts)
        : `${thousands(line.aborts)}, in order from ${line.inOrderFrom}`,
      thousands(line.longestChain),
    ]),
  );
  console.log(
    `Transactions a second of real contracts on ${workers} workers, senders given; median of ${rounds} runs in turn.\n` +
      "Every run's receipts and state root were compared with those of executing one by one: all equal.\n",
  );
  console.log(table);
  console.log(
    "\none by one: in order on one worker, no state root. parallel: the same on all workers. with root: parallel, with" +
      "\nthe state root. possible: gas of the block by gas of its longest chain of dependent transactions, which no" +
      "\nnumber of workers can beat.",
  );
}
