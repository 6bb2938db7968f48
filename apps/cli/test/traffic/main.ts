// `node apps/cli/test/traffic/main.ts [--minutes 10] [--subscribers 200] [--seed N] [--json]`: mixed traffic on heddle dev.

import { parseArgs } from "node:util";
import { runTraffic } from "./traffic.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    subscribers: { type: "string" },
    seed: { type: "string" },
    json: { type: "boolean" },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
console.log(`seed ${seed}`);
const report = await runTraffic({
  seconds: Number(values.minutes ?? 10) * 60,
  subscribers: Number(values.subscribers ?? 200),
  seed,
  tell: (line) => console.error(line),
});
console.log(JSON.stringify({ seed, ...report }, undefined, values.json ? 0 : 2));
process.exit();
