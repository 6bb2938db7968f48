#!/usr/bin/env node
// Starts the command: the built one where it is installed; in a checkout, the sources under the pinned Node.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const source = new URL("../src/main.ts", import.meta.url);

function pinnedNode() {
  try {
    return createRequire(import.meta.url).resolve("node/bin/node");
  } catch {
    return process.execPath;
  }
}

if (existsSync(source)) {
  // The child gets the terminal's signals itself; this process only waits for it.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
  const args = ["--conditions=@heddle/source", fileURLToPath(source), ...process.argv.slice(2)];
  const { status, signal } = spawnSync(pinnedNode(), args, { stdio: "inherit" });
  process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1);
} else {
  await import(new URL("../dist/main.js", import.meta.url).href);
}
