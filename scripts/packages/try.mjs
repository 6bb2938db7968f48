// Packs the public packages, installs them into an empty folder outside of the repository and does there what a newcomer
// would: compiles and runs examples/embed and the examples of the engine's README, starts the `heddle` command, asks `heddle dev`.
//   node scripts/packages/try.mjs                  under the Node that runs this
//   node scripts/packages/try.mjs --node 22,24,26  under each of these, as the npm package `node` brings them

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { plainEnvironment, run } from "./npm.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { values } = parseArgs({ options: { node: { type: "string" } } });
const folder = mkdtempSync(join(tmpdir(), "heddle-packages-"));
const project = join(folder, "project");
const production = join(folder, "production");

const begun = performance.now();
const say = (text) =>
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const install = (cwd, ...args) =>
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...args], {
    cwd,
  });

/** Writes the README's examples beside the project's own sources; gives the names of the compiled files. */
function writeReadmeExamples() {
  const readme = readFileSync(join(project, "node_modules/@heddle/engine/README.md"), "utf8");
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.ok(examples.length >= 5, "the engine's README has examples");
  return examples.map((code, i) => {
    writeFileSync(join(project, "src", `readme-${i + 1}.ts`), code);
    return { name: `readme-${i + 1}.js`, code };
  });
}

/** What the example's README says that it prints. */
function promised() {
  const readme = readFileSync(join(root, "examples", "embed", "README.md"), "utf8");
  return /^```text\n(.*?)^```$/ms.exec(readme)[1];
}

/** Executables by what they are called: the npm package `node` of each version, or the running one. */
function nodes() {
  if (values.node === undefined) return [["Node of this run", process.execPath]];
  return values.node.split(",").map((version) => {
    const home = join(folder, `node-${version}`);
    mkdirSync(home);
    writeFileSync(join(home, "package.json"), '{ "private": true }\n');
    install(home, `node@${version}`);
    return [`Node ${version}`, join(home, "node_modules", "node", "bin", "node")];
  });
}

/** A block file of two transfers, which `heddle replay` takes. */
async function tinyBlock() {
  const { tinyBlock } = await import("../../apps/cli/test/support/tiny-block.ts");
  return JSON.stringify(tinyBlock());
}

/** Starts a local chain, asks it something, and stops it. */
async function tryDev(env) {
  const begun = performance.now();
  const child = spawn("heddle", ["dev", "--port", "0"], { cwd: production, env });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  try {
    let address;
    while (address === undefined) {
      assert.equal(child.exitCode, null, output);
      assert.ok(performance.now() - begun < 60_000, output);
      await new Promise((resolve) => setTimeout(resolve, 10));
      address = /^Listening on (\S+)$/m.exec(output)?.[1];
    }
    const answer = await fetch(`http://${address}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" }),
    });
    assert.equal((await answer.json()).result, "0x7a69");
    const took = Math.round(performance.now() - begun);
    child.kill("SIGTERM");
    assert.equal(await ended, 0, output);
    return took;
  } finally {
    child.kill("SIGKILL");
  }
}

async function tryWith(node, readmeExamples) {
  const env = plainEnvironment(node);
  const ran = (cwd, ...args) => run(node, args, { cwd, env });
  for (const cwd of [project, production]) assert.equal(ran(cwd, "dist/main.js"), promised());
  for (const { name, code } of readmeExamples) {
    const lines = ran(production, `dist/${name}`).split("\n");
    assert.ok(lines.length > 1, `${name} prints something`);
    for (const [, wanted] of code.matchAll(/console\.log\([^\n]*\); \/\/ (.*)$/gm)) {
      assert.ok(lines.includes(wanted), `${name} prints ${wanted}`);
    }
  }
  const path = [join(production, "node_modules", ".bin"), env.PATH].join(delimiter);
  const heddle = (...args) => run("heddle", args, { cwd: production, env: { ...env, PATH: path } });
  const { version } = JSON.parse(readFileSync(join(root, "apps", "cli", "package.json"), "utf8"));
  assert.equal(heddle("--version").trim(), version);
  assert.equal(run("npx", ["--no-install", "heddle", "--version"], { cwd: production, env }).trim(), version);
  assert.match(heddle("--help"), /replay/);
  assert.match(heddle("replay", "block.json", "--workers", "2"), /18000001 +Shanghai +2 .*✓/);
  return tryDev({ ...env, PATH: path });
}

try {
  const packages = join(folder, "packages");
  run(process.execPath, [join(root, "scripts", "pack.mjs"), "--out", packages], { cwd: root });
  const tarballs = readdirSync(packages).map((name) => join(packages, name));
  say(`packed ${tarballs.length} packages`);

  cpSync(join(root, "examples", "embed"), project, { recursive: true });
  install(project, ...tarballs);
  const readmeExamples = writeReadmeExamples();
  const tsc = join(project, "node_modules", ".bin", "tsc");
  run(tsc, [], { cwd: project });
  run(tsc, ["--noEmit", "--module", "esnext", "--moduleResolution", "bundler"], { cwd: project });
  say("example and README compile against the packed types, nodenext and bundler, skipLibCheck off");

  // What runs in earnest: no dev dependency, no install script.
  mkdirSync(production);
  cpSync(join(project, "dist"), join(production, "dist"), { recursive: true });
  cpSync(join(root, "examples", "embed", "package.json"), join(production, "package.json"));
  install(production, "--omit=dev", "--ignore-scripts", ...tarballs);
  writeFileSync(join(production, "block.json"), await tinyBlock());
  say("installed without dev dependencies and install scripts");

  for (const [name, node] of nodes()) {
    const took = await tryWith(node, readmeExamples);
    const version = run(node, ["--version"], { cwd: folder }).trim();
    say(`${name} (${version}): example, README, heddle; heddle dev answered after ${took} ms`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
