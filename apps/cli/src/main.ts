#!/usr/bin/env node
// The heddle command.

import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { addCacheCommand } from "./cache/options.ts";
import type { DbOptions, PruneOptions } from "./db/command.ts";
import { addDevOptions, type DevOptions, host, port } from "./dev/options.ts";
import { knownNames } from "./dev/other-names.ts";
import type { DoctorOptions } from "./doctor/command.ts";
import { CommandError } from "./errors.ts";
import type { ReplayOptions } from "./replay/command.ts";
import { addNodeOptions, checkReplayed } from "./replay/options.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return value;
}

/** Errors of recordings and nodes, by name: their code is loaded only where one is read. */
const INPUT_ERRORS = new Set(["ArchiveError", "FixtureError", "RemoteError"]);

function whole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("It must be a whole number from 0 on.");
  return value;
}

/** Exit codes: 0 good, 1 a block came out differently, 2 the input or the command line is wrong. */
async function main(args: readonly string[]): Promise<number> {
  const program = new Command("heddle")
    .description("A local Ethereum chain, and real blocks run again: transactions are executed in parallel")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(heddle --help shows what there is)");
  let code = 0;
  addDevOptions(program.command("dev").description("run a local chain for development"))
    .showHelpAfterError("(heddle dev --help shows what there is)")
    .addHelpText("after", "\nEvery option, and who comes from Anvil, Hardhat or Ganache: docs/dev.md")
    .action(async (options: DevOptions) => {
      // Each command loads what it needs when it is asked for: a node answers sooner.
      const { runDev } = await import("./dev/command.ts");
      code = await runDev(options, version);
    });
  const replay = program
    .command("replay")
    .description("run recorded blocks, or those of a node, and compare the outcome with the chain's own")
    .argument("[input...]", "block files (JSON), folders of them, or .tar.xz archives")
    .option("--workers <n>", "worker threads of the engine", positive)
    .option("--sequential", "run the transactions one after another only")
    .option("--runs <n>", "how often each block is run in each mode; times are medians", positive, 1)
    .option("--json", "one line of JSON a block and one for the totals");
  addNodeOptions(replay)
    .addHelpText(
      "after",
      "\nExamples:\n  heddle replay mainnet-blocks.tar.xz --workers 2\n  heddle replay --rpc http://127.0.0.1:8545 --block 100..110",
    )
    .action(async (inputs: string[], options: ReplayOptions) => {
      checkReplayed(inputs, options.rpc);
      if (options.rpc === undefined) {
        const { runReplay } = await import("./replay/command.ts");
        code = await runReplay(inputs, options);
      } else {
        const { runRemoteReplay } = await import("./replay/remote-command.ts");
        code = await runRemoteReplay(options.rpc, options);
      }
    });
  program
    .command("doctor")
    .description("tell whether a node can run here, and what to do where it cannot")
    .option("-p, --port <n>", "the port that is to be free", port, 8545)
    .option("--host <address>", "its address", host, "127.0.0.1")
    .option("--data-dir <folder>", "where a chain is to be kept", ".")
    .option("--json", "as JSON")
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import("./doctor/command.ts");
      code = await runDoctor(options);
    });
  addCacheCommand(program, (exit) => {
    code = exit;
  });
  const db = program
    .command("db")
    .description("look after a folder that a chain is kept in (none may run on it)");
  db.command("check")
    .description("verify checksums, roots, indexes and history")
    .argument("<folder>")
    .option("--json", "as JSON")
    .action(async (folder: string, options: DbOptions) => {
      const { runCheck } = await import("./db/command.ts");
      code = await runCheck(folder, options);
    });
  db.command("prune")
    .description("remove what the newest checkpoint does not need")
    .argument("<folder>")
    .option("--keep-history <blocks>", "blocks before the checkpoint whose state stays readable (all)", whole)
    .option("--json", "as JSON")
    .action(async (folder: string, options: PruneOptions) => {
      const { runPrune } = await import("./db/command.ts");
      code = await runPrune(folder, options);
    });
  db.command("migrate")
    .description("bring the folder of an earlier version to this version's format")
    .argument("<folder>")
    .option("--json", "as JSON")
    .action(async (folder: string, options: DbOptions) => {
      const { runMigrate } = await import("./db/command.ts");
      code = await runMigrate(folder, options);
    });
  try {
    await program.parseAsync(args[0] === "dev" ? knownNames(args) : [...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isOurs = error instanceof CommandError;
    if (isOurs || (error instanceof Error && INPUT_ERRORS.has(error.name))) {
      process.stderr.write(`heddle: ${error.message}\n`);
      return isOurs ? error.exitCode : 2;
    }
    throw error;
  }
}

// Who reads the output may have seen enough (`heddle replay … | head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await main(process.argv.slice(2));
