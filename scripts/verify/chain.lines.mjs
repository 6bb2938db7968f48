// The acceptance lines of "Chain: a local node that every Ethereum tool can use".

const source = "--conditions=@heddle/source";

// As `npm run bench` does (scripts/run.mjs).
const bench = ["node", "--no-liftoff", source, "bench/src/main.ts"];
const conformance = ["node", source, "conformance/src/main.ts"];

/** Test files whose path contains one of the words. */
const tests = (...words) => ["node", "scripts/test.mjs", ...words];

/** Marks of the local node beside Anvil, in one run (bench/src/node). */
const MARKS = [
  ["mine", "evm_mine of a pool of 20,000 ERC-20 transfers at least 5 times as fast as Anvil"],
  ["automine", "one transaction a block, from sending it to its receipt, no slower than Anvil"],
  ["snapshot", "snapshot and revert around a test no slower than Anvil"],
  ["call", "at least as many eth_call a second as Anvil"],
  ["estimate", "at least as many eth_estimateGas a second as Anvil"],
  ["send", "at least half as many eth_sendRawTransaction a second as Anvil, singly"],
  ["send-batch", "at least as many eth_sendRawTransaction a second as Anvil, in batches"],
  ["memory", "at most half of Anvil's memory after 1,000,000 transactions"],
  ["start", "first answer within 600 ms of the start"],
  ["idle", "idle CPU near zero"],
].map(([mark, says]) => ({
  name: `mark-${mark}`,
  says,
  command: [...bench, "node", mark, "--json"],
}));

/** What the recordings took on each node, in milliseconds. */
function notFastest({ walls } = {}) {
  if (walls === undefined) return "the run gave no figures";
  const { heddle, ...others } = walls;
  const faster = Object.entries(others).filter(([, wall]) => wall <= heddle);
  return faster.length === 0 ? undefined : `${faster.map(([peer]) => peer).join(" and ")} took no longer`;
}

/** Megabytes at the half of the run and at its end. */
function notFlat({ seconds, subscribers, memory } = {}) {
  if (!(seconds >= 600 && subscribers >= 200)) return `${seconds} s with ${subscribers} subscribers`;
  const grown = Object.entries(memory).filter(([, { half, end }]) => end > half * 1.05 + 5);
  if (grown.length === 0) return undefined;
  return grown
    .map(([what, { half, end }]) => `${what}: ${half} MB at the half, ${end} at the end`)
    .join("; ");
}

