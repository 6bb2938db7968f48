// The marks for speed, each with what it measures and what it must reach: `npm run bench -- mark NAME`.

import type { SimulatedRun } from "@heddle/engine/testing";
import type { OwnRound, Round, Way } from "./follower.ts";
import { simulateLanes } from "./lanes.ts";
import { type Line, type LineOptions, measureLine } from "./line.ts";
import { median } from "./measure.ts";
import type { PeerName } from "./rows.ts";
import { workloads } from "./workloads/index.ts";

/** What a mark gave. */
export interface MarkResult {
  name: string;
  says: string;
  /** The figure that decides, and what it must be at least. */
  value: number;
  wanted: number;
  unit: string;
  met: boolean;
  /** Absolute figures beside it, by what they are. */
  figures: Record<string, number | string>;
}

export interface MarkOptions {
  rounds: number;
  /** Rounds before them that are not counted. */
  uncounted: number;
  workers: number;
  /** Transactions a block, in place of the mark's own: to try a mark quickly. */
  size?: number | undefined;
  note: (what: string) => void;
}

type Outcome = Pick<MarkResult, "value" | "figures"> & { also?: boolean };

interface Mark {
  says: string;
  wanted: number;
  unit: string;
  measure(options: MarkOptions): Promise<Outcome>;
}

const named = (name: string) => {
  const workload = workloads.find((known) => known.name === name);
  if (workload === undefined) throw new Error(`no workload is called ${name}`);
  return workload;
};

type Task = Partial<LineOptions> & { workload: string; ways: Readonly<Record<string, Way>> };

/** Measures the line of a mark. */
function line({ workload, ...task }: Task, options: MarkOptions): Promise<Line> {
  const { workers, rounds, uncounted, size, note } = options;
  const settings = { workers, rounds, uncounted, blocks: 1, shape: {}, peers: [], size: 10_000, ...task };
  return measureLine(named(workload), { ...settings, ...(size === undefined ? {} : { size }), note });
}

const rates = (rounds: readonly Round[] = []): number[] =>
  rounds.map(({ transactions, wall }) => (transactions * 1000) / wall);
const gasRates = (rounds: readonly Round[] = []): number[] =>
  rounds.map(({ gas, wall }) => (gas * 1000) / wall);

/** The middle of the ratios round by round: the machine's speed drifts less within a round. */
function ratio(one: readonly number[], other: readonly number[]): number {
  return median(one.map((rate, i) => rate / other[i]!));
}

const whole = (values: readonly number[]): number => Math.round(median(values));

const roots = (workers: number, signatures: Way["signatures"] = "before"): Way => ({
  mode: "parallel",
  workers,
  signatures,
  root: true,
});
const execution = (mode: Way["mode"], workers: number): Way => ({
  mode,
  workers,
  signatures: "before",
  root: false,
});

/** Transactions a block of the headline: what 8 MiB hold of ERC-20 transfers is some thousand more. */
const HEADLINE = 40_000;

/** Transfers of ERC-20 tokens a second, with roots; the line with signatures beside it. */
function headline(accounts: number, wanted: number): Mark {
  return {
    says: `ERC-20 transfers a second among ${accounts.toLocaleString("en-US")} accounts, with receipts and state root, senders given`,
    wanted,
    unit: "transactions a second",
    async measure(options) {
      const { workers } = options;
      const task = {
        workload: "erc20",
        size: HEADLINE,
        shape: { accounts },
        ways: { given: roots(workers), recovered: roots(workers, "included") },
      };
      const { rounds, transactions, blockBytes, gasLimit } = await line(task, options);
      const given = rates(rounds["given"]);
      return {
        value: whole(given),
        figures: {
          "senders given": whole(given),
          "senders recovered from the signatures": whole(rates(rounds["recovered"])),
          "CPU µs a transaction": Number(
            median(rounds["given"]!.map(({ cpu, transactions: count }) => (cpu * 1000) / count)).toFixed(2),
          ),
          "transactions a block": transactions,
          "bytes of a block": blockBytes,
          "gas limit": gasLimit,
        },
      };
    },
  };
}

/** This engine with roots against whole nodes on the same blocks. */
function against(
  workload: string,
  peers: readonly PeerName[],
  wanted: number,
  size: number,
  by: "transactions" | "gas" = "transactions",
): Mark {
  return {
    says: `${workload} against the faster of ${peers.join(" and ")} on the same blocks, by ${by} a second (theirs is a node's figure: a lower bound of its engine)`,
    wanted,
    unit: "times",
    async measure(options) {
      const ways = { heddle: roots(options.workers) };
      const { rounds, refused } = await line({ workload, size, peers, ways }, options);
      const of = by === "gas" ? gasRates : rates;
      const theirs = peers.filter((peer) => rounds[peer] !== undefined);
      if (theirs.length === 0) throw new Error(`no peer could follow: ${Object.values(refused).join("; ")}`);
      const best = theirs.reduce((a, b) => (median(of(rounds[b])) > median(of(rounds[a])) ? b : a));
      const figures: MarkResult["figures"] = {
        [`heddle, ${by} a second`]: whole(of(rounds["heddle"])),
        "heddle, CPU seconds": Number((median(rounds["heddle"]!.map(({ cpu }) => cpu)) / 1000).toFixed(3)),
      };
      for (const peer of theirs) {
        figures[`${peer}, ${by} a second`] = whole(of(rounds[peer]));
        figures[`${peer}, CPU seconds`] = Number(
          (median(rounds[peer]!.map(({ cpu }) => cpu)) / 1000).toFixed(3),
        );
      }
      return { value: ratio(of(rounds["heddle"]), of(rounds[best])), figures: { ...figures, ...refused } };
    },
  };
}

