// npm run bench -- [showcase | marks] [options]

import { parseArgs } from "node:util";
import { marks } from "./marks.ts";
import { showcase } from "./showcase.ts";
import { workloads } from "./workloads/index.ts";

const HELP = `usage: npm run bench -- [showcase | marks] [options]

showcase            real contract traffic in order and in parallel, results compared (what npm start runs)
marks               the marks for speed: against EthereumJS, second worker, dependent chain

--workers N         workers of the parallel runs (showcase; default: the machine's cores)
--size N            transactions a workload (showcase; default 4000)
--rounds N          counted rounds; variants take turns, medians are shown (default: showcase 5, marks 9)
--only NAME,…       some workloads: ${workloads.map(({ name }) => name).join(", ")}
--check             exit code 1 where a mark is missed
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

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      workers: { type: "string" },
      size: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string" },
      check: { type: "boolean" },
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
  throw new Error(`no benchmark is called ${name}; see --help`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}${cause}`);
  process.exitCode = 1;
}
