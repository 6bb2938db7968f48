// Contracts of our own, compiled where they are used: bench/contracts/*.sol.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HERE, "../contracts");
const BUILD = join(HERE, "../build");

const SETTINGS = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "cancun",
  outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
};

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
}

/** Creation code by contract name. */
type Codes = Record<string, `0x${string}`>;

function compile(sources: Record<string, { content: string }>): Codes {
  // Loading the compiler takes a second: only who needs it pays.
  const solc = require("solc") as { compile(input: string): string };
  const input = { language: "Solidity", sources, settings: SETTINGS };
  const { errors = [], contracts = {} } = JSON.parse(solc.compile(JSON.stringify(input))) as CompilerOutput;
  const wrong = errors.filter(({ severity }) => severity === "error");
  if (wrong.length > 0) throw new Error(wrong.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const found = Object.values(contracts).flatMap((file) => Object.entries(file));
  return Object.fromEntries(found.map(([name, { evm }]) => [name, `0x${evm.bytecode.object}`] as const));
}

let codes: Codes | undefined;

/** What the compiler made of the sources as they are now: in the build folder, named by what it depends on. */
function compiled(): Codes {
  const names = readdirSync(SOURCES)
    .filter((name) => name.endsWith(".sol"))
    .sort();
  const sources = Object.fromEntries(
    names.map((name) => [name, { content: readFileSync(join(SOURCES, name), "utf8") }]),
  );
  const { version } = require("solc/package.json") as { version: string };
  const key = createHash("sha256")
    .update(JSON.stringify([version, SETTINGS, sources]))
    .digest("hex");
  const file = join(BUILD, `contracts-${key.slice(0, 16)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Codes;
  const made = compile(sources);
  mkdirSync(BUILD, { recursive: true });
  // Renamed at the end: another process finds the whole file or none.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(made));
  renameSync(`${file}.${process.pid}`, file);
  return made;
}

/**
 * Creation code of a contract in `bench/contracts`, compiled when its source has changed.
 * @throws Error with the compiler's words where a source is wrong, and where no contract has the name
 */
export function ownContract(name: string): `0x${string}` {
  codes ??= compiled();
  const code = codes[name];
  if (code === undefined) throw new Error(`bench/contracts has no contract ${name}`);
  return code;
}
