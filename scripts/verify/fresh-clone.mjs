// Clones the repository's HEAD into a temporary folder and runs `npm test` and `npm start` there as a newcomer
// would: with the machine's own Node and an empty npm cache.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = mkdtempSync(join(tmpdir(), "heddle-clone-"));
// The pinned Node of this checkout must not be found first.
const path = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((entry) => !entry.includes("node_modules"))
  .join(delimiter);
const environment = { ...process.env, PATH: path, npm_config_cache: join(folder, "npm-cache"), CI: "true" };
for (const key of Object.keys(environment)) {
  if (key.startsWith("npm_") && key !== "npm_config_cache") delete environment[key];
}

let failed = 0;
try {
  execFileSync("git", ["clone", "--quiet", root, join(folder, "heddle")]);
  console.log(`Node ${execFileSync("node", ["--version"], { env: environment, encoding: "utf8" }).trim()}`);
  for (const command of ["test", "start"]) {
    const begun = performance.now();
    const { status } = spawnSync("npm", [command], {
      cwd: join(folder, "heddle"),
      env: environment,
      stdio: ["ignore", "inherit", "inherit"],
      timeout: 15 * 60_000,
    });
    const seconds = Math.round((performance.now() - begun) / 1000);
    const tooLong = command === "test" && seconds > 600;
    if (status !== 0 || tooLong) failed++;
    console.log(`npm ${command}: exit code ${status}, ${seconds} s${tooLong ? " (limit: 600 s)" : ""}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
