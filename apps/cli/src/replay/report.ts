// Replayed blocks as a table.

import { type Column, formatTable } from "../terminal/table.ts";
import type { Mark } from "./compare.ts";
import type { ReplayedBlock } from "./replayer.ts";

const MARKS: Record<Mark, string> = { same: "✓", differs: "✗", unknown: "·" };

const COLUMNS: readonly Column[] = [
  { heading: "block" },
  { heading: "fork", align: "left" },
  { heading: "txs" },
  { heading: "Mgas" },
  { heading: "gas bloom txs rcpt wdr state", align: "left" },
  { heading: "seq ms" },
  { heading: "par ms" },
  { heading: "ratio" },
  { heading: "aborts" },
  { heading: "chain" },
  { heading: "possible" },
];

function milliseconds(value: number | null): string {
  return value === null ? "-" : value.toFixed(1);
}

function ratio(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "-" : `${value.toFixed(2)}x`;
}

/** gas bloom txs rcpt wdr state, each under its heading. */
function marks({ marks: all }: ReplayedBlock): string {
  const widths = [4, 6, 4, 5, 4, 5];
  return [all.gas, all.bloom, all.transactions, all.receipts, all.withdrawals, all.state]
    .map((mark, i) => MARKS[mark].padEnd(widths[i]!))
    .join("")
    .trimEnd();
}

function row(block: ReplayedBlock): string[] {
  const { sequential, parallel } = block.medians;
  return [
    String(block.number),
    block.fork,
    String(block.transactions),
    (Number(block.gasUsed) / 1e6).toFixed(2),
    marks(block),
    milliseconds(sequential),
    milliseconds(parallel),
    ratio(sequential === null || parallel === null ? null : sequential / parallel),
    block.aborts === null ? "-" : String(block.aborts),
    block.chain === null ? "-" : String(block.chain.length),
    ratio(block.chain?.speedup ?? null),
  ];
}

function sum(values: readonly (number | null)[]): number | null {
  return values.some((value) => value === null) ? null : values.reduce<number>((a, b) => a + b!, 0);
}

/** Sums over all blocks; possible speed-up by gas: all gas over the sum of the critical paths. */
export function totals(blocks: readonly ReplayedBlock[]) {
  const gas = blocks.reduce((all, block) => all + block.gasUsed, 0n);
  const critical = sum(blocks.map((block) => (block.chain === null ? null : Number(block.chain.gas))));
  return {
    blocks: blocks.length,
    failed: blocks.filter((block) => block.differences.length > 0).length,
    transactions: blocks.reduce((all, block) => all + block.transactions, 0),
    gasUsed: gas,
    sequential: sum(blocks.map((block) => block.medians.sequential)),
    parallel: sum(blocks.map((block) => block.medians.parallel)),
    aborts: sum(blocks.map((block) => block.aborts)),
    possible: critical === null || critical === 0 ? null : Number(gas) / critical,
  };
}

export function formatReplay(blocks: readonly ReplayedBlock[]): string {
  const all = totals(blocks);
  const last = [
    "all",
    "",
    String(all.transactions),
    (Number(all.gasUsed) / 1e6).toFixed(2),
    "",
    milliseconds(all.sequential),
    milliseconds(all.parallel),
    ratio(all.sequential === null || all.parallel === null ? null : all.sequential / all.parallel),
    all.aborts === null ? "-" : String(all.aborts),
    "",
    ratio(all.possible),
  ];
  return formatTable(COLUMNS, [...blocks.map(row), last]);
}

/** The first difference of each block that has one. */
export function formatDifferences(blocks: readonly ReplayedBlock[]): string {
  return blocks
    .filter((block) => block.differences.length > 0)
    .map((block) => {
      const { mode, transaction, field, ours, theirs } = block.differences[0]!;
      const place = transaction === null ? field : `transaction ${transaction}, ${field}`;
      const more = block.differences.length - 1;
      return (
        `✗ block ${block.number} (${block.file}), ${mode}: ${place}\n    ours    ${ours}\n    theirs  ${theirs}` +
        (more > 0 ? `\n    and ${more} more ${more === 1 ? "difference" : "differences"}` : "")
      );
    })
    .join("\n");
}

/** A block as one line of JSON: numbers that may pass 2^53 as decimal text. */
export function blockJson(block: ReplayedBlock): string {
  return JSON.stringify(block, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
