// Suite tracers: go-ethereum's expectations of callTracer, flatCallTracer and prestateTracer.

import { join } from "node:path";
import { createEngine } from "@heddle/engine";
import { tracerNamed } from "@heddle/rpc";
import { firstDifference } from "../rpc/compare.ts";
import { EXPECTATIONS, NOT_HERE } from "./expectations.ts";
import { type GethFile, readGethFiles } from "./geth-files.ts";

export interface TracersOptions {
  /** Folder with the suites' files. */
  corpus: string;
  /** Only files whose folder/name contains it. */
  filter: string;
}

export interface TracersReport {
  passed: string[];
  skipped: string[];
  failures: { name: string; message: string }[];
}

const MEMORY = 256 * 2 ** 20;
const shown = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 300);

/** What the tracer says of a file's transaction. */
async function traceFile(file: GethFile, tracer: string): Promise<unknown> {
  await using engine = await createEngine({
    workers: 0,
    memoryLimit: MEMORY,
    chain: file.genesis.config,
    genesis: { alloc: file.genesis.alloc },
  });
  const make = tracerNamed(tracer, file.tracerConfig, "tracerConfig");
  const [trace] = await engine.trace(
    { header: file.header, transactions: [file.transaction], withdrawals: [] },
    { tracer: (transaction) => make(transaction, {}) },
  );
  // As it travels: what is undefined is not there.
  return JSON.parse(JSON.stringify(trace!.tracer.result()));
}

async function problemOf(file: GethFile): Promise<string | undefined> {
  const expectation = EXPECTATIONS[file.folder];
  if (expectation === undefined) return `there is no runner for ${file.folder}`;
  const met = await traceFile(file, expectation.tracer);
  const difference = firstDifference(expectation.expected(file.result), expectation.met(met));
  if (difference === undefined) return undefined;
  return `${difference.path}\n    expected ${shown(difference.expected)}\n    met      ${shown(difference.met)}`;
}

/** Runs the files one after another. */
async function runTracers({ corpus, filter }: TracersOptions): Promise<TracersReport> {
  const report: TracersReport = { passed: [], skipped: [], failures: [] };
  for await (const file of readGethFiles(join(corpus, "tracers/geth-testdata.tar.xz"))) {
    if (!file.name.includes(filter)) continue;
    if (Object.hasOwn(NOT_HERE, file.folder)) {
      report.skipped.push(file.name);
      continue;
    }
    const message = await problemOf(file).catch((error: unknown) => String(error));
    if (message === undefined) report.passed.push(file.name);
    else report.failures.push({ name: file.name, message });
  }
  return report;
}

/** The command `conformance tracers`; the exit code. */
export async function tracersCommand(
  options: TracersOptions & { json: boolean; failures: number },
): Promise<number> {
  const { passed, skipped, failures } = await runTracers(options);
  for (const { name, message } of failures.slice(0, options.failures)) {
    process.stdout.write(`✗ ${name}\n  ${message}\n`);
  }
  const count = passed.length + failures.length;
  process.stdout.write(`tracers: ${passed.length} of ${count} passed, ${skipped.length} skipped\n`);
  for (const reason of skipped.length === 0 ? [] : Object.values(NOT_HERE)) {
    process.stdout.write(`  skipped: ${reason}\n`);
  }
  if (options.json) {
    const failed = failures.map(({ name }) => name);
    process.stdout.write(
      `${JSON.stringify({ suite: "tracers", passed: passed.length, skipped: skipped.length, failed })}\n`,
    );
  }
  return failures.length === 0 && count > 0 ? 0 : 1;
}
