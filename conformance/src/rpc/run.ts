// Suite rpc: the recorded exchanges of ethereum/execution-apis against a node, by hive's rules.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { firstDifference } from "./compare.ts";
import { type IoFile, parseIoFile } from "./io-file.ts";
import { startNode } from "./node.ts";
import { resultSchemas, type Schema, schemaProblem } from "./schema.ts";

export interface RpcOptions {
  /** Folder with the suites' files. */
  corpus: string;
  /** Only files whose path contains it. */
  filter: string;
}

export interface RpcFailure {
  name: string;
  message: string;
}

export interface RpcReport {
  passed: string[];
  failures: RpcFailure[];
}

/** All files below `folder`, by name: the order in which hive runs them. */
function readIoFiles(folder: string): IoFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".io"))
    .sort()
    .map((name) => parseIoFile(name, readFileSync(join(folder, name), "utf8")));
}

const shown = (value: unknown) => {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** What is wrong with the answer to one request; undefined = nothing. */
function problemOf(answer: unknown, expected: unknown, schema: Schema | undefined): string | undefined {
  if (schema === undefined) {
    const difference = firstDifference(expected, answer);
    if (difference === undefined) return undefined;
    const error = (answer as { error?: unknown }).error;
    const told =
      error === undefined || difference.path.startsWith("error") ? "" : `\n    answered ${shown(error)}`;
    return `${difference.path}\n    expected ${shown(difference.expected)}\n    met      ${shown(difference.met)}${told}`;
  }
  const { result, error } = answer as { result?: unknown; error?: unknown };
  const isError = (expected as { error?: unknown }).error !== undefined;
  if (isError !== (error !== undefined))
    return `error\n    expected ${isError ? "one" : "none"}\n    met      ${shown(error)}`;
  return isError ? undefined : schemaProblem(result, schema);
}

async function runFile(
  url: string,
  file: IoFile,
  schemas: ReadonlyMap<string, Schema>,
): Promise<string | undefined> {
  for (const { request, expected } of file.exchanges) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: request,
    });
    const answer = await response.json();
    const { method } = JSON.parse(request) as { method: string };
    const problem = problemOf(answer, expected, file.specOnly ? (schemas.get(method) ?? {}) : undefined);
    if (problem !== undefined) return `${method}: ${problem}`;
  }
  return undefined;
}

/** Runs the files against one node, in their order: what some send to the pool others see. */
async function runRpc({ corpus, filter }: RpcOptions): Promise<RpcReport> {
  const folder = join(corpus, "execution-apis");
  const tests = join(folder, "tests");
  const schemas = resultSchemas(JSON.parse(readFileSync(join(folder, "openrpc.json"), "utf8")));
  const files = readIoFiles(tests).filter(({ name }) => name.includes(filter));
  const report: RpcReport = { passed: [], failures: [] };
  const node = await startNode(tests);
  try {
    for (const file of files) {
      const message = await runFile(node.server.url, file, schemas).catch((error: unknown) => String(error));
      if (message === undefined) report.passed.push(file.name);
      else report.failures.push({ name: file.name, message });
    }
  } finally {
    await node.close();
  }
  return report;
}

/** The command `conformance rpc`; the exit code. */
export async function rpcCommand(options: RpcOptions & { json: boolean; failures: number }): Promise<number> {
  const { passed, failures } = await runRpc(options);
  for (const { name, message } of failures.slice(0, options.failures))
    process.stdout.write(`✗ ${name}\n  ${message}\n`);
  if (failures.length > options.failures)
    process.stdout.write(`… and ${failures.length - options.failures} more\n`);
  const count = passed.length + failures.length;
  process.stdout.write(`rpc: ${passed.length} of ${count} passed\n`);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ suite: "rpc", passed: passed.length, failed: failures.map(({ name }) => name) })}\n`,
    );
  }
  return failures.length === 0 && count > 0 ? 0 : 1;
}
