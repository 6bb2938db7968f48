#!/usr/bin/env node
// The heddle command.

import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { addDevOptions, type DevOptions, withoutAliases } from "./dev/options.ts";
import type { ReplayOptions } from "./replay/command.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return value;
}

/** Errors that are told in one line: they are about what was given, not about us. */
const PLAIN_ERRORS = new Set(["OptionError", "ArchiveError", "FixtureError"]);

/** Exit codes: 0 good, 1 a block came out differently, 2 the input or the command line is wrong. */
async function main(args: readonly string[]): Promise<number> {
  const program = new Command("heddle")
    .description("A local Ethereum chain, and real blocks run again: transactions are executed in parallel")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(heddle --help shows what there is)");
  let code = 0;
  addDevOptions(program.command("dev").description("run a local chain for development"))
    .addHelpText("after", "\nEvery option, and who comes from Anvil, Hardhat or Ganache: docs/dev.md")
    .action(async (options: DevOptions) => {
      // Each command loads what it needs when it is asked for: a node answers sooner.
      const { runDev } = await import("./dev/command.ts");
      code = await runDev(options, version);
    });
  program
    .command("replay")
    .description("run recorded blocks and compare the outcome with the chain's own")
    .argument("<input...>", "block files (JSON), folders of them, or .tar.xz archives")
    .option("--workers <n>", "worker threads of the engine", positive)
    .option("--sequential", "run the transactions one after another only")
    .option("--runs <n>", "how often each block is run in each mode; times are medians", positive, 1)
    .option("--json", "one line of JSON a block and one for the totals")
    .addHelpText("after", "\nExample:\n  heddle replay mainnet-blocks.tar.xz --workers 2")
    .action(async (inputs: string[], options: ReplayOptions) => {
      const { runReplay } = await import("./replay/command.ts");
      code = await runReplay(inputs, options);
    });
  try {
    await program.parseAsync(args[0] === "dev" ? withoutAliases(args) : [...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Error && PLAIN_ERRORS.has(error.name)) {
      process.stderr.write(`heddle: ${error.message}\n`);
      return 2;
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
