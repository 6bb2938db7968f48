// State root over a million accounts: building the trie, then blocks that change many or few of them.
//   node --conditions=source bench/src/kernel/trie.ts [accounts]

import { cpus } from "node:os";
import { loadRoom } from "../../../packages/kernel/test/support/room.ts";

const total = Number(process.argv[2] ?? 1_000_000);
const room = loadRoom("trie");
const call = (name: string, ...values: (number | bigint)[]): number => {
  const result = room.exports[name](...values);
  return typeof result === "number" ? result >>> 0 : Number(result);
};
const size = (name: string): number => room.exports[name].value;

call("setWorkerId", 0);
call("begin", 4n * 2n ** 30n - 65536n);
call("initialiseKeccak");
call("initialiseTrie");
call("beginArena");

const chunk = 262144;
const records = call("allocateChunks", Math.ceil((total * size("ACCOUNT_RECORD")) / chunk), 3);
call("placeAccounts", records, 0n, total);
let nonce = 0n;

/** Changes `count` accounts and commits; returns microseconds of CPU for an account: root, then commit. */
function block(count: number): [root: number, commit: number] {
  const list = call("arenaAllocate", count * size("ACCOUNT_CHANGE"));
  call("placeAccountChanges", list, records, total, count, ++nonce);
  const out = call("arenaAllocate", 32);
  const before = process.cpuUsage();
  if (call("stateRootSequential", list, count, out) !== 1) throw new Error("a node is missing");
  const root = process.cpuUsage(before);
  const between = process.cpuUsage();
  call("stateRootCommit");
  const commit = process.cpuUsage(between);
  call("resetBlockChunks");
  call("beginArena");
  return [(root.user + root.system) / count, (commit.user + commit.system) / count];
}

console.log(
  `state root, ${total.toLocaleString("en")} accounts, one worker, ${cpus()[0]?.model}, Node ${process.version}`,
);
const [build] = block(total);
const bytes = call("cacheBytes");
console.log(
  `build from nothing: ${build.toFixed(2)} us an account with hashing of the addresses, ` +
    `${((build * total) / 1e6).toFixed(2)} s; ${(bytes / total).toFixed(0)} bytes an account`,
);
const baseline = block(Math.floor(total / 5))[0];
for (const [changed, rounds] of [
  [Math.floor(total / 5), 4],
  [Math.floor(total / 50), 12],
  [Math.floor(total / 1000), 60],
] as const) {
  const samples = Array.from({ length: rounds }, () => block(changed));
  const median = (index: 0 | 1) =>
    samples.map((sample) => sample[index]).toSorted((a, b) => a - b)[rounds >> 1]!;
  console.log(
    `${changed.toLocaleString("en").padStart(9)} changed: root ${median(0).toFixed(2)} us an account, ` +
      `commit ${median(1).toFixed(2)} us (median of ${rounds}; root is ${(median(0) / baseline).toFixed(2)}x that of the first block)`,
  );
}
