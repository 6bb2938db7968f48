// The door for `npm start`, `npm test` and the other commands: runs under Node 20 and later, installs and
// builds only what is missing, and goes on under the Node that the repository pins (npm package `node`).

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const pinnedNode = join(root, "node_modules", ".bin", "node");
const stamp = join(root, "node_modules", ".heddle-installed");

/**
 * What is measured is what a process that runs for hours does: V8 first compiles WebAssembly badly and quickly (Liftoff), then
 * again in the background, which on two cores is half of the first seconds. Without the first tier there is only the second.
 */
const measured = ["--no-liftoff", "--conditions=@heddle/source"];

const heddle = ["--conditions=@heddle/source", "apps/cli/src/main.ts"];

/** What runs before a command. */
const before = { start: [...measured, "bench/src/main.ts", "showcase"] };

/** Arguments for the pinned Node, by command. What follows on the command line is appended. */
const commands = {
  start: [...heddle, "dev"],
  test: ["scripts/test.mjs"],
  bench: [...measured, "bench/src/main.ts"],
  conformance: ["--conditions=@heddle/source", "conformance/src/main.ts"],
  verify: ["scripts/verify.mjs"],
  fuzz: ["--conditions=@heddle/source", "fuzz/src/main.ts"],
  heddle,
  build: ["scripts/build.mjs"],
  pack: ["scripts/pack.mjs"],
};

function fail(message) {
  console.error(`heddle: ${message}`);
  process.exit(1);
}

function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs to its end what may run for long: signals that reach this process alone are passed on. */
function stay(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit" });
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => child.kill(name));
  child.on("error", (error) => fail(`${command} could not be started: ${error.message}`));
  child.on("close", (status, signal) => {
    for (const name of ["SIGINT", "SIGTERM"]) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = status;
  });
}

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) fail(`Node ${process.versions.node} is too old: 20 or later is needed to begin.`);

const [name, ...rest] = process.argv.slice(2);
const args = commands[name];
if (!args) fail(`unknown command ${name ?? "(none)"}: one of ${Object.keys(commands).join(", ")}.`);

// The lock file's hash tells whether what is installed is what it describes.
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
if (!existsSync(pinnedNode) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error("Installing packages …");
  // Not `npm ci`: it refuses a lock file without the optional packages of every other platform, and registries
  // exist that do not have them all. With --no-save what is installed is what the lock file says all the same.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (!existsSync(pinnedNode)) {
    fail("npm did not install the pinned Node (is `ignore-scripts` set in your npm configuration?)");
  }
  // An older Node skips optional packages that ask for a newer one (native code of the revm that `fuzz` compares
  // with): the pinned Node brings them.
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)) {
    run(pinnedNode, [npm, "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  writeFileSync(stamp, wanted);
}
run(pinnedNode, ["packages/kernel/scripts/build.mjs"]);
if (before[name] !== undefined) run(pinnedNode, before[name]);
stay(pinnedNode, [...args, ...rest]);
