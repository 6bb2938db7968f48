// npm run bench -- [showcase | marks | blocks | access-lists] [options]

import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { accessLists } from "./access-lists.ts";
import { PEERS, type PeerName } from "./blocks/measure.ts";
import { blocks } from "./blocks/report.ts";
import { marks } from "./marks.ts";
import { showcase } from "./showcase.ts";
import { workloads } from "./workloads/index.ts";

const HELP = `usage: npm run bench -- [showcase | marks | blocks | access-lists] [options]

showcase            real contract traffic in order and in parallel, results compared (what npm start runs)
marks               the marks for speed: against EthereumJS, second worker, dependent chain
blocks              the benchmark blocks of the execution specs against Anvil and EthereumJS, worst ratio first;
                    exit code 1 where one takes more than ten times as long as its best peer
access-lists        blocks with and without the access list that came with them

--workers N         workers of the parallel runs (showcase, blocks; default: the machine's cores, 2 at least)
--size N            transactions a workload (showcase; default 4000)
--rounds N          counted rounds; variants take turns, medians are shown (default: showcase 5, marks 9, blocks 3)
--only NAME,…       some workloads: ${workloads.map(({ name }) => name).join(", ")}
--check             exit code 1 where a mark is missed
--filter TEXT       blocks whose name contains TEXT
--mgas N,… | all    sizes of the blocks (default 30)
--peers NAME,…      ${PEERS.join(", ")} (default both)
--by wall | cpu     what is compared of the blocks; cpu where others work on the machine (default wall)
--corpus DIR        folder with the suites' files (default: ../shared/conformance)
--out FILE          writes the figures of the blocks as JSON
--json              figures as one line of JSON
--help              this text

Other benchmarks are programs of their own: bench/src/precompiles.ts, bench/src/kernel/*.ts.`;

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option} must be a positive whole number, not ${text}`);
  return value;
}

function peersOf(text: string | undefined): readonly PeerName[] {
  if (text === undefined) return PEERS;
  return text.split(",").map((name) => {
    const peer = PEERS.find((known) => known === name);
    if (peer === undefined) throw new Error(`no peer is called ${name}: there are ${PEERS.join(", ")}`);
    return peer;
  });
}

function sizesOf(text: string): number[] {
  return text === "all" ? [] : text.split(",").map((size) => positive(size, "mgas")!);
}

function timeOf(text: string | undefined): "wall" | "cpu" {
  if (text === undefined || text === "wall" || text === "cpu") return text ?? "wall";
  throw new Error(`--by must be wall or cpu, not ${text}`);
}

const HERE = dirname(fileURLToPath(import.meta.url));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      workers: { type: "string" },
      size: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string" },
      check: { type: "boolean" },
      filter: { type: "string" },
      mgas: { type: "string" },
      peers: { type: "string" },
      corpus: { type: "string" },
      out: { type: "string" },
      by: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [name = "showcase", ...more] = positionals;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (more.length > 0) throw new Error(`one benchmark at a time, not ${positionals.join(" ")}`);
  const json = values.json ?? false;
  const rounds = positive(values.rounds, "rounds");
  if (name === "showcase") {
    const workers = positive(values.workers, "workers");
    const size = positive(values.size, "size");
    await showcase({
      json,
      ...(workers === undefined ? {} : { workers }),
      ...(size === undefined ? {} : { size }),
      ...(rounds === undefined ? {} : { rounds }),
      ...(values.only === undefined ? {} : { only: values.only.split(",") }),
    });
    return 0;
  }
  if (name === "marks") {
    const met = await marks({ json, ...(rounds === undefined ? {} : { rounds }) });
    return met || !values.check ? 0 : 1;
  }
  if (name === "access-lists") {
    const workers = positive(values.workers, "workers") ?? 2;
    const size = positive(values.size, "size") ?? 10_000;
    await accessLists({ json, workers, size, ...(rounds === undefined ? {} : { rounds }) });
    return 0;
  }
  if (name === "blocks") {
    const met = await blocks({
      corpus: resolve(values.corpus ?? join(HERE, "../../../shared/conformance")),
      filter: values.filter ?? "",
      mgas: sizesOf(values.mgas ?? "30"),
      peers: peersOf(values.peers),
      rounds: rounds ?? 3,
      workers: positive(values.workers, "workers") ?? Math.max(2, availableParallelism()),
      limit: 60_000,
      by: timeOf(values.by),
      json,
      out: values.out === undefined ? undefined : resolve(values.out),
    });
    return met ? 0 : 1;
  }
  throw new Error(`no benchmark is called ${name}; see --help`);
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
