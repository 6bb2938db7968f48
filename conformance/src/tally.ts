// Sums over all files, and whether they agree with the index.

import type { Suite } from "./corpus.ts";
import type { Failure, FileResult, Skip } from "./outcome.ts";
import { isCommittedSkip, type SkipRule } from "./skips.ts";

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** The last line of `--json`. */
export interface Summary {
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  skips: { key: string; reason: string }[];
}

export class Tally {
  /** Entries that the index promises for what was chosen. */
  total = 0;
  readonly failures: Failure[] = [];
  readonly skips: Skip[] = [];
  readonly counts = new Map<Suite, Map<string, Count>>();

  #count(suite: Suite, fork: string): Count {
    let forks = this.counts.get(suite);
    if (forks === undefined) {
      forks = new Map();
      this.counts.set(suite, forks);
    }
    let count = forks.get(fork);
    if (count === undefined) {
      count = { passed: 0, failed: 0, skipped: 0 };
      forks.set(fork, count);
    }
    return count;
  }

  add(suite: Suite, result: FileResult): void {
    for (const [fork, passed] of Object.entries(result.passed)) this.#count(suite, fork).passed += passed;
    for (const failure of result.failures) {
      this.#count(suite, failure.fork).failed++;
      this.failures.push(failure);
    }
    for (const skip of result.skips) {
      this.#count(suite, skip.fork).skipped++;
      this.skips.push(skip);
    }
  }

  /** Adds another run's sums to these. */
  merge(other: Tally): void {
    this.total += other.total;
    this.failures.push(...other.failures);
    this.skips.push(...other.skips);
    for (const [suite, forks] of other.counts) {
      for (const [fork, { passed, failed, skipped }] of forks) {
        const count = this.#count(suite, fork);
        count.passed += passed;
        count.failed += failed;
        count.skipped += skipped;
      }
    }
  }

  sum(): Count {
    const sum = { passed: 0, failed: 0, skipped: 0 };
    for (const forks of this.counts.values()) {
      for (const count of forks.values()) {
        sum.passed += count.passed;
        sum.failed += count.failed;
        sum.skipped += count.skipped;
      }
    }
    return sum;
  }

  summary(): Summary {
    const skips = this.skips.map(({ key, reason }) => ({ key, reason }));
    return { total: this.total, ...this.sum(), skips };
  }

  /** Why the run as a whole is not good, in sentences; none = exit code 0. */
  problems(rules: readonly SkipRule[]): string[] {
    const { passed, failed, skipped } = this.sum();
    const problems: string[] = [];
    if (failed > 0) problems.push(`${failed} of ${this.total} entries failed`);
    if (passed + failed + skipped !== this.total) {
      problems.push(`the index promises ${this.total} entries, but ${passed + failed + skipped} were met`);
    }
    const uncommitted = this.skips.filter((skip) => !isCommittedSkip(rules, skip));
    if (uncommitted.length > 0) {
      problems.push(`${uncommitted.length} skips have no committed reason, first ${uncommitted[0]!.key}`);
    }
    if (this.total === 0) problems.push("nothing was chosen");
    return problems;
  }
}
