// Files that are a JSON array of vectors.

import { Fields, parseJson } from "@heddle/cli";
import type { Case } from "./outcome.ts";

export function vectorsOf(path: string, bytes: Uint8Array): Fields[] {
  return new Fields(path, "", { vectors: parseJson(path, bytes) }).objects("vectors");
}

/** A case that stands for a whole file which skips.json leaves out, so that the sums still hold. */
export function* outOfScope(path: string): Generator<Case> {
  yield { fork: "any", test: path, run: () => [{ field: "file", ours: "no runner for it", theirs: path }] };
}
