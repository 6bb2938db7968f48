// `node packages/chain/test/kill/main.ts [--kills 200] [--seed N] [--json]`: kills a process under load and checks what it leaves.

import { parseArgs } from "node:util";
import { killAgainAndAgain } from "./kills.ts";

const { values } = parseArgs({
  options: { kills: { type: "string" }, seed: { type: "string" }, json: { type: "boolean" } },
});
const kills = Number(values.kills ?? 200);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
console.log(`seed ${seed}`);
const report = await killAgainAndAgain(kills, seed, (line) => console.error(line));
console.log(JSON.stringify({ seed, ...report }, undefined, values.json ? 0 : 2));
