// Counts for the summary: what a run has seen.

import type { CaseTransaction, FuzzCase } from "./case.ts";
import { Coverage, type CoverageSnapshot } from "./coverage.ts";

/** What became of the transactions of one type. */
export interface TypeCounts {
  succeeded: number;
  reverted: number;
  /** Failed and used all of their gas. */
  halted: number;
  refused: number;
}

/** What can be sent from one process to another. */
export interface StatisticsSnapshot {
  cases: number;
  blocks: number;
  lists: number;
  programs: number;
  gas: bigint;
  types: TypeCounts[];
  forks: Map<string, number>;
  reasons: Map<string, number>;
  gaveUps: Map<string, number>;
  coverage: CoverageSnapshot;
}

function addCounts(to: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [name, count] of from) to.set(name, (to.get(name) ?? 0) + count);
}

export class Statistics {
  readonly coverage = new Coverage();
  cases = 0;
  blocks = 0;
  /** Blocks that were run with their access lists too. */
  lists = 0;
  /** Contracts and init codes. */
  programs = 0;
  gas = 0n;
  readonly types: TypeCounts[] = Array.from({ length: 5 }, () => ({
    succeeded: 0,
    reverted: 0,
    halted: 0,
    refused: 0,
  }));
  /** Cases by fork. */
  readonly forks = new Map<string, number>();
  /** Refused transactions by reason. */
  readonly reasons = new Map<string, number>();

  /** Cases that the oracle gave up, by reason. */
  readonly gaveUps = new Map<string, number>();

  get snapshot(): StatisticsSnapshot {
    const { cases, blocks, lists, programs, gas, types, forks, reasons, gaveUps } = this;
    const coverage = this.coverage.snapshot;
    return { cases, blocks, lists, programs, gas, types, forks, reasons, gaveUps, coverage };
  }

  /** Adds what another process counted. */
  add(other: StatisticsSnapshot): void {
    this.cases += other.cases;
    this.blocks += other.blocks;
    this.lists += other.lists;
    this.programs += other.programs;
    this.gas += other.gas;
    for (const [type, counts] of other.types.entries()) {
      const own = this.types[type]!;
      own.succeeded += counts.succeeded;
      own.reverted += counts.reverted;
      own.halted += counts.halted;
      own.refused += counts.refused;
    }
    addCounts(this.forks, other.forks);
    addCounts(this.reasons, other.reasons);
    addCounts(this.gaveUps, other.gaveUps);
    this.coverage.add(other.coverage);
  }

  begin({ fork, accounts, blocks }: FuzzCase): void {
    this.cases++;
    this.forks.set(fork, (this.forks.get(fork) ?? 0) + 1);
    for (const { code } of Object.values(accounts)) if (code !== "0x") this.programs++;
    for (const { transactions } of blocks) {
      for (const { to } of transactions) if (to === undefined) this.programs++;
    }
  }

  /** The oracle gave up, so that the rest of a case was left out. */
  gaveUp(message: string): void {
    // Numbers say nothing about why.
    const reason = message.split("\n")[0]!.replace(/\d+/g, "N").slice(0, 80);
    this.gaveUps.set(reason, (this.gaveUps.get(reason) ?? 0) + 1);
  }

  ran(transaction: CaseTransaction, success: boolean, gasUsed: bigint): void {
    const counts = this.types[transaction.type]!;
    this.gas += gasUsed;
    if (success) counts.succeeded++;
    else if (gasUsed === BigInt(transaction.gasLimit)) counts.halted++;
    else counts.reverted++;
    if (transaction.to !== undefined) this.coverage.call(BigInt(transaction.to));
  }

  refused(transaction: CaseTransaction, reason: string): void {
    this.types[transaction.type]!.refused++;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  /** Transactions that ran, and all. */
  get transactions(): { ran: number; refused: number } {
    let ran = 0;
    let refused = 0;
    for (const counts of this.types) {
      ran += counts.succeeded + counts.reverted + counts.halted;
      refused += counts.refused;
    }
    return { ran, refused };
  }
}
