// The marks for speed: ratios within one run, each against what it must reach.

import { formatTable } from "@heddle/cli";
import { alternate, median } from "./measure.ts";
import { ethereumJsTime } from "./peers/ethereumjs.ts";
import { Stage } from "./stage.ts";
import { workloads } from "./workloads/index.ts";

export interface Mark {
  name: string;
  met: number;
  /** At least this. */
  wanted: number;
  detail: string;
}

const named = (name: string) => workloads.find((workload) => workload.name === name)!;

async function againstEthereumJs(rounds: number): Promise<Mark> {
  const workload = named("erc20");
  const stage = await Stage.create(workload, 20_000, 1);
  try {
    const runs = await alternate(
      {
        heddle: async () => {
          const { cpu } = await stage.run({ mode: "sequential", stateRoot: false });
          return (cpu * 1000) / stage.transactions;
        },
        ethereumJs: () => ethereumJsTime(workload, 300),
      },
      rounds,
    );
    const ours = median(runs.heddle);
    const theirs = median(runs.ethereumJs);
    return {
      name: "ERC-20 transfers in order, against EthereumJS",
      met: theirs / ours,
      wanted: 200,
      detail: `${ours.toFixed(1)} against ${theirs.toFixed(0)} µs of CPU a transaction`,
    };
  } finally {
    await stage.close();
  }
}

/** Workloads whose transactions have nothing to do with each other, and their sizes. */
const INDEPENDENT = [
  ["erc20", 20_000],
  ["erc1155", 20_000],
  ["erc721", 8_000],
] as const;

/** The middle of the ratios pair by pair: the machine's speed drifts less within a pair than over all runs. */
function medianRatio(slow: readonly { wall: number }[], fast: readonly { wall: number }[]): number {
  return median(slow.map((run, i) => run.wall / fast[i]!.wall));
}

async function secondWorker(rounds: number): Promise<Mark> {
  const ratios: number[] = [];
  const details: string[] = [];
  for (const [name, size] of INDEPENDENT) {
    const stage = await Stage.create(named(name), size, 2);
    try {
      const { one, two } = await alternate(
        {
          one: () => stage.run({ mode: "parallel", workers: 1, stateRoot: false }),
          two: () => stage.run({ mode: "parallel", workers: 2, stateRoot: false }),
        },
        rounds,
      );
      ratios.push(...one.map((run, i) => run.wall / two[i]!.wall));
      const [slow, fast] = [one, two].map((runs) => median(runs.map((run) => run.wall)).toFixed(0));
      details.push(`${name} ${medianRatio(one, two).toFixed(2)} x (${slow} against ${fast} ms)`);
    } finally {
      await stage.close();
    }
  }
  return {
    name: "two workers against one, independent transactions",
    met: median(ratios),
    wanted: 1.7,
    detail: details.join(", "),
  };
}

async function dependentChain(rounds: number): Promise<Mark> {
  const stage = await Stage.create(named("erc20-chain"), 10_000, 2);
  try {
    const runs = await alternate(
      {
        inOrder: () => stage.run({ mode: "sequential", stateRoot: false }),
        parallel: () => stage.run({ mode: "parallel", stateRoot: false }),
      },
      rounds,
    );
    return {
      name: "fully dependent chain, parallel against in order",
      met: medianRatio(runs.inOrder, runs.parallel),
      wanted: 0.9,
      detail: `${median(runs.inOrder.map((run) => run.wall)).toFixed(0)} against ${median(runs.parallel.map((run) => run.wall)).toFixed(0)} ms`,
    };
  } finally {
    await stage.close();
  }
}

/** Measures the first marks for speed; returns whether all are met. */
export async function marks({ rounds = 9, json = false } = {}): Promise<boolean> {
  const results = [
    await againstEthereumJs(Math.min(rounds, 5)),
    await secondWorker(rounds),
    await dependentChain(rounds),
  ];
  if (json) {
    console.log(JSON.stringify({ node: process.version, rounds, marks: results }));
  } else {
    console.log(
      formatTable(
        [
          { heading: "mark", align: "left" },
          { heading: "ratio" },
          { heading: "wanted" },
          { heading: "", align: "left" },
          { heading: "figures", align: "left" },
        ],
        results.map((mark) => [
          mark.name,
          `${mark.met.toFixed(2)} x`,
          `${mark.wanted} x`,
          mark.met >= mark.wanted ? "met" : "MISSED",
          mark.detail,
        ]),
      ),
    );
  }
  return results.every((mark) => mark.met >= mark.wanted);
}
