import assert from "node:assert/strict";
import { test } from "node:test";
import { killAgainAndAgain } from "./kill/kills.ts";

// 200 kills: `npm run verify -- chain --only kill-200`.
test("a process that is killed under load loses nothing that it had acknowledged", {
  timeout: 300_000,
}, async () => {
  const { kills } = await killAgainAndAgain(8, 42, () => undefined);
  assert.equal(kills, 8);
});
