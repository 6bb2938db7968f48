// Recorded test suites on Heddle, Hardhat's node and Anvil, one after the other in one run: what each took. The last line is JSON.
// Fails where Heddle does not answer as recorded; what others answer otherwise is theirs.

import { spawnSync } from "node:child_process";

const PEERS = ["heddle", "hardhat", "anvil"];
const args = ["--conditions=@heddle/source", "conformance/src/main.ts", "rpc-scenarios", "--json"];

const walls = {};
const scenarios = {};
let isRight = true;
for (const peer of PEERS) {
  const { status, stdout } = spawnSync(process.execPath, [...args, "--peer", peer, "--failures", "1"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
  });
  process.stdout.write(stdout);
  if (peer === "heddle" && status !== 0) isRight = false;
  const report = JSON.parse(stdout.trim().split("\n").at(-1));
  walls[peer] = Math.round(report.scenarios.reduce((sum, { wall }) => sum + wall, 0));
  for (const { name, wall } of report.scenarios) {
    scenarios[name] ??= {};
    scenarios[name][peer] = Math.round(wall);
  }
}
console.log(JSON.stringify({ walls, scenarios }));
process.exit(isRight ? 0 : 1);
