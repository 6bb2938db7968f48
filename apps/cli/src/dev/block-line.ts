// A block in one line: what was in it, and how it was executed.

import type { BlockEntry, ExecutionReport } from "@heddle/chain";
import { counted, grouped, milliseconds } from "../terminal/figures.ts";

/** What is told of a block to programs. */
export interface BlockFacts {
  number: number;
  hash: string;
  transactions: number;
  gasUsed: number;
  /** The rest only where the block was executed just now. */
  milliseconds?: number;
  /** Worker threads that had something to do. */
  lanes?: number;
  aborts?: number;
}

export function blockFacts(block: BlockEntry, report: ExecutionReport | undefined): BlockFacts {
  const facts: BlockFacts = {
    number: Number(block.number),
    hash: block.hash,
    transactions: block.transactionCount,
    gasUsed: Number(block.header.gasUsed),
  };
  if (report === undefined) return facts;
  return {
    ...facts,
    milliseconds: Math.round(report.milliseconds * 100) / 100,
    lanes: Math.min(report.workers, block.transactionCount),
    aborts: report.aborts,
  };
}

/** A block as one line for people. */
export function blockLine(facts: BlockFacts): string {
  const cells = [
    `block ${grouped(facts.number)}`,
    `${facts.hash.slice(0, 10)}…`,
    counted(facts.transactions, "transaction"),
    `${grouped(facts.gasUsed)} gas`,
  ];
  const { lanes = 0, aborts = 0 } = facts;
  if (facts.milliseconds !== undefined) cells.push(milliseconds(facts.milliseconds));
  if (lanes > 0) cells.push(counted(lanes, "lane"), counted(aborts, "abort"));
  return cells.join("  ");
}
