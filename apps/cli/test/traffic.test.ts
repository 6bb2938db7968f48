import assert from "node:assert/strict";
import { test } from "node:test";
import { runTraffic } from "./traffic/traffic.ts";

// Ten minutes with 200 subscribers: `npm run verify -- chain --only traffic`.
test("subscribers miss nothing and hear nothing twice while blocks come, are taken back and made again", {
  timeout: 120_000,
}, async () => {
  const report = await runTraffic({ seconds: 8, subscribers: 20, seed: 7, tell: () => undefined });
  assert.ok(report.steps > 0 && report.notifications > 0);
});
