// What an access list that comes with a block (EIP-7928) is worth: the same block with and without it. Every way makes
// the list out of its executions and computes the state root.

import { formatTable } from "@heddle/cli";
import { alternate, median } from "./measure.ts";
import { Stage } from "./stage.ts";
import { workloads } from "./workloads/index.ts";

const WORKLOADS = ["erc20-chain", "weth", "erc20"] as const;
const EIP_ACCESS_LISTS = 7928;

/** Measures and prints; `size` transactions a block. */
export async function accessLists({
  rounds = 9,
  size = 10_000,
  workers = 2,
  json = false,
} = {}): Promise<void> {
  const results: Record<string, string | number>[] = [];
  for (const name of WORKLOADS) {
    const workload = workloads.find((known) => known.name === name)!;
    const stage = await Stage.create(workload, size, workers, [EIP_ACCESS_LISTS]);
    try {
      const { accessList, stateRoot } = await stage.run({ mode: "sequential", stateRoot: true });
      const runs = await alternate(
        {
          "in order": () => stage.run({ mode: "sequential", stateRoot: true }),
          parallel: () => stage.run({ mode: "parallel", workers, stateRoot: true }),
          "with its list": () =>
            stage.run({ mode: "parallel", workers, stateRoot: true, accessList: accessList! }),
        },
        rounds,
      );
      for (const [way, measured] of Object.entries(runs)) {
        const last = measured.at(-1)!;
        if (last.stateRoot !== stateRoot) throw new Error(`${name} ${way}: another state root`);
        if (way === "with its list" && !last.onAccessList)
          throw new Error(`${name}: not executed on its list`);
        results.push({
          workload: name,
          way,
          wall: median(measured.map((run) => run.wall)),
          cpu: median(measured.map((run) => run.cpu)),
          aborts: median(measured.map((run) => run.aborts)),
          // The middle of the ratios round by round: the machine's speed drifts less within a round.
          ratio: median(runs["in order"].map((run, i) => run.wall / measured[i]!.wall)),
        });
      }
    } finally {
      await stage.close();
    }
  }
  if (json) {
    console.log(JSON.stringify({ node: process.version, rounds, size, workers, results }));
    return;
  }
  console.log(
    `${size} transactions a block, ${workers} workers, median of ${rounds} rounds, with state root and list`,
  );
  console.log(
    formatTable(
      [
        { heading: "workload", align: "left" },
        { heading: "way", align: "left" },
        { heading: "wall ms", align: "right" },
        { heading: "CPU ms", align: "right" },
        { heading: "aborts", align: "right" },
        { heading: "against in order", align: "right" },
      ],
      results.map(({ workload, way, wall, cpu, aborts, ratio }) => [
        String(workload),
        String(way),
        Number(wall).toFixed(0),
        Number(cpu).toFixed(0),
        String(aborts),
        `${Number(ratio).toFixed(2)} x`,
      ]),
    ),
  );
}
