// A process with a chain in a store that makes blocks and takes them back until it is killed. It says what it is about to do,
// and what is done when that is durable.

import { writeSync } from "node:fs";
import { openStore } from "../../src/index.ts";
import { sequence, TestChain } from "./chain.ts";

const [directory, seed] = process.argv.slice(2);
const random = sequence(Number(seed));
const store = await openStore({
  directory: directory!,
  checkpointDistance: 2,
  checkpointEvery: 2,
  segmentBytes: 20_000,
  onCheckpointError: (error) => {
    throw error;
  },
});
const open = store.checkpoint === undefined ? TestChain.begin : TestChain.resume;
const chain = await open(store, Number(seed));
const say = (...words: unknown[]) => writeSync(1, `${words.join(" ")}\n`);
for (;;) {
  const { head } = store;
  if (head > 6n && random(12) === 0) {
    const number = head - BigInt(random(6));
    say("try", number, store.hash(number));
    await chain.goBack(number);
  } else {
    say("try", head + 1n, "?");
    await chain.mine();
  }
  await store.log!.durable(store.log!.end);
  say("done", store.head, store.hash(store.head));
}
