#!/usr/bin/env node
// Starts the command: the built one where it is installed; in a checkout, the sources under the pinned Node.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire, enableCompileCache } from "node:module";
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
  const args = ["--conditions=@heddle/source", fileURLToPath(source), ...process.argv.slice(2)];
  const child = spawn(pinnedNode(), args, { stdio: "inherit" });
  // A terminal tells the child itself; of what is sent to this process alone the child must be told.
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => child.kill(name));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
} else {
  // What V8 compiled is kept for the next start, in the system's folder for such.
  enableCompileCache?.();
  await import(new URL("../dist/main.js", import.meta.url).href);
}
