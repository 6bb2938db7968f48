// The acceptance lines of "Chain: a local node that every Ethereum tool can use".

const source = "--conditions=@heddle/source";

/** Test files whose path contains one of the words. */
const tests = (...words) => ["node", "scripts/test.mjs", ...words];

export const lines = [
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
