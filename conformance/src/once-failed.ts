// Keys of entries that failed once: they are run in every slice from then on.

import { readFileSync } from "node:fs";
import { FixtureError, parseJson } from "@heddle/cli";

/** Reads once-failed.json, an array of entry keys. */
export function readAlways(file: string, bytes: Uint8Array = readFileSync(file)): string[] {
  const list = parseJson(file, bytes);
  if (!Array.isArray(list) || !list.every((key) => typeof key === "string")) {
    throw new FixtureError(file, "the file", "a JSON array of entry keys", list);
  }
  return list;
}
