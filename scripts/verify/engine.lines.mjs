// The acceptance lines of "Engine: real blocks, in parallel, exactly right".

const source = "--conditions=@heddle/source";
const conformance = ["node", source, "conformance/src/main.ts"];
const long = (file) => ["node", source, "--test", `packages/engine/test/long/${file}.ts`];

export const lines = [
  {
    name: "state-tests",
    says: "every state test, Frontier to Osaka, skips only with a committed reason",
    command: [...conformance, "state", "--workers", "2"],
  },
  {
    name: "vectors",
    says: "precompile, codec, RLP, trie and transaction vectors",
    command: [...conformance, "precompiles", "codec", "misc", "--workers", "2"],
  },
  {
    name: "mainnet-sequential",
    says: "all mainnet blocks in order, 20 runs each",
    command: [...conformance, "mainnet", "--sequential", "--runs", "20"],
  },
  {
    name: "mainnet-2-workers",
    says: "all mainnet blocks on 2 workers, 20 runs each",
    command: [...conformance, "mainnet", "--workers", "2", "--runs", "20"],
  },
  {
    name: "mainnet-8-workers",
    says: "all mainnet blocks on 8 workers, 20 runs each",
    command: [...conformance, "mainnet", "--workers", "8", "--runs", "20"],
  },
  {
    name: "killed-workers",
    says: "a worker killed in each phase, 100 times each: the rerun gives the same roots",
    command: long("killed-workers"),
  },
  {
    name: "larger-than-memory",
    says: "cache budget of 64 MiB, state 20 times larger; slow source; memory exhausted",
    command: long("larger-than-memory"),
  },
  {
    name: "million-accounts",
    says: "30,000 transfers over 1,000,000 accounts within 2 GiB",
    command: long("million-accounts"),
  },
  {
    name: "corrupt-input",
    says: "corrupt blocks, transactions and fields: typed errors, nothing hangs",
    command: long("corrupt-input"),
  },
  {
    name: "speed-marks",
    says: "200 x EthereumJS in order, 1.7 x by a second worker, 0.9 on a dependent chain",
    command: ["node", source, "bench/src/main.ts", "marks", "--check"],
  },
  {
    name: "fresh-clone",
    says: "npm start and npm test in a fresh clone, empty npm cache, the machine's own Node",
    command: ["node", "scripts/verify/fresh-clone.mjs"],
  },
];
