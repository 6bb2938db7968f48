// Which entries of the corpus are run. An entry's key is `suite/archive/path#fork#n`: the n-th entry of that fork
// in that file, so that the keys of a file are known from its index line alone.

import { createHash } from "node:crypto";

export interface Selection {
  /** Only files whose `archive/path` contains this; behind "::", only tests whose name contains that. */
  filter: string;
  /** A deterministic share of the entries: those whose keyed hash is below `share`. 1 = all. */
  slice: string;
  share: number;
  /** Keys that are run in every slice: entries that failed once. */
  always: readonly string[];
}

export const EVERYTHING: Selection = { filter: "", slice: "", share: 1, always: [] };

export function entryKey(file: string, fork: string, ordinal: number): string {
  return `${file}#${fork}#${ordinal}`;
}

/** True where the filter lets this file (`suite/archive/path`) through. */
export function selectsFile(selection: Selection, file: string): boolean {
  const [path = ""] = selection.filter.split("::");
  return file.includes(path);
}

/** True where the filter lets this test through, given that its file passed. */
export function selectsTest(selection: Selection, test: string): boolean {
  const [, name = ""] = selection.filter.split("::");
  return test.includes(name);
}

/** True where the test's name narrows the selection, so that an index cannot tell how many entries there are. */
export function narrowsTests(selection: Selection): boolean {
  return selection.filter.includes("::");
}

/** True where the slice contains the entry `key`. */
export function selectsEntry(selection: Selection, key: string): boolean {
  if (selection.share >= 1 || selection.always.includes(key)) return true;
  const digest = createHash("sha256").update(`${selection.slice}\0${key}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < selection.share;
}
