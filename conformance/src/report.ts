// Counts by suite and fork, and failures, as text.

import { formatTable } from "@heddle/cli";
import type { Failure } from "./outcome.ts";
import type { Tally } from "./tally.ts";

const FORK_ORDER = [
  "Frontier",
  "Homestead",
  "EIP150",
  "EIP158",
  "Byzantium",
  "Constantinople",
  "ConstantinopleFix",
  "Istanbul",
  "Berlin",
  "London",
  "ArrowGlacier",
  "Paris",
  "Shanghai",
  "Cancun",
  "Prague",
  "Osaka",
  "BPO1",
  "BPO2",
  "BPO3",
  "BPO4",
  "Amsterdam",
];

/** Forks in the order they came; a transition stands behind the fork it starts from. */
export function forkRank(fork: string): number {
  const base = fork.replace(/To[A-Z].*$/, "");
  const rank = FORK_ORDER.indexOf(base);
  return (rank < 0 ? FORK_ORDER.length : rank) + (base === fork ? 0 : 0.5);
}

/** Suite x fork: passed, failed, skipped. */
export function formatCounts(tally: Tally): string {
  const rows: string[][] = [];
  for (const [suite, forks] of tally.counts) {
    const sorted = [...forks].sort(([a], [b]) => forkRank(a) - forkRank(b) || a.localeCompare(b));
    for (const [fork, count] of sorted) {
      rows.push([suite, fork, String(count.passed), String(count.failed), String(count.skipped)]);
    }
  }
  const sum = tally.sum();
  rows.push(["all", "", String(sum.passed), String(sum.failed), String(sum.skipped)]);
  return formatTable(
    [
      { heading: "suite", align: "left" },
      { heading: "fork", align: "left" },
      { heading: "passed" },
      { heading: "failed" },
      { heading: "skipped" },
    ],
    rows,
  );
}

/** The first failures with what they expected; then how many more there are. */
export function formatFailures(failures: readonly Failure[], limit = 10): string {
  const lines: string[] = [];
  for (const failure of failures.slice(0, limit)) {
    lines.push(`✗ ${failure.key}`, `    test    ${failure.test}`);
    if (failure.mode !== undefined) lines.push(`    mode    ${failure.mode}`);
    for (const { field, ours, theirs } of failure.differences.slice(0, 4)) {
      lines.push(`    ${field}`, `      ours    ${ours}`, `      theirs  ${theirs}`);
    }
  }
  if (failures.length > limit) lines.push(`… and ${failures.length - limit} more`);
  return lines.join("\n");
}
