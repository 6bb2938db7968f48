// npm run bench -- [workload… | mark NAME | showcase | marks | blocks | access-lists] [options]

import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Progress } from "@heddle/cli";
import { accessLists } from "./access-lists.ts";
import { PEERS as BLOCK_PEERS } from "./blocks/measure.ts";
import { blocks } from "./blocks/report.ts";
import { compare } from "./compare.ts";
import { type InterpreterShare, interpreterShare, shareText } from "./kernel/interpreter-share.ts";
import { markText } from "./mark-text.ts";
import { marks } from "./marks.ts";
import { measureNodes, NODE_MARKS } from "./node/measure-node.ts";
import { nodeTable } from "./node/node-table.ts";
import { chosen, peersOf, positive, shapeOf, withJsonFile, workloadsOf } from "./options.ts";
import { report } from "./report/report.ts";
import { commandLine, PEERS, surroundings, writeResults } from "./rows.ts";
import { showcase } from "./showcase.ts";
import { type MarkResult, measureMark, speedMarks } from "./speed-marks.ts";
import { workloads } from "./workloads/index.ts";

const HELP = `usage: npm run bench -- [workload…] [options]       workloads in several ways and on peers
       npm run bench -- mark NAME|all [--json]     marks for speed; exit code 1 where one is missed
       npm run bench -- node MARK…|all [--json]    the local node beside Anvil; exit code 1 where a mark is missed
       npm run bench -- report                     docs/performance.md from bench/results
       npm run bench -- BENCHMARK [options]

workloads (all where none is named):
${lines(workloads.map(({ name, title }) => [name, title]))}
--workers N         workers of the parallel runs (default: the machine's cores, 2 at least)
--size N            transactions a block, where 8 MiB hold so many (default 10000)
--blocks N          consecutive blocks of a round, by the engine's pipeline where they are several (default 1)
--rounds N          counted rounds; all take turns, medians are shown (default 5)
--uncounted N       rounds before them that are not counted (default 1): some eight until V8 has compiled all that short blocks use
--accounts N        senders and holders, where the workload has a choice
--hot RATIO         part of the transactions, 0 to 1, that go to the one all want, likewise
--chain LENGTH      transactions in a row that depend on each other, likewise
--peer NAME,…       ${PEERS.join(", ")}: the same transactions in the same run; may be given several times
--simulated N       transactions of the block that is simulated on more lanes than there are cores (default 1000)
--lists             blocks have access lists (EIP-7928), and are imported on them as well
--json [FILE]       machine, versions and rows as JSON into a file, or in place of the table

marks (--rounds, --workers, --size as above; the wanted value in brackets):
${lines(Object.entries(speedMarks).map(([name, { says, wanted, unit }]) => [name, `${says} [${wanted} ${unit}]`]))}
the local node beside Anvil (--rounds, --json; --size: transactions of mine and memory): ${NODE_MARKS.join(", ")}

other benchmarks:
showcase            real contract traffic in order and in parallel, results compared (what npm start runs)
marks               the first marks: against EthereumJS, second worker, dependent chain (--check: exit code 1)
blocks              the benchmark blocks of the execution specs against Anvil and EthereumJS, worst ratio first;
                    exit code 1 where one takes more than ten times as long as its best peer
    --filter TEXT   blocks whose name contains TEXT
    --mgas N,… | all   sizes of the blocks (default 30)
    --peers NAME,…  ${BLOCK_PEERS.join(", ")} (default both)
    --by wall|cpu   what is compared; cpu where others work on the machine (default wall)
    --corpus DIR    folder with the suites' files (default: ../shared/conformance)
    --out FILE      writes the figures as JSON
interpreter-share   how much of a block's time is the interpreter's own, and what compiling contracts could give at most
access-lists        blocks with and without the access list that came with them
--only NAME,…       some workloads of the showcase
--help              this text

Other benchmarks are programs of their own: bench/src/precompiles.ts, bench/src/kernel/*.ts.`;

function lines(entries: readonly (readonly string[])[]): string {
  return entries.map(([name, text]) => `  ${name!.padEnd(18)}${text}\n`).join("");
}

const HERE = dirname(fileURLToPath(import.meta.url));
const cores = (): number => Math.max(2, availableParallelism());

type Values = ReturnType<typeof readArguments>["values"];

