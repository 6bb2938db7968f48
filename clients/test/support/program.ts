// Programs of the tools, as npm installed them.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** What a program that ended left. */
export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** The native program of `@foundry-rs/NAME`; the package's own script would be a process in between. */
export function foundryProgram(name: "cast" | "forge"): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const own = createRequire(require.resolve(`@foundry-rs/${name}/package.json`));
  const platform = own.resolve(`@foundry-rs/${name}-${process.platform}-${architecture}/package.json`);
  return join(dirname(platform), "bin", process.platform === "win32" ? `${name}.exe` : name);
}

/** The folder of the Forge project, and the environment in which it finds the contracts that it imports. */
export const forgeProject = {
  cwd: fileURLToPath(new URL("../../forge", import.meta.url)),
  env: {
    DAPP_REMAPPINGS: `@openzeppelin/contracts/=${dirname(require.resolve("@openzeppelin/contracts/package.json"))}/`,
  },
};

/** Hardhat's command, which Node runs. */
export function hardhatProgram(): string {
  return join(dirname(require.resolve("hardhat/package.json")), "dist/src/cli.js");
}

/** Runs a program to its end, or until `signal` ends it: then its code is null. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<Ran> {
  const { signal, env, cwd } = options;
  // Foundry would ask the network for the names of functions and events.
  const own = { NO_COLOR: "1", FOUNDRY_OFFLINE: "true" };
  const child = spawn(command, args, { cwd, env: { ...process.env, ...own, ...env } });
  signal?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  let out = "";
  let err = "";
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    err += part;
  });
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
