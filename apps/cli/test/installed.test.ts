import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const TRY = fileURLToPath(new URL("../../../scripts/packages/try.mjs", import.meta.url));

test("the packed packages install into an empty folder; example, README and command run there", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [TRY], { timeout: 300_000 });
  assert.match(stdout, /example, README, heddle; heddle dev answered after \d+ ms\n$/);
});
