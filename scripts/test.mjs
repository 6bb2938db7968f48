// All tests of the repository, or those whose path contains one of the words given:
// `npm test`, `npm test -- trie pool`.

import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const options = process.argv.slice(2).filter((word) => word.startsWith("--"));
const files = globSync("{packages,apps}/*/test/**/*.test.ts", { cwd: root })
  .concat(globSync("{conformance,bench,fuzz,clients}/test/**/*.test.ts", { cwd: root }))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`No test file's path contains ${words.join(" or ")}.`);
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  ["--conditions=@heddle/source", "--test", "--test-concurrency=2", ...options, ...files],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
