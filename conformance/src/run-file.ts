// Runs the chosen cases of one file, one after another.

import { type Case, emptyResult, type FileResult, thrown } from "./outcome.ts";
import { entryKey, type Selection, selectsEntry, selectsTest } from "./selection.ts";
import { type SkipRule, skipReason } from "./skips.ts";

/** `file` is `suite/archive/path`. A case that throws has failed; the others go on. */
export async function runCases(
  file: string,
  cases: Iterable<Case>,
  selection: Selection,
  rules: readonly SkipRule[],
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
    const differences = await attempt(entry);
    if (differences.length === 0) result.passed[entry.fork] = (result.passed[entry.fork] ?? 0) + 1;
    else result.failures.push({ key, fork: entry.fork, test: entry.test, differences });
  }
  return result;
}

async function attempt(entry: Case): Promise<ReturnType<typeof thrown>[]> {
  try {
    return await entry.run();
  } catch (error) {
    return [thrown(error, "no error")];
  }
}
