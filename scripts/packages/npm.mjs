// Running npm as a newcomer's shell would: without what the npm that started us told us about this repository.

import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";

/** The environment outside of any npm script; `node` is the executable that comes first on the path. */
export function plainEnvironment(node = process.execPath) {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const environment = { ...process.env, PATH: [dirname(node), ...path].join(delimiter) };
  for (const key of Object.keys(environment)) {
    // The registry, the cache and its like are the machine's own; the rest is about the script that was called.
    if (/^npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)/.test(key)) {
      delete environment[key];
    }
  }
  // Set by `node --test` for its children: one of ours that is a test itself would not report as a program does.
  delete environment.NODE_TEST_CONTEXT;
  return environment;
}

/**
 * Runs a program to its end and gives what it wrote to stdout.
 * @throws Error with the command line and all that the program wrote, where it did not end well
 */
export function run(program, args, { cwd, env = plainEnvironment(), timeout = 300_000 }) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    timeout,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (error) throw error;
  if (status !== 0) {
    throw new Error(`${program} ${args.join(" ")}: ${signal ?? `exit code ${status}`}\n${stdout}${stderr}`);
  }
  return stdout;
}
