// Runs suites over a corpus.

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { type ArchiveFile, Progress, readArchive } from "@heddle/cli";
import { LEARNED, type Speculation } from "@heddle/engine/testing";
import { casesOf } from "./cases.ts";
import { findSources, type PooledSuite, type Source } from "./corpus.ts";
import type { ModeChoice } from "./mode.ts";
import type { FileResult } from "./outcome.ts";
import { Pool } from "./pool.ts";
import {
  entryKey,
  narrowsTests,
  type Selection,
  selectsEntry,
  selectsFile,
  selectsTest,
} from "./selection.ts";
import type { SkipRule } from "./skips.ts";
import { Tally } from "./tally.ts";

export interface RunOptions {
  corpus: string;
  suites: readonly PooledSuite[];
  workers: number;
  /** How suites that execute blocks do so. */
  mode: ModeChoice;
  /** How transactions are run beside each other, on threads; as it was learned unless given. */
  speculation?: Speculation;
  selection: Selection;
  rules: readonly SkipRule[];
  progress?: boolean;
  /** The module that workers run; a test may give its own. */
  workerModule?: URL;
}

function fileName(source: Source, path: string): string {
  return source.index === null ? `${source.suite}/${path}` : `${source.suite}/${source.name}/${path}`;
}

/** How many entries of a file the selection takes, by its index line alone. */
function promised(selection: Selection, file: string, forks: Record<string, number>): number {
  if (!selectsFile(selection, file)) return 0;
  let sum = 0;
  for (const [fork, count] of Object.entries(forks)) {
    if (selection.share >= 1) sum += count;
    else for (let i = 0; i < count; i++) if (selectsEntry(selection, entryKey(file, fork, i))) sum++;
  }
  return sum;
}

/** A plain file has no index: what it holds is counted by reading it once before it is run. */
async function countCases(
  selection: Selection,
  source: Source<PooledSuite>,
  file: ArchiveFile,
): Promise<number> {
  const ordinals: Record<string, number> = {};
  const name = fileName(source, file.path);
  let sum = 0;
  for (const entry of await casesOf({ suite: source.suite, ...file })) {
    const ordinal = ordinals[entry.fork] ?? 0;
    ordinals[entry.fork] = ordinal + 1;
    if (selectsTest(selection, entry.test) && selectsEntry(selection, entryKey(name, entry.fork, ordinal)))
      sum++;
  }
  return sum;
}

async function readPlain(source: Source): Promise<ArchiveFile> {
  const bytes = await readFile(source.file);
  // A copy: the memory behind a Buffer cannot be handed to a worker.
  return {
    path: source.name,
    bytes: new Uint8Array(source.file.endsWith(".gz") ? gunzipSync(bytes) : bytes),
  };
}

async function* filesOf(source: Source): AsyncGenerator<ArchiveFile> {
  if (source.index === null) yield await readPlain(source);
  else yield* readArchive(source.file);
}

/** Runs the chosen entries of the suites and adds them up. Throws for an archive or an index that is damaged. */
export async function runSuites(options: RunOptions): Promise<Tally> {
  const { selection } = options;
  const tally = new Tally();
  // Plain files first: one of them takes minutes, beside which the archives can run.
  const found = options.suites.flatMap((suite) => findSources(options.corpus, suite));
  const sources = found.toSorted((a, b) => Number(a.index !== null) - Number(b.index !== null));
  const chosen = new Map<Source<PooledSuite>, Set<string>>();
  for (const source of sources) {
    if (source.index === null) {
      if (!selectsFile(selection, fileName(source, source.name))) continue;
      tally.total += await countCases(selection, source, await readPlain(source));
      chosen.set(source, new Set([source.name]));
      continue;
    }
    const paths = new Set<string>();
    for (const entry of source.index) {
      const count = promised(selection, fileName(source, entry.path), entry.forks);
      if (count > 0) paths.add(entry.path);
      tally.total += count;
    }
    if (paths.size > 0) chosen.set(source, paths);
  }

  const rules = options.rules.map((rule): [string, string] => [rule.key.source, rule.reason]);
  const module = options.workerModule ?? new URL("./worker.ts", import.meta.url);
  const { mode, speculation = LEARNED } = options;
  const pool = new Pool(options.workers, { selection, mode, speculation, rules }, module);
  const progress = new Progress(tally.total, "entries");
  let done = 0;
  const finish = (suite: PooledSuite, file: string) => (result: FileResult) => {
    tally.add(suite, result);
    done +=
      Object.values(result.passed).reduce((a, b) => a + b, 0) + result.failures.length + result.skips.length;
    if (options.progress) progress.update(done, file);
  };
  try {
    for (const [source, paths] of chosen) {
      for await (const { path, bytes } of filesOf(source)) {
        if (!paths.delete(path)) continue;
        const file = fileName(source, path);
        await pool.submit({ suite: source.suite, file, path, bytes }, finish(source.suite, file));
        if (paths.size === 0) break;
      }
    }
    await pool.drain();
  } finally {
    progress.clear();
    await pool.close();
  }
  // The index counts files; a test's name narrows further than it can tell.
  if (narrowsTests(selection)) {
    const { passed, failed, skipped } = tally.sum();
    tally.total = passed + failed + skipped;
  }
  return tally;
}
