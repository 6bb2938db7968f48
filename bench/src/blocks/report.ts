// The benchmark blocks as a command: chooses, measures, shows the worst first.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { formatTable, Progress } from "@heddle/cli";
import { type BenchmarkCase, readCases } from "./cases.ts";
import type { Time } from "./heddle.ts";
import { type CaseResult, type MeasureOptions, measureCase, type PeerTime } from "./measure.ts";
import { ownCases } from "./own-cases.ts";

export interface BlocksOptions extends MeasureOptions {
  /** Folder with the suites' files. */
  corpus: string;
  filter: string;
  /** Sizes in Mgas; empty = all. */
  mgas: readonly number[];
  json: boolean;
  /** File for the figures as JSON. */
  out: string | undefined;
}

/** How many times the best peer's time a block may take. */
const ALLOWED_RATIO = 10;

/** Worst ratio first; cases that no peer could run come last. */
export function worstFirst(results: readonly CaseResult[]): CaseResult[] {
  return [...results].sort((a, b) => (b.ratio ?? -1) - (a.ratio ?? -1));
}

const milliseconds = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

function shown(time: PeerTime | undefined, by: keyof Time): string {
  if (time === undefined) return "";
  return "wall" in time ? milliseconds(time[by]) : "-";
}

/** The figures as a table of text. */
export function blocksTable(results: readonly CaseResult[], by: keyof Time): string {
  return formatTable(
    [
      { heading: "block", align: "left" },
      { heading: "Mgas" },
      { heading: "in order ms" },
      { heading: "workers ms" },
      { heading: "Anvil ms" },
      { heading: "EthereumJS ms" },
      { heading: "ratio" },
      { heading: "Mgas/s" },
      { heading: "", align: "left" },
    ],
    worstFirst(results).map((result) => [
      result.name,
      String(result.mgas),
      milliseconds(result.inOrder[by]),
      milliseconds(result.parallel[by]),
      shown(result.peers.anvil, by),
      shown(result.peers.ethereumjs, by),
      result.ratio?.toFixed(2) ?? "none",
      result.gasUsed === 0 ? "" : ((result.gasUsed * 1000) / result.inOrder[by]).toFixed(0),
      remark(result),
    ]),
  );
}

function remark(result: CaseResult): string {
  if (result.ratio !== undefined && result.ratio > ALLOWED_RATIO) return "TOO SLOW";
  const { anvil } = result.peers;
  if (anvil !== undefined && "reason" in anvil) return `Anvil: ${anvil.reason}`;
  const { ethereumjs } = result.peers;
  if (result.ratio === undefined && ethereumjs !== undefined && "reason" in ethereumjs) {
    return `EthereumJS: ${ethereumjs.reason}`;
  }
  return "";
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${process.platform}`;
}

/** Block of the suite whose fork, genesis and system contracts the blocks of our own take. */
const TEMPLATE = { filter: "scenario/transaction_types/empty_block", mgas: [30] };

async function chosenCases(
  { corpus, filter }: BlocksOptions,
  mgas: readonly number[],
): Promise<BenchmarkCase[]> {
  const found = await readCases(corpus, { filter, mgas });
  const [template] = await readCases(corpus, TEMPLATE);
  if (template === undefined) throw new Error("the archive of benchmark blocks has no empty block");
  const sizes = mgas.length > 0 ? mgas : [...new Set(found.map((benchmark) => benchmark.mgas))];
  return [...found, ...(await ownCases(template, filter, sizes))];
}

/** Small blocks of every kind, so that no measured block is the first to use a part of the kernel. */
async function warmUp(cases: readonly BenchmarkCase[], options: BlocksOptions): Promise<void> {
  for (const benchmark of cases) await measureCase(benchmark, { ...options, peers: [], rounds: 2 });
}

/**
 * Measures the chosen blocks and prints the table, worst first. Returns whether each took at most ten times as long as
 * its best peer; a block that no peer can run counts for nothing and is shown with the reasons.
 */
export async function blocks(options: BlocksOptions): Promise<boolean> {
  const cases = await chosenCases(options, options.mgas);
  if (cases.length === 0) throw new Error("no benchmark block of that name and size");
  const small = await chosenCases(options, [1]);
  const progress = new Progress(cases.length, "blocks");
  progress.update(0, "warming up");
  await warmUp(small, options);
  const results: CaseResult[] = [];
  for (const [i, benchmark] of cases.entries()) {
    progress.update(i, benchmark.name);
    results.push(await measureCase(benchmark, options));
  }
  progress.clear();
  const compared = results.filter(({ ratio }) => ratio !== undefined);
  const worst = Math.max(0, ...compared.map(({ ratio }) => ratio!));
  const figures = {
    machine: machine(),
    by: options.by,
    rounds: options.rounds,
    workers: options.workers,
    blocks: results.length,
    compared: compared.length,
    worstRatio: worst,
    results: worstFirst(results),
  };
  if (options.out !== undefined) {
    mkdirSync(dirname(options.out), { recursive: true });
    writeFileSync(options.out, `${JSON.stringify(figures, null, 1)}\n`);
  }
  if (options.json) console.log(JSON.stringify(figures));
  else {
    console.log(blocksTable(results, options.by));
    const slower = compared.filter(({ ratio }) => ratio! > 1).length;
    console.log(
      `\n${machine()}; median of ${options.rounds} runs in turn, ${options.by === "wall" ? "time on the wall" : "CPU time of all threads"}.` +
        "\nin order: one worker, from the block's bytes to checked roots, code decoded anew, signers known as in Anvil's pool." +
        `\nworkers: the same on ${options.workers}, signers recovered too. ratio: in order by the best peer's time (Anvil: evm_mine` +
        "\nwith the transactions in its pool). The peers gave the same gas and receipts wherever a time is shown;" +
        "\nEthereumJS is stopped where it is slower than Anvil for sure.\n" +
        `\n${results.length} blocks, ${compared.length} compared, ${slower} slower than the best peer; worst ratio ${worst.toFixed(2)}, allowed ${ALLOWED_RATIO}.`,
    );
  }
  return worst <= ALLOWED_RATIO;
}
