// State root over a million accounts, and over the million slots of one token: building the trie, then blocks
// that change many or few of them, on one worker and on two threads.
//   node --conditions=@heddle/source bench/src/kernel/trie.ts [accounts]

import { cpus } from "node:os";
import { Worker } from "node:worker_threads";
import { TrieWorker } from "../../../packages/kernel/test/support/trie.ts";
import { BEGIN_ARENA, Signal } from "../../../packages/kernel/test/support/trie-thread.ts";

const THREADS = 2;
const CHUNK = 262144;
const total = Number(process.argv[2] ?? 1_000_000);

const main = new TrieWorker();
main.call("begin", 4n * 2n ** 30n - 65536n);
const size = (name: string): number => main.room.exports[name].value;
const accounts = main.call("allocateChunks", Math.ceil((total * size("ACCOUNT_RECORD")) / CHUNK), 3);
main.call("placeAccounts", accounts, 0n, total);
const slots = main.call("allocateChunks", Math.ceil((total * size("SLOT_RECORD")) / CHUNK), 4);
main.call("placeSlots", slots, accounts, total);

const signals = new Int32Array(new SharedArrayBuffer(64));
const threads = Array.from(
  { length: THREADS },
  (_, index) =>
    new Worker(new URL("../../../packages/kernel/test/support/trie-thread.ts", import.meta.url), {
      workerData: { id: index + 1, memory: main.room.memory, signals, round: 0 },
    }),
);

async function round(phase: number, tasks: number): Promise<void> {
  Atomics.store(signals, Signal.Phase, phase);
  Atomics.store(signals, Signal.Next, 0);
  Atomics.store(signals, Signal.Count, tasks);
  Atomics.store(signals, Signal.Done, 0);
  Atomics.add(signals, Signal.Round, 1);
  Atomics.notify(signals, Signal.Round);
  for (let done = 0; done < THREADS; done = Atomics.load(signals, Signal.Done)) {
    await Atomics.waitAsync(signals, Signal.Done, done).value;
  }
}

let value = 0n;

/** A change list of `count` locations in the block arena: accounts, or slots of the first account. */
function changeList(kind: "accounts" | "slots", count: number): [list: number, length: number] {
  value++;
  if (kind === "accounts") {
    const list = main.allocate(count * size("ACCOUNT_CHANGE"));
    main.call("placeAccountChanges", list, accounts, total, count, value);
    return [list, count];
  }
  const changed = main.allocate(count * size("SLOT_CHANGE"));
  main.call("placeSlotChanges", changed, slots, total, count, value);
  const list = main.allocate(size("ACCOUNT_CHANGE"));
  main.call("placeAccountChange", list, accounts, 0, value, 1n, 1, changed, count);
  return [list, 1];
}

interface Times {
  root: number;
  commit: number;
}

/** One block; microseconds of wall clock for each changed location. */
async function block(kind: "accounts" | "slots", count: number, threaded: boolean): Promise<Times> {
  const [list, length] = changeList(kind, count);
  const start = performance.now();
  if (threaded) {
    main.call("stateRootBegin", list, length);
    for (let phase = 0; phase < 4; phase++) await round(phase, main.call("stateRootTasks", phase));
  } else {
    main.call("stateRootSequential", list, length, main.allocate(32));
  }
  const rooted = performance.now();
  main.call("stateRootCommit");
  const committed = performance.now();
  main.endBlock();
  await round(BEGIN_ARENA, 0);
  return { root: ((rooted - start) * 1000) / count, commit: ((committed - rooted) * 1000) / count };
}

function median(samples: readonly Times[], part: keyof Times): number {
  return samples.map((sample) => sample[part]).toSorted((a, b) => a - b)[samples.length >> 1]!;
}

console.log(
  `${total.toLocaleString("en")} accounts or slots; wall clock; ${cpus()[0]?.model}, Node ${process.version}`,
);
const builds = [await block("accounts", total, false), await block("slots", total, false)];
const rows = [];
for (const kind of ["accounts", "slots"] as const) {
  for (const [share, rounds] of [
    [5, 4],
    [50, 12],
    [1000, 60],
  ] as const) {
    const count = Math.floor(total / share);
    const alone: Times[] = [];
    const together: Times[] = [];
    // By turns, so that noise of the machine meets both.
    for (let i = 0; i < rounds; i++) {
      alone.push(await block(kind, count, false));
      together.push(await block(kind, count, true));
    }
    rows.push({
      "us for each changed": `${count.toLocaleString("en")} ${kind}`,
      rounds,
      "one worker": median(alone, "root").toFixed(2),
      "two threads": median(together, "root").toFixed(2),
      ratio: (median(alone, "root") / median(together, "root")).toFixed(2),
      commit: median(alone, "commit").toFixed(2),
    });
  }
}
console.table(rows);
console.log(
  `build from nothing, hashing of the keys included: ${builds.map(({ root }) => root.toFixed(2)).join(" us an account, ")} us a slot; ` +
    `${(main.cacheBytes() / total / 2).toFixed(0)} bytes of nodes for each`,
);
await Promise.all(threads.map((thread) => thread.terminate()));
