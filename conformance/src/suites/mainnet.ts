// Real blocks: what the engine makes of them against what the chain says, sequentially and in parallel.

import { Progress, type ReplayedBlock, Replayer, readArchive, readBlockFixture } from "@heddle/cli";
import { findSources } from "../corpus.ts";
import { type Difference, emptyResult, thrown } from "../outcome.ts";
import type { RunOptions } from "../run.ts";
import { entryKey, selectsEntry, selectsFile } from "../selection.ts";
import { skipReason } from "../skips.ts";
import { Tally } from "../tally.ts";

/** Differences of every run of a block, each named by its mode. */
function differences(block: ReplayedBlock): Difference[] {
  return block.differences.map(({ mode, transaction, field, ours, theirs }) => ({
    field: `${mode}${transaction === null ? "" : ` transaction ${transaction}`} ${field}`,
    ours,
    theirs,
  }));
}

export interface MainnetOptions extends Omit<RunOptions, "suites" | "mode"> {
  /** How often each block is run in each mode. */
  runs: number;
  /** True: no parallel runs. */
  sequential?: boolean;
}

/** Runs the recorded blocks of a corpus on an engine with `workers` workers, and sequentially. */
export async function runMainnet(options: MainnetOptions): Promise<Tally> {
  const { selection } = options;
  const tally = new Tally();
  const sources = findSources(options.corpus, "mainnet");
  const chosen = sources.map((source) => {
    const paths = new Map<string, string>();
    for (const { path, forks } of source.index ?? []) {
      const file = `mainnet/${source.name}/${path}`;
      const [fork = "any"] = Object.keys(forks);
      if (selectsFile(selection, file) && selectsEntry(selection, entryKey(file, fork, 0)))
        paths.set(path, fork);
    }
    tally.total += paths.size;
    return { source, paths };
  });
  if (tally.total === 0) return tally;
  const progress = new Progress(tally.total, "blocks");
  const replayer = new Replayer({
    workers: options.workers,
    runs: options.runs,
    sequential: options.sequential ?? false,
  });
  let done = 0;
  try {
    for (const { source, paths } of chosen) {
      if (paths.size === 0) continue;
      for await (const { path, bytes } of readArchive(source.file)) {
        const fork = paths.get(path);
        if (fork === undefined) continue;
        paths.delete(path);
        const result = emptyResult();
        const key = entryKey(`mainnet/${source.name}/${path}`, fork, 0);
        const reason = skipReason(options.rules, key);
        if (reason !== undefined) result.skips.push({ key, fork, reason });
        else {
          let found: Difference[];
          try {
            found = differences(await replayer.replay(readBlockFixture(path, bytes)));
          } catch (error) {
            found = [thrown(error, "no error")];
          }
          if (found.length === 0) result.passed[fork] = 1;
          else result.failures.push({ key, fork, test: `block ${path}`, differences: found });
        }
        tally.add("mainnet", result);
        if (options.progress) progress.update(++done, path);
        if (paths.size === 0) break;
      }
    }
  } finally {
    progress.clear();
  }
  return tally;
}
