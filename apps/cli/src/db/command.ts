// heddle db: looking after a folder that a chain is kept in.

import { statSync } from "node:fs";
import { checkStore, migrateStore, pruneStore, StoreError } from "@heddle/store";
import { CommandError } from "../errors.ts";
import { counted } from "../terminal/figures.ts";

export interface DbOptions {
  json?: boolean;
}

export interface PruneOptions extends DbOptions {
  keepHistory?: number;
}

/** Runs what reads a store; its errors are told in a line. @throws CommandError */
async function inFolder<T>(directory: string, work: () => Promise<T>): Promise<T> {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`${directory}: there is no such folder`, { exitCode: 2 });
  }
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StoreError) throw new CommandError(cause.message, { cause });
    throw cause;
  }
}

function tell(options: DbOptions, facts: Record<string, unknown>, text: string): void {
  const plain = (_key: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
  process.stdout.write(`${options.json ? JSON.stringify(facts, plain) : text}\n`);
}

/** Checks everything that can be checked; the exit code: 1 where something is wrong. */
export async function runCheck(directory: string, options: DbOptions): Promise<number> {
  const report = await inFolder(directory, () => checkStore(directory));
  const { checkpoint, problems } = report;
  const parts = [
    checkpoint === undefined ? "no checkpoint" : `checkpoint of block ${checkpoint.number}`,
    counted(report.blocks, "block"),
    counted(report.accounts, "account"),
    counted(report.slots, "slot"),
    counted(report.records, "record"),
  ];
  if (report.tornBytes > 0) parts.push(`${counted(report.tornBytes, "byte")} of a write that was cut off`);
  const verdict =
    problems.length === 0
      ? ["✓ all fits together"]
      : [`✗ ${counted(problems.length, "problem")}`, ...problems.map((problem) => `  ${problem}`)];
  tell(options, { directory, ...report }, [`${directory}: ${parts.join(", ")}`, ...verdict].join("\n"));
  return problems.length === 0 ? 0 : 1;
}

/** Removes what is not needed any more. */
export async function runPrune(directory: string, options: PruneOptions): Promise<number> {
  const { keepHistory } = options;
  const report = await inFolder(directory, () =>
    pruneStore(directory, keepHistory === undefined ? {} : { keepHistory }),
  );
  const { nodes, codes, blocks } = report;
  const text = `${counted(nodes, "trie node")}, ${counted(codes, "code")}, history of ${counted(blocks, "block")}`;
  tell(options, { directory, ...report }, `${directory}: removed ${text}`);
  return 0;
}

/** Brings the folder to this version's format. */
export async function runMigrate(directory: string, options: DbOptions): Promise<number> {
  const onStep = ({ from, title }: { from: number; title: string }) => {
    if (!options.json) process.stdout.write(`${directory}: from format ${from}: ${title}\n`);
  };
  const { from, to } = await inFolder(directory, () => migrateStore(directory, { onStep }));
  const text = from === to ? `is of format ${to} already` : `is of format ${to} now`;
  tell(options, { directory, from, to }, `${directory} ${text}`);
  return 0;
}
