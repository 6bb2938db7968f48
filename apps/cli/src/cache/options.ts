// The commands under `heddle cache`.

import { type Command, InvalidArgumentError } from "commander";
import type { CacheOptions, CleanOptions } from "./command.ts";

function whole(text: string): bigint {
  if (!/^(0x[0-9a-fA-F]{1,16}|[0-9]{1,19})$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number.");
  }
  return BigInt(text);
}

/** Adds them; `done` gets the exit code. */
export function addCacheCommand(program: Command, done: (code: number) => void): void {
  const cache = program.command("cache").description("what was read of remote chains and is kept");
  const folder = ["--cache-path <folder>", "where it is kept (the user's cache folder)"] as const;
  cache
    .command("ls")
    .description("show it, by chain and block")
    .option(...folder)
    .option("--json", "as JSON")
    .action(async (options: CacheOptions) => {
      const { runCacheList } = await import("./command.ts");
      done(await runCacheList(options));
    });
  cache
    .command("clean")
    .description("remove it: all, or what is of a chain or a block")
    .option("--chain-id <id>", "of the chain", whole)
    .option("--block <n>", "of the block", whole)
    .option(...folder)
    .option("--json", "as JSON")
    .action(async (options: CleanOptions) => {
      const { runCacheClean } = await import("./command.ts");
      done(await runCacheClean(options));
    });
}
