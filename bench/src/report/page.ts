// docs/performance.md out of files of results: every figure in it is from one of them, with the command that made it.

import type { Results, ResultsLine } from "../compare.ts";
import { amdahlBound, type InterpreterShare } from "../kernel/interpreter-share.ts";
import { standardWays } from "../line.ts";
import type { NodeResult } from "../node/measure-node.ts";
import { isBusy, type Row, type Surroundings } from "../rows.ts";
import type { MarkResult } from "../speed-marks.ts";
import { type BarGroup, barChart, lineChart } from "./svg.ts";

export interface MarksFile extends Surroundings {
  command: string;
  marks: MarkResult[];
}

export interface SharesFile extends Surroundings {
  command: string;
  shares: InterpreterShare[];
}

export interface NodeFile extends Surroundings {
  command: string;
  marks: NodeResult[];
}

/** What the page is made of; what is not there is left out with the command that would bring it. */
export interface Sources {
  headline: Results | undefined;
  million: Results | undefined;
  workloads: Results | undefined;
  marks: MarksFile | undefined;
  node: NodeFile | undefined;
  "interpreter-share": SharesFile | undefined;
}

/** The commands that make the files, by the file's name without its ending. */
export const COMMANDS: Readonly<Record<keyof Sources, string>> = {
  headline:
    "npm run bench -- erc20 --size 40000 --peer anvil,edr,ethereumjs --json bench/results/headline.json",
  million: "npm run bench -- erc20 --size 40000 --accounts 1000000 --json bench/results/million.json",
  workloads: "npm run bench -- --peer anvil --json bench/results/workloads.json",
  marks: "npm run bench -- mark all --json bench/results/marks.json",
  node: "npm run bench -- node all --json bench/results/node.json",
  "interpreter-share": "npm run bench -- interpreter-share --json bench/results/interpreter-share.json",
};

/** A file to write: its path under docs, and what is in it. */
export interface Page {
  path: string;
  text: string;
}

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
const micro = ({ cpuSeconds, transactions }: Row): string => ((cpuSeconds * 1e6) / transactions).toFixed(1);

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  // The first column holds words, the others figures.
  const rule = headings.map((_, i) => (i === 0 ? "---" : "--:"));
  return [headings, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function madeBy(results: { command: string } & Surroundings): string {
  const { machine, versions, load, date, command } = results;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `\`${command}\` on ${date}: ${machine.cpus} × ${machine.model}, ${machine.memoryGiB} GiB, ${machine.system}, ` +
    `load before the run ${load}${isBusy(results) ? " (**busy: rates are too low**)" : ""}. ${names.join(", ")}.`
  );
}

const absent = (name: keyof Sources): string => `No figures yet: \`${COMMANDS[name]}\`.`;

/** What a way of standardWays is called on the page. */
const WAY_TEXTS: Readonly<Record<string, string>> = {
  sequential: "in order, receipts root",
  parallel: "parallel, receipts root",
  "with roots": "parallel, receipts and state root",
  "with roots and signatures": "the same, senders recovered from signatures",
};
const LIST_TEXT = "imported on its access list";

/** The rows of a workload as they stand: ways of this engine first, then peers. */
function rowsTable(rows: readonly Row[]): string {
  const names = Object.keys(standardWays(1));
  return table(
    ["", "workers", "transactions/s", "Mgas/s", "CPU µs a transaction", "boundary"],
    rows.map((row, i) => {
      const own = row.engine === "heddle";
      const name = own ? `Heddle, ${WAY_TEXTS[names[i] ?? ""] ?? LIST_TEXT}` : row.engine;
      const rates = [thousands(row.tps), (row.gasPerSecond / 1e6).toFixed(0), micro(row)];
      return [name, String(row.workers), ...rates, row.boundary];
    }),
  );
}

