// Runs the chosen cases of one file, one after another.

import { type Mode, type ModeChoice, modeOf, RANDOM_MODES } from "./mode.ts";
import { type Case, type Difference, emptyResult, type FileResult, thrown } from "./outcome.ts";
import { entryKey, type Selection, selectsEntry, selectsTest } from "./selection.ts";
import { type SkipRule, skipReason } from "./skips.ts";

export interface FileOptions {
  selection: Selection;
  rules: readonly SkipRule[];
  mode: ModeChoice;
}

/** `file` is `suite/archive/path`. A case that throws has failed; the others go on. */
export async function runCases(
  file: string,
  cases: Iterable<Case>,
  { selection, rules, mode: choice }: FileOptions,
): Promise<FileResult> {
  const result = emptyResult();
  const ordinals: Record<string, number> = {};
  for (const entry of cases) {
    const ordinal = ordinals[entry.fork] ?? 0;
    ordinals[entry.fork] = ordinal + 1;
    const key = entryKey(file, entry.fork, ordinal);
    if (!selectsTest(selection, entry.test) || !selectsEntry(selection, key)) continue;
    const reason = skipReason(rules, key);
    if (reason !== undefined) {
      result.skips.push({ key, fork: entry.fork, reason });
      continue;
    }
    const failed = await firstFailure(entry, entry.hasModes ? modesOf(choice, selection, key) : ["in-order"]);
    if (failed === undefined) result.passed[entry.fork] = (result.passed[entry.fork] ?? 0) + 1;
    else result.failures.push({ key, fork: entry.fork, test: entry.test, ...failed });
  }
  return result;
}

/** A slice in random modes runs what failed once in all of them: which one failed is not part of the key. */
function modesOf(choice: ModeChoice, selection: Selection, key: string): readonly Mode[] {
  if (choice === "random" && selection.always.includes(key)) return RANDOM_MODES;
  return [modeOf(choice, selection.slice, key)];
}

/** The first mode in which the case fails. */
async function firstFailure(
  entry: Case,
  modes: readonly Mode[],
): Promise<{ mode: Mode | undefined; differences: Difference[] } | undefined> {
  for (const mode of modes) {
    const differences = await attempt(entry, mode);
    if (differences.length > 0) return { mode: entry.hasModes && mode, differences };
  }
  return undefined;
}

async function attempt(entry: Case, mode: Mode): Promise<Difference[]> {
  try {
    return await entry.run(mode);
  } catch (error) {
    return [thrown(error, "no error")];
  }
}
