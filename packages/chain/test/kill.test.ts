import assert from "node:assert/strict";
import { test } from "node:test";
import { openDevChain } from "../src/index.ts";
import { killAgainAndAgain } from "./kill/kills.ts";
import { FakeRemote } from "./support/fake-remote.ts";

// 200 kills: `npm run verify -- chain --only kill-200`.
test("a process that is killed under load loses nothing that it had acknowledged", {
  timeout: 300_000,
}, async () => {
  const { kills } = await killAgainAndAgain(8, 42, () => undefined);
  assert.equal(kills, 8);
});

test("nor does one whose chain goes on from a remote one's block", { timeout: 300_000 }, async () => {
  const chain = await openDevChain({ workers: 0, memoryLimit: 2 ** 27, chainId: 4242 });
  await chain.mineMany(4);
  const remote = await FakeRemote.start(chain);
  try {
    assert.equal((await killAgainAndAgain(5, 43, () => undefined, remote.url)).kills, 5);
  } finally {
    await remote.close();
    await chain.close();
  }
});
