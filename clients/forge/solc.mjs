#!/usr/bin/env node
// The compiler of the npm package `solc`, which Forge calls as it would the native one: Forge would download that.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");
if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else {
  // --standard-json: all sources are in it.
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
}