function blockText(line: ResultsLine | undefined, results: Results): string {
  if (line === undefined) return "";
  const { transactions, blockBytes, gasLimit } = line;
  const { rounds, blocks, workers } = results.settings;
  return (
    `Blocks of ${thousands(transactions)} transactions, ${(blockBytes / 2 ** 20).toFixed(2)} MiB, gas limit ` +
    `${thousands(gasLimit)}; ${workers} workers; medians of ${rounds} rounds of ${blocks} block${blocks === 1 ? "" : "s"}.`
  );
}

function headline({ headline: results, million }: Sources): string[] {
  const parts = ["## ERC-20 transfers", ""];
  for (const [name, file, title] of [
    ["headline", results, "10,000 senders"],
    ["million", million, "1,000,000 accounts"],
  ] as const) {
    parts.push(`### ${title}`, "");
    if (file === undefined) parts.push(absent(name), "");
    else parts.push(rowsTable(file.rows), "", blockText(file.lines[0], file), madeBy(file), "");
    if (name === "headline" && file !== undefined) parts.push("![](performance/headline.svg)", "");
  }
  return parts;
}

/** A workload's row of one way. */
function ofWay(results: Results, workload: string, way: string): Row | undefined {
  const { mode, signatures, root } = standardWays(results.settings.workers)[way]!;
  return results.rows.find(
    (row) =>
      row.workload === workload &&
      row.engine === "heddle" &&
      row.mode === mode &&
      row.signatures === signatures &&
      row.root === root,
  );
}

const ofPeer = (results: Results, workload: string, peer: Row["engine"]): Row | undefined =>
  results.rows.find((row) => row.workload === workload && row.engine === peer);

function workloadsTable(results: Results): string {
  const ways = Object.keys(WAY_TEXTS);
  return table(
    [
      "workload",
      "in order",
      "parallel",
      "with roots",
      "+ signatures",
      "Anvil (node)",
      "aborts",
      "critical path",
    ],
    results.lines.map((line) => {
      const rates = ways.map((way) => ofWay(results, line.workload, way)?.tps);
      const anvil = ofPeer(results, line.workload, "anvil")?.tps;
      const aborts = line.inOrder === 0 ? thousands(line.aborts) : `${thousands(line.aborts)} (fallback)`;
      return [
        line.title,
        ...[...rates, anvil].map((rate) => (rate === undefined ? "-" : thousands(rate))),
        aborts,
        `${(100 * line.criticalShare).toFixed(line.criticalShare < 0.1 ? 2 : 0)} %`,
      ];
    }),
  );
}

function lanesTable(results: Results): string {
  const simulated = results.lines.filter((line) => line.simulated.length > 0);
  const lanes = simulated[0]?.simulated.map((run) => run.lanes) ?? [];
  return table(
    ["workload", ...lanes.map((count) => `${count} lanes`)],
    simulated.map((line) => [line.title, ...line.simulated.map(({ speedup }) => `${speedup.toFixed(1)} x`)]),
  );
}

function workloads({ workloads: results }: Sources): string[] {
  if (results === undefined) return ["## Other contracts", "", absent("workloads"), ""];
  return [
    "## Other contracts",
    "",
    "Transactions a second; real bytecode from npm packages, mainnet's blocks as they were recorded.",
    "",
    workloadsTable(results),
    "",
    madeBy(results),
    "",
    "![](performance/workloads.svg)",
    "",
    "## More cores than this machine has",
    "",
    "**Simulated, not measured.** The kernel's own scheduler, validation and ordered commit run on so many lanes in one thread; the",
    "lane with the earliest clock goes on, and its clock moves on by what that takes alone on this machine: each transaction by its own",
    "measured time, other steps by the mean of their kind; two blocks of the kind went before, of which the scheduler learned. How",
    "many times as fast as in order, execution and commit only. That cores share caches and memory, and that a woken thread is late, is",
    "not in it. Amdahl's limit for the longest chain of dependent",
    "transactions stands in the table of `npm run bench` beside each figure.",
    "",
    lanesTable(results),
    "",
    "![](performance/lanes.svg)",
    "",
  ];
}