/** Part of the transactions, 0 to 1, that may be executed again where all touch one value. */
const ALLOWED_ABORTS = 0.01;

/** Two workers against one on a value that everybody changes. */
function secondWorker(workload: string): Mark {
  return {
    says: `${workload}: two workers against one, aborts below ${100 * ALLOWED_ABORTS} % of transactions`,
    wanted: 1.6,
    unit: "times",
    async measure(options) {
      const ways = {
        one: execution("parallel", 1),
        two: execution("parallel", 2),
        "one with roots": roots(1),
        "two with roots": roots(2),
      };
      const { rounds } = await line({ workload, ways }, options);
      const two = rounds["two"] as OwnRound[];
      const aborts = Math.max(
        ...two.map(({ aborts: repeated, inOrder, transactions }) => (repeated + inOrder) / transactions),
      );
      return {
        value: ratio(rates(two), rates(rounds["one"])),
        also: aborts < ALLOWED_ABORTS,
        figures: {
          "one worker, a second": whole(rates(rounds["one"])),
          "two workers, a second": whole(rates(two)),
          "with state roots, times": Number(
            ratio(rates(rounds["two with roots"]), rates(rounds["one with roots"])).toFixed(2),
          ),
          "executed again or in order, most of a round": `${(100 * aborts).toFixed(2)} %`,
        },
      };
    },
  };
}

/** Parallel against in order where nothing can be gained. */
function dependent(workload: string): Mark {
  return {
    says: `${workload}: in parallel against in order, where transactions depend on each other`,
    wanted: 0.95,
    unit: "times",
    async measure(options) {
      const ways = {
        sequential: execution("sequential", 1),
        parallel: execution("parallel", options.workers),
      };
      const { rounds } = await line({ workload, ways }, options);
      return {
        value: ratio(rates(rounds["parallel"]), rates(rounds["sequential"])),
        figures: {
          "in order, a second": whole(rates(rounds["sequential"])),
          "in parallel, a second": whole(rates(rounds["parallel"])),
        },
      };
    },
  };
}

const IMPORTED = ["erc20", "swaps-32", "weth"] as const;

/** A block with its access list against the same block without. */
const imported: Mark = {
  says: `blocks with their access list against building them, with roots and no abort (${IMPORTED.join(", ")}; the least)`,
  wanted: 1,
  unit: "times",
  async measure(options) {
    let least = Number.POSITIVE_INFINITY;
    let aborts = 0;
    const figures: MarkResult["figures"] = {};
    for (const workload of IMPORTED) {
      const building = roots(options.workers);
      const ways = { building, importing: { ...building, mode: "import" as const } };
      const { rounds } = await line({ workload, ways, lists: true }, options);
      const gained = ratio(rates(rounds["importing"]), rates(rounds["building"]));
      least = Math.min(least, gained);
      for (const round of rounds["importing"] as OwnRound[]) aborts += round.aborts;
      figures[`${workload}: building, a second`] = whole(rates(rounds["building"]));
      figures[`${workload}: importing, a second`] = whole(rates(rounds["importing"]));
      figures[`${workload}: times`] = Number(gained.toFixed(2));
    }
    return { value: least, also: aborts === 0, figures: { ...figures, aborts } };
  },
};

const lanes: Mark = {
  says: "simulated: 32 lanes on independent ERC-20 transfers against one, the real scheduler and commit, with measured costs",
  wanted: 20,
  unit: "times",
  async measure({ size, rounds, note }) {
    const block = { lanes: [32], size: size ?? 2000, note };
    const runs: SimulatedRun[] = [];
    for (let round = 0; round < rounds; round++) {
      runs.push(...(await simulateLanes(named("erc20"), block)));
    }
    const middle = (of: (run: SimulatedRun) => number) => Number(median(runs.map(of)).toFixed(3));
    return {
      value: middle(({ speedup }) => speedup),
      figures: {
        "simulated, not measured, on lanes": 32,
        transactions: block.size,
        aborts: middle(({ aborts }) => aborts),
        "part of the lanes' time that is work": middle(({ busy }) => busy),
        "µs a transaction in order on one": middle(({ inOrder }) => inOrder / block.size),
        "µs a transaction on all": middle(({ time }) => time / block.size),
      },
    };
  },
};

/** By name. */
export const speedMarks: Readonly<Record<string, Mark>> = {
  "erc20-100k": headline(10_000, 100_000),
  "erc20-million": headline(1_000_000, 50_000),
  "anvil-erc20": against("erc20", ["anvil"], 8, HEADLINE),
  "anvil-ether": against("ether", ["anvil"], 8, HEADLINE),
  "anvil-swaps": against("swaps-32", ["anvil"], 3, 10_000),
  "mainnet-merged": against("mainnet", ["anvil", "edr"], 3, 10_000, "gas"),
  merchant: secondWorker("erc20-merchant"),
  "pending-total": secondWorker("pending-total"),
  weth: secondWorker("weth"),
  chain: dependent("erc20-chain"),
  "one-pair": dependent("swaps-1"),
  import: imported,
  "lanes-32": lanes,
};

/**
 * Measures one mark.
 * @throws Error where there is none of this name, or an outcome is wrong
 */
export async function measureMark(name: string, options: MarkOptions): Promise<MarkResult> {
  const mark = speedMarks[name];
  if (mark === undefined) {
    throw new Error(`no mark is called ${name}: there are ${Object.keys(speedMarks).join(", ")}`);
  }
  const { value, figures, also = true } = await mark.measure(options);
  const { says, wanted, unit } = mark;
  return { name, says, value: Number(value.toFixed(3)), wanted, unit, met: value >= wanted && also, figures };
}
