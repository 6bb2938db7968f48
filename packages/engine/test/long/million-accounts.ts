// A block of 30,000 transfers over 1,000,000 accounts within 2 GiB in all. `npm run verify -- engine`

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { testSeed } from "../support/random.ts";

const ACCOUNTS = 1_000_000;
const TRANSFERS = 30_000;
const LIMIT = 2 ** 31;
const MIB = 2 ** 20;

test(`${TRANSFERS} transfers over ${ACCOUNTS} accounts take less than 2 GiB and have the sequential roots`, () => {
  const seed = testSeed(3);
  console.log(`seed ${seed} (HEDDLE_SEED)`);
  const script = fileURLToPath(new URL("../support/million.ts", import.meta.url));
  // A process of its own: all its memory is the engine's and what a caller needs to give it a genesis and a block.
  const args = ["--conditions=@heddle/source", script, String(ACCOUNTS), String(TRANSFERS), String(seed)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const found = JSON.parse(stdout);
  assert.deepEqual(found.parallel, found.sequential);
  assert.match(found.parallel.state, /^0x[0-9a-f]{64}$/);
  assert.equal(found.failed, 0);
  assert.equal(found.transactions, TRANSFERS);
  const { maxRss, cacheBytes, milliseconds } = found;
  console.log(
    `${(maxRss / MIB).toFixed(0)} MiB at most for the whole process, ${(cacheBytes / MIB).toFixed(0)} of them ` +
      `the state in the kernel; ms: ${JSON.stringify(milliseconds)}`,
  );
  assert.ok(maxRss < LIMIT, `${maxRss} bytes`);
});