function readArguments() {
  const text = { type: "string" } as const;
  return parseArgs({
    args: withJsonFile(process.argv.slice(2)),
    allowPositionals: true,
    options: {
      ...{ workers: text, size: text, rounds: text, uncounted: text, blocks: text },
      ...{ simulated: text, accounts: text, hot: text, chain: text, json: text },
      ...{ only: text, filter: text, mgas: text, peers: text, corpus: text, out: text, by: text },
      peer: { type: "string", multiple: true },
      lists: { type: "boolean" },
      check: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

function sizesOf(text: string): number[] {
  return text === "all" ? [] : text.split(",").map((size) => positive(size, "mgas")!);
}

function timeOf(text: string | undefined): "wall" | "cpu" {
  if (text === undefined || text === "wall" || text === "cpu") return text ?? "wall";
  throw new Error(`--by must be wall or cpu, not ${text}`);
}

/** Only what was asked for. */
function given<Value>(name: string, value: Value | undefined): Record<string, Value> {
  return value === undefined ? {} : { [name]: value };
}

/** One mark, or all of them one after the other. */
async function runMarks(name: string, values: Values): Promise<number> {
  const around = surroundings();
  const names = name === "all" ? Object.keys(speedMarks) : [name];
  const progress = new Progress(names.length, "marks");
  const results: MarkResult[] = [];
  for (const [i, mark] of names.entries()) {
    const result = await measureMark(mark, {
      rounds: positive(values.rounds, "rounds") ?? 5,
      uncounted: positive(values.uncounted, "uncounted") ?? 1,
      workers: positive(values.workers, "workers") ?? cores(),
      size: positive(values.size, "size"),
      note: (what) => progress.update(i, `${mark}: ${what}`),
    });
    progress.clear();
    results.push(result);
    if (values.json !== "-") console.log(markText(result, around));
  }
  const file = name === "all" ? { marks: results } : results[0]!;
  const figures = { command: commandLine(), ...around, ...file };
  if (values.json === "-") console.log(JSON.stringify(figures));
  else if (values.json !== undefined) writeResults(resolve(values.json), figures);
  return results.every(({ met }) => met) ? 0 : 1;
}

/** Marks of the local node, side by side with Anvil. */
async function runNode(names: readonly string[], values: Values): Promise<number> {
  const around = surroundings();
  const all = names.length === 0 || names.includes("all");
  const marks = (all ? undefined : chosen(names, NODE_MARKS, "mark of the node")) ?? NODE_MARKS;
  const progress = new Progress(0, "node");
  const results = await measureNodes({
    marks,
    rounds: positive(values.rounds, "rounds") ?? 5,
    uncounted: positive(values.uncounted, "uncounted") ?? 1,
    size: positive(values.size, "size"),
    note: (what) => progress.update(0, what),
  });
  progress.clear();
  const figures = { command: commandLine(), ...around, marks: results };
  if (values.json === "-") console.log(JSON.stringify(figures));
  else console.log(nodeTable(results, around));
  if (values.json !== undefined && values.json !== "-") writeResults(resolve(values.json), figures);
  return results.every(({ met }) => met) ? 0 : 1;
}

/** The benchmarks that are not workloads, by name; each gives the exit code. */
const benchmarks: Readonly<Record<string, (values: Values, more: readonly string[]) => Promise<number>>> = {
  async showcase(values) {
    await showcase({
      json: values.json !== undefined,
      ...given("workers", positive(values.workers, "workers")),
      ...given("size", positive(values.size, "size")),
      ...given("rounds", positive(values.rounds, "rounds")),
      ...given("only", values.only?.split(",")),
    });
    return 0;
  },
  mark: (values, [name = "all"]) => runMarks(name, values),
  node: (values, names) => runNode(names, values),
  report: async () => {
    const { written, missing } = report(join(HERE, "../results"), join(HERE, "../../docs"));
    for (const file of written) console.log(`written: ${relative(process.cwd(), file)}`);
    for (const command of missing) console.log(`no figures yet: ${command}`);
    return 0;
  },
  async marks(values) {
    const rounds = positive(values.rounds, "rounds");
    const met = await marks({ json: values.json !== undefined, ...given("rounds", rounds) });
    return met || !values.check ? 0 : 1;
  },
  async "interpreter-share"(values) {
    const around = surroundings();
    const shares: InterpreterShare[] = [];
    for (const workload of workloadsOf(["erc20", "mainnet"])) {
      for (const root of [false, true]) {
        const size = positive(values.size, "size") ?? 10_000;
        const rounds = positive(values.rounds, "rounds") ?? 15;
        const measured = await interpreterShare(workload, { size, rounds, root });
        shares.push(measured);
        console.log(shareText(measured));
      }
    }
    if (values.json !== undefined && values.json !== "-") {
      writeResults(resolve(values.json), { command: commandLine(), ...around, shares });
    }
    return 0;
  },
  async "access-lists"(values) {
    const workers = positive(values.workers, "workers") ?? 2;
    const size = positive(values.size, "size") ?? 10_000;
    const rounds = positive(values.rounds, "rounds");
    await accessLists({ json: values.json !== undefined, workers, size, ...given("rounds", rounds) });
    return 0;
  },
  async blocks(values) {
    const met = await blocks({
      corpus: resolve(values.corpus ?? join(HERE, "../../../shared/conformance")),
      filter: values.filter ?? "",
      mgas: sizesOf(values.mgas ?? "30"),
      peers:
        chosen(values.peers === undefined ? undefined : [values.peers], BLOCK_PEERS, "peer") ?? BLOCK_PEERS,
      rounds: positive(values.rounds, "rounds") ?? 3,
      workers: positive(values.workers, "workers") ?? cores(),
      limit: 60_000,
      by: timeOf(values.by),
      json: values.json !== undefined,
      out: values.out === undefined ? undefined : resolve(values.out),
    });
    return met ? 0 : 1;
  },
};

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [name, ...more] = positionals;
  const benchmark = name === undefined ? undefined : benchmarks[name];
  if (benchmark !== undefined) {
    if (name !== "node" && more.length > (name === "mark" ? 1 : 0)) {
      throw new Error(`one benchmark at a time, not ${positionals.join(" ")}`);
    }
    return benchmark(values, more);
  }
  await compare({
    workloads: workloadsOf(positionals),
    workers: positive(values.workers, "workers") ?? cores(),
    size: positive(values.size, "size") ?? 10_000,
    rounds: positive(values.rounds, "rounds") ?? 5,
    uncounted: positive(values.uncounted, "uncounted") ?? 1,
    blocks: positive(values.blocks, "blocks") ?? 1,
    shape: shapeOf(values),
    peers: peersOf(values.peer),
    lists: values.lists ?? false,
    simulated: positive(values.simulated, "simulated") ?? 1000,
    json: values.json === undefined || values.json === "-" ? values.json : resolve(values.json),
  });
  return 0;
}

// Leaving by `exit` lets the peers be stopped that were started.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  process.exitCode = await main();
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}${cause}`);
  process.exitCode = 1;
}