export const lines = [
  {
    name: "execution-apis",
    says: "every recorded exchange of execution-apis passes by hive's rules",
    command: [...conformance, "rpc"],
  },
  {
    name: "rpc-scenarios",
    says: "the recordings of OpenZeppelin, Safe and Seaport run with exactly the listed failures",
    command: [...conformance, "rpc-scenarios"],
  },
  {
    name: "rpc-scenarios-peers",
    says: "the recordings in less wall time than Hardhat's node and Anvil take for them, all three in one run",
    command: ["node", "scripts/verify/scenario-peers.mjs"],
    problem: notFastest,
  },
  {
    name: "tracers",
    says: "go-ethereum's expectations of callTracer, prestateTracer and flat traces",
    command: [...conformance, "tracers"],
  },
  {
    name: "rpc-fuzz",
    says: "50,000 random requests from the schemas of openrpc.json: no crash, no hang, right codes",
    command: [...conformance, "rpc-fuzz", "--requests", "50000"],
  },
  {
    name: "traces",
    says: "struct logs in the middle of a parallel block equal Anvil's; trace_*, ots_*, debug_*; a block is executed over its witness alone",
    command: tests(
      ...["packages/engine/test/trace", "packages/chain/test/trace-line", "packages/rpc/test/trace"],
      ...["packages/rpc/test/ots", "packages/rpc/test/witness"],
    ),
  },
  {
    name: "console-and-stacks",
    says: "console.log is printed, and failures are told with their place in the sources",
    command: tests("packages/rpc/test/stack-traces", "apps/cli/test/console-log"),
  },
  {
    name: "dev-methods",
    says: "eth_*, anvil_*, hardhat_*, evm_* and their errors, simulation, notifications of what is taken back",
    command: tests(
      ...["packages/rpc/test/dev-", "packages/rpc/test/params", "packages/rpc/test/simulate"],
      ...["packages/rpc/test/server", "packages/rpc/test/plain-http", "packages/rpc/test/taken-back"],
      "packages/rpc/test/pending",
    ),
  },
  {
    name: "clients",
    says: "viem, ethers, web3.js, cast, forge, Hardhat 3 and Uniswap v3, as they are from npm, and README's ways to connect",
    command: tests(
      "clients/test",
      "packages/rpc/test/viem",
      "packages/rpc/test/dev-viem",
      "packages/rpc/test/ethers",
    ),
  },
  {
    name: "fork-crossing",
    says: "hard forks activated by time on a running chain",
    command: tests("packages/rpc/test/fork-crossing", "packages/engine/test/forks"),
  },
  {
    name: "pool",
    says: "types, replacement, gaps, limits and eviction, also under flood",
    command: tests("packages/chain/test/pool"),
  },
  {
    name: "command",
    says: "heddle dev's options, doctor, db check, prune and migrate, metrics",
    command: tests("apps/cli/test/dev", "apps/cli/test/doctor", "apps/cli/test/db", "apps/cli/test/metrics"),
  },
  {
    name: "bad-input",
    says: "half-closed, slow and deaf clients, 5,000 connections, 100 MB bodies: no crash, no hang, memory bounded",
    command: tests("packages/rpc/test/hostile", "apps/cli/test/crowd"),
  },
  {
    name: "traffic",
    says: "10 minutes of mixed traffic with 200 subscribers: nothing missed, nothing doubled, memory flat",
    command: [
      "node",
      source,
      "apps/cli/test/traffic/main.ts",
      "--minutes",
      "10",
      "--subscribers",
      "200",
      "--json",
    ],
    problem: notFlat,
  },
  {
    name: "forking",
    says: "a remote that is cut, slow, rate-limited or lying: typed errors, nothing half applied",
    command: tests("packages/chain/test/fork", "packages/rpc/test/fork", "apps/cli/test/replay-remote"),
  },
  {
    name: "kill-200",
    says: "kill -9 at random moments under load, 200 times, also inside a checkpoint: nothing acknowledged is lost, all roots check",
    command: ["node", source, "packages/chain/test/kill/main.ts", "--kills", "200", "--json"],
    problem: ({ kills, inCheckpoint } = {}) => {
      if (kills !== 200) return `${kills} kills instead of 200`;
      return inCheckpoint > 0 ? undefined : "no kill met a checkpoint";
    },
  },
  {
    name: "directory-damage",
    says: "torn last record, truncated file, full disk, flipped byte: reported, recovered from or refused",
    command: tests("packages/chain/test/directory-damage"),
  },
  {
    name: "directory-restart",
    says: "blocks, receipts, history, pool, settings and snapshots after a restart; reorgs behind the checkpoint",
    command: tests("packages/chain/test/directory.test", "packages/chain/test/directory-dev"),
  },
  {
    name: "store",
    says: "log, checkpoints, check, prune and migrate",
    command: tests("packages/store"),
  },
  ...MARKS,
  {
    name: "packages",
    says: "packed, installed into an empty folder, heddle dev asked under Node 22, 24 and 26",
    command: ["node", "scripts/packages/try.mjs", "--node", "22,24,26"],
  },
  {
    name: "ci",
    says: "what every commit must pass",
    command: ["bash", ".ci/run"],
  },
  {
    name: "fresh-clone",
    says: "npm start and npm test in a fresh clone, empty npm cache, the machine's own Node",
    command: ["node", "scripts/verify/fresh-clone.mjs"],
  },
];