function marks({ marks: file }: Sources): string[] {
  if (file === undefined) return ["## Marks", "", absent("marks"), ""];
  const shown = (value: number): string => (value >= 1000 ? thousands(value) : value.toFixed(2));
  return [
    "## Marks",
    "",
    "Each is measured by `npm run bench -- mark NAME`; ratios are medians of the rounds' ratios.",
    "",
    table(
      ["mark", "reached", "wanted", "", "figures"],
      file.marks.map(({ name, value, wanted, unit, met, figures }) => [
        `\`${name}\``,
        shown(value),
        `${shown(wanted)} ${unit}`,
        met ? "met" : "**missed**",
        Object.entries(figures)
          .map(
            ([what, figure]) =>
              `${what}: ${typeof figure === "number" ? figure.toLocaleString("en-US") : figure}`,
          )
          .join("; "),
      ]),
    ),
    "",
    madeBy(file),
    "",
  ];
}

function localNode({ node: file }: Sources): string[] {
  const title = ["## The local node beside Anvil", ""];
  if (file === undefined) return [...title, absent("node"), ""];
  const shown = (value: number): string => (value >= 1000 ? thousands(value) : value.toPrecision(3));
  return [
    ...title,
    "`heddle dev` and Anvil as processes of their own, asked over HTTP by one client that takes turns; medians of the rounds, or of what",
    "a round says. The ratio says how many times as good as Anvil; the one by CPU time knows little of what else the machine does.",
    "",
    table(
      ["mark", "ratio", "wanted", "", "Heddle", "Anvil", "ratio by CPU time", "what"],
      file.marks.map(({ name, ratio, wanted, most, met, heddle, anvil, unit, cpuRatio, says }) => [
        `\`${name}\``,
        ratio.toFixed(2),
        most === undefined ? String(wanted) : `at most ${most} ${unit}`,
        met ? "met" : "**missed**",
        `${shown(heddle)} ${unit}`,
        `${shown(anvil)} ${unit}`,
        cpuRatio.toFixed(2),
        says,
      ]),
    ),
    "",
    madeBy(file),
    "",
  ];
}

function compiler({ "interpreter-share": file }: Sources): string[] {
  const title = ["## What a JIT could give", ""];
  if (file === undefined) return [...title, absent("interpreter-share"), ""];
  return [
    ...title,
    "Contracts are interpreted; none is compiled to WebAssembly. The bound is Amdahl's, for code that takes no time at all in place",
    "of the interpreter's loop and of what that calls for words, stack and memory; compiled code takes some, and has to be compiled. All else",
    "a block costs stays: hashing, storage, journals, precompiles, receipts, roots; validation as well where it runs in parallel. So there is",
    "next to nothing to win for token transfers, and something for blocks whose contracts compute more. Senders are given; the profile is",
    "of the test build, whose functions have names.",
    "",
    table(
      ["blocks in order, in one thread", "interpreter", "at most", "samples"],
      file.shares.map(({ title: name, root, share, samples }) => [
        `${name}; ${root ? "receipts and state root" : "receipts root"}`,
        `${(100 * share).toFixed(1)} %`,
        `${amdahlBound(share).toFixed(2)} times`,
        thousands(samples),
      ]),
    ),
    "",
    madeBy(file),
    "",
  ];
}

