// Clones the repository's HEAD into a temporary folder and runs `npm test` and `npm start` there as a newcomer
// would: with the machine's own Node and an empty npm cache. `npm start` leaves a node running: it is asked for its chain id,
// and told to stop.

import { execFileSync, spawn, spawnSync } from "node:child_process";
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

const clone = join(folder, "heddle");
const LIMIT = 15 * 60_000;

/** Runs `npm test`; its exit code. */
function runTests() {
  const stdio = ["ignore", "inherit", "inherit"];
  return spawnSync("npm", ["test"], { cwd: clone, env: environment, stdio, timeout: LIMIT }).status;
}

async function chainId(url) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" }),
  });
  return (await answer.json()).result;
}

/** Runs `npm start` until its node listens, asks it, and stops it as Ctrl-C would; its exit code, or what went wrong. */
async function runStart() {
  // A group of processes of its own: a terminal tells all of them to stop, and so do we.
  const child = spawn("npm", ["start", "--", "--port", "0"], {
    cwd: clone,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once("close", (status, signal) => resolve(status ?? signal)));
  const timer = setTimeout(() => process.kill(-child.pid, "SIGKILL"), LIMIT);
  let output = "";
  const listening = new Promise((resolve) => {
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
      const address = /^Listening on (\S+)$/m.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const address = await Promise.race([listening, ended.then(() => undefined)]);
  let id;
  if (address !== undefined) {
    id = await chainId(`http://${address}`).catch(String);
    process.kill(-child.pid, "SIGINT");
  }
  const status = await ended;
  clearTimeout(timer);
  // npm itself ends by the signal that it passed on.
  const isGood = id === "0x7a69" && /^stopping$/m.test(output) && (status === 0 || status === "SIGINT");
  return isGood ? 0 : `${status}, chain id ${id}`;
}

let failed = 0;
try {
  execFileSync("git", ["clone", "--quiet", root, clone]);
  console.log(`Node ${execFileSync("node", ["--version"], { env: environment, encoding: "utf8" }).trim()}`);
  for (const [command, run] of Object.entries({ test: runTests, start: runStart })) {
    const begun = performance.now();
    const status = await run();
    const seconds = Math.round((performance.now() - begun) / 1000);
    const tooLong = command === "test" && seconds > 600;
    if (status !== 0 || tooLong) failed++;
    console.log(`npm ${command}: exit code ${status}, ${seconds} s${tooLong ? " (limit: 600 s)" : ""}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
