// Runs the acceptance lines of one issue: `npm run verify -- engine`. Writes build/verify/NAME.json with the
// commit, every line's result, duration and figures (a program's last line, where that is JSON, or the file that it
// writes). Lines that passed at this commit are not run again (--fresh: all of them; --only TEXT,…: lines whose name
// contains one of these; --list: what there is).

import { execFileSync, spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fresh: { type: "boolean" }, only: { type: "string" }, list: { type: "boolean" } },
});
const name = positionals[0] ?? "";
const definitions = globSync(join(root, "scripts", "verify", "*.lines.mjs"));
const definition = definitions.find((file) => basename(file, ".lines.mjs") === name);
if (definition === undefined) {
  const names = definitions.map((file) => basename(file, ".lines.mjs")).sort();
  console.error(`usage: npm run verify -- ${names.join("|")} [--only TEXT,…] [--fresh] [--list]`);
  process.exit(2);
}
const { lines } = await import(definition);
if (values.list) {
  for (const line of lines) console.log(`${line.name.padEnd(46)} ${line.says}`);
  process.exit(0);
}

const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
const commit = git("rev-parse", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+changes");
const folder = join(root, "build", "verify");
const file = join(folder, `${name}.json`);
mkdirSync(folder, { recursive: true });

let result = { issue: name, commit, machine: {}, lines: {} };
if (existsSync(file) && !values.fresh) {
  const earlier = JSON.parse(readFileSync(file, "utf8"));
  // With uncommitted changes nobody can say what an earlier run tested.
  if (earlier.commit === commit && !commit.endsWith("+changes")) result = earlier;
}
result.machine = { cores: availableParallelism(), cpu: cpus()[0]?.model, node: process.version };

let current;
const stop = (signal) => {
  current?.kill(signal);
  console.error("\nStopped; what passed so far is kept.");
  process.exit(130);
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

function run(command) {
  return new Promise((done) => {
    const [program, ...args] = command;
    current = spawn(program === "node" ? process.execPath : program, args, { cwd: root });
    let output = "";
    const collect = (chunk) => {
      process.stderr.write(chunk);
      output = (output + chunk).slice(-4_000_000);
    };
    current.stdout.on("data", collect);
    current.stderr.on("data", collect);
    current.on("error", (error) => done({ status: 127, output: error.message }));
    current.on("close", (status) => done({ status, output }));
  });
}

/** What a program wrote into the file that its line names, or says in a last line of JSON. */
function figuresOf(line, output) {
  try {
    const figures = JSON.parse(
      line.figuresIn === undefined
        ? output.trim().split("\n").at(-1)
        : readFileSync(join(root, line.figuresIn), "utf8"),
    );
    return typeof figures === "object" && figures !== null ? figures : undefined;
  } catch {
    return undefined;
  }
}

const wanted = values.only?.split(",") ?? [""];
let failed = 0;
let passed = 0;
for (const line of lines) {
  if (!wanted.some((text) => line.name.includes(text))) continue;
  if (result.lines[line.name]?.passed) {
    console.log(`= ${line.name}: passed before at this commit`);
    passed++;
    continue;
  }
  console.log(`> ${line.name}: ${line.says}\n  ${line.command.join(" ")}`);
  const begun = performance.now();
  const { status, output } = await run(line.command);
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  const figures = figuresOf(line, output);
  const problem = status === 0 ? line.problem?.(figures) : `exit code ${status}`;
  const ok = problem === undefined;
  ok ? passed++ : failed++;
  const tail = output.trim().split("\n").slice(-40).join("\n").slice(-8000);
  const command = line.command.join(" ");
  result.lines[line.name] = {
    says: line.says,
    command,
    passed: ok,
    seconds,
    problem,
    figures,
    tail,
  };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`${ok ? "+" : "!"} ${line.name}: ${ok ? "passed" : `FAILED (${problem})`} in ${seconds} s`);
}
console.log(`Results in ${file.slice(root.length + 1)}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
