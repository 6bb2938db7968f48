// What a person, or a program, reads at the end of a run.

import { formatTable } from "@heddle/cli";
import { opcodes } from "@heddle/kernel";
import { PRECOMPILES } from "./coverage.ts";
import type { Failure, FuzzResult } from "./run.ts";

const TYPE_NAMES = ["legacy", "access list", "fee market", "blob", "set code"];

/** The summary of a run. */
export function formatSummary({ statistics, seconds }: FuzzResult): string {
  const { coverage, types, cases, blocks, lists, programs, gas, forks, reasons, gaveUps } = statistics;
  const { ran, refused } = statistics.transactions;
  const table = formatTable(
    [
      { heading: "transactions", align: "left" },
      { heading: "succeeded" },
      { heading: "reverted" },
      { heading: "halted" },
      { heading: "refused" },
    ],
    types.map((counts, type) => [
      `${type} ${TYPE_NAMES[type]}`,
      ...[counts.succeeded, counts.reverted, counts.halted, counts.refused].map(String),
    ]),
  );
  const list = (counts: Map<string, number>) =>
    [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const missed = coverage.missedOpcodes;
  const missedPrecompiles = coverage.missedPrecompiles;
  return [
    table,
    "",
    `refused for: ${list(reasons) || "nothing"}`,
    ...(gaveUps.size > 0 ? [`cases that the oracle gave up: ${list(gaveUps)}`] : []),
    `cases by fork: ${list(forks)}`,
    `instructions seen in stepping runs: ${opcodes.length - missed.length} of ${opcodes.length}, ${coverage.steps} steps` +
      (missed.length > 0 ? `; not: ${missed.join(" ")}` : ""),
    `precompiles called: ${PRECOMPILES.length - missedPrecompiles.length} of ${PRECOMPILES.length}` +
      (missedPrecompiles.length > 0 ? `; not: ${missedPrecompiles.join(" ")}` : ""),
    `${cases} cases, ${blocks} blocks (${lists} with access lists), ${ran} transactions executed and ${refused} refused, ${programs} programs, ` +
      `${gas / 1_000_000n} Mgas in ${seconds.toFixed(0)} s`,
  ].join("\n");
}

/** A difference, what remained of its case, and how to see it again. */
export function formatFailure(failure: Failure, again: string[]): string {
  const { difference, smallest, smallestDifference } = failure;
  const accounts = Object.entries(smallest.accounts).filter(([, { code }]) => code !== "0x");
  return [
    `✗ ${difference.kind}: block ${difference.block} on ${smallest.fork}: ${difference.what.join(", ")}`,
    ...difference.report.slice(0, 12).map((line) => `  ${line}`),
    `the smallest case that shows it: ${smallest.blocks.length} block(s), ` +
      `${smallest.blocks.reduce((sum, { transactions }) => sum + transactions.length, 0)} transaction(s)`,
    ...smallestDifference.report.slice(0, 12).map((line) => `  ${line}`),
    ...accounts.map(([address, { code }]) => `  code of ${address}: ${code.slice(0, 160)}`),
    ...again.map((line) => `again: ${line}`),
  ].join("\n");
}

/** The same for a program: one line. */
export function jsonSummary(seed: number, { statistics, failure, seconds }: FuzzResult): string {
  const { coverage, types, cases, blocks, lists, programs, gas, forks, reasons, gaveUps } = statistics;
  return JSON.stringify({
    seed,
    seconds,
    cases,
    blocks,
    lists,
    programs,
    gas: String(gas),
    ...statistics.transactions,
    types,
    forks: Object.fromEntries(forks),
    gaveUps: Object.fromEntries(gaveUps),
    reasons: Object.fromEntries(reasons),
    missedOpcodes: coverage.missedOpcodes,
    missedPrecompiles: coverage.missedPrecompiles,
    difference: failure?.difference ?? null,
  });
}
