// Folders that are gone when the test file has run.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A new empty folder. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "heddle-store-"));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