const HOW = [
  "# Performance",
  "",
  "Made by `npm run bench -- report` from the files in [bench/results](../bench/results); do not edit.",
  "",
  "## How it is measured",
  "",
  "- **Blocks** are consecutive and valid under Osaka's rules: at most 8 MiB, transactions really signed, each block's header with all its",
  "  roots, each committed before the next begins. The time is that from the raw transactions to the receipts root, the state root",
  "  where the line says so, and the changed state in memory. Nothing is written to a disk yet: no line is durable.",
  "- **Signatures.** Recovering a sender is stateless work that a node does once, when the transaction arrives, and on as many cores",
  "  as it likes. So senders are given, as they are in a pool; the line with recovery within the time always stands beside it.",
  "- **Compared in one run.** All ways and all peers take turns block by block, after rounds that are not counted (one, or `--uncounted`); medians. Every",
  "  run's gas, receipts, logs bloom and state root are compared with those of running in order, a peer's gas and receipts root",
  "  with the block's header.",
  "- **Compiled.** `npm run bench` starts Node with `--no-liftoff`: V8's first, quick compilation of the kernel is left out, as otherwise",
  "  some seconds of every run measure how it is compiled again in the background. A process that runs for minutes has both behind it.",
  "- **Anvil and EDR are nodes.** `evm_mine` with the transactions in the pool does more than execute: it keeps receipts, traces and an",
  "  index. Their figures are lower bounds of their engine, revm; the ratio is not one of engines. The comparison of like with like",
  "  follows with the chain of our own. EthereumJS runs the first 200 transactions without any root.",
  "",
  "## What others have published",
  "",
  "Not measured here, on other machines: whole pipelines reach 22,000 (Tempo, 16 cores, end to end) and 41,000 (Gravity Reth, with root)",
  "ERC-20 transfers a second; revm, native on a single core, about 150,000 without signatures, root and disk, and on 32 with pevm 610,000.",
  "",
];

const AGAIN = [
  "## Again",
  "",
  "On a machine that does nothing else:",
  "",
  "```",
  ...Object.values(COMMANDS),
  "npm run bench -- report",
  "```",
  "",
];

function headlinePlot(results: Results): string {
  const names = Object.keys(standardWays(1));
  const groups: BarGroup[] = results.rows.map((row, i) => ({
    label:
      row.engine === "heddle"
        ? `Heddle, ${WAY_TEXTS[names[i] ?? ""] ?? LIST_TEXT}`
        : `${row.engine} (${row.boundary})`,
    values: [row.tps],
  }));
  return barChart("ERC-20 transfers a second, 10,000 senders", ["transactions a second"], groups);
}

function workloadsPlot(results: Results): string {
  const groups = results.lines.map(({ workload }): BarGroup => {
    const rates = ["sequential", "parallel", "with roots"].map((way) => ofWay(results, workload, way)?.tps);
    return { label: workload, values: [...rates, ofPeer(results, workload, "anvil")?.tps] };
  });
  return barChart("Transactions a second", ["in order", "parallel", "with roots", "Anvil (node)"], groups);
}

/** Lines of the plot of lanes: more than these could not be told apart. */
const PLOTTED: readonly string[] = [
  "erc20",
  "swaps-32",
  "mainnet",
  "mix",
  "weth",
  "erc20-merchant",
  "erc20-chain",
];

function lanesPlot(results: Results): string {
  const series = results.lines
    .filter(({ workload, simulated }) => simulated.length > 0 && PLOTTED.includes(workload))
    .map(({ workload, simulated }) => ({
      label: workload,
      points: simulated.map(({ lanes, speedup }) => [lanes, speedup] as const),
    }));
  return lineChart("Simulated: times as fast as in order", "lanes", series);
}

/** The page and its plots. */
export function performancePages(sources: Sources): Page[] {
  const text = [
    ...HOW,
    ...headline(sources),
    ...workloads(sources),
    ...marks(sources),
    ...localNode(sources),
    ...compiler(sources),
    ...AGAIN,
  ].join("\n");
  const pages: Page[] = [{ path: "performance.md", text }];
  const { headline: first, workloads: others } = sources;
  if (first !== undefined) pages.push({ path: "performance/headline.svg", text: headlinePlot(first) });
  if (others !== undefined) {
    pages.push({ path: "performance/workloads.svg", text: workloadsPlot(others) });
    if (others.lines.some(({ simulated }) => simulated.length > 0)) {
      pages.push({ path: "performance/lanes.svg", text: lanesPlot(others) });
    }
  }
  return pages;
}
