// Directories for chains that survive, gone when the tests are.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const made: string[] = [];
after(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "heddle-chain-"));
  made.push(path);
  return path;
}
