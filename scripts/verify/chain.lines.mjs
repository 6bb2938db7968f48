// The acceptance lines of "Chain: a local node that every Ethereum tool can use".

const source = "--conditions=@heddle/source";

const conformance = ["node", source, "conformance/src/main.ts"];

/** Test files whose path contains one of the words. */
const tests = (...words) => ["node", "scripts/test.mjs", ...words];

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
];
