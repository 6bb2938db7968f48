// The acceptance lines of "Exactness: every block suite, access lists, fuzz, packages".

import { MODES, nothingSkipped } from "./suite-runs.mjs";

const source = "--conditions=@heddle/source";
const benchmarkBlocks = ["node", source, "bench/src/main.ts", "blocks"];
const conformance = ["node", source, "conformance/src/main.ts"];

const ARCHIVES = [
  ["eest-v5.4.0", "the execution specs' released blocks, Frontier to Osaka"],
  ["eest-v5.7.0-gapfill", "the execution specs' blocks that the release lacks, Cancun to Osaka"],
  ["eest-v5.7.0-oldforks", "the execution specs' blocks of old forks and of timed transitions"],
  [
    "eest-bal-v5.7.0-amsterdam",
    "Amsterdam: every access list equal, wrong ones refused, no abort where a block comes with its list",
  ],
  ["eest-zkevm-v0.3.3", "Amsterdam, blocks that come with witnesses"],
  ["eest-benchmark-v0.0.7", "the execution specs' worst blocks, for their outcome"],
  ["legacy-blocks", "transitions, side chains, uncles, seals, refused blocks of ethereum/tests"],
];

/** A run that was stopped ends well, but is none of 30 minutes. */
function fuzzedTooLittle(figures) {
  if (!(figures?.programs > 0)) return "no program was run";
  return figures.seconds < 30 * 60 ? `it was stopped after ${Math.round(figures.seconds)} s` : undefined;
}

const blocks = MODES.flatMap(([mode, workers]) =>
  ARCHIVES.map(([archive, says]) => ({
    name: `blocks-${archive}-${mode}-worker${mode === "1" ? "" : "s"}`,
    says: `${says}; on ${mode} worker${mode === "1" ? "" : "s"}`,
    command: [
      ...conformance,
      ...["blocks", "--filter", `blocks/${archive}/`, "--mode", mode, "--workers", workers, "--json"],
    ],
    problem: nothingSkipped,
  })),
);

const firstBlocks = MODES.map(([mode]) => ({
  name: `mainnet-first-8192-${mode}-worker${mode === "1" ? "" : "s"}`,
  says: `mainnet's first 8,192 blocks: rewards, uncles, seals, every state root; on ${mode} worker${mode === "1" ? "" : "s"}`,
  command: [...conformance, "mainnet-first-8192", "--mode", mode, "--json"],
  problem: nothingSkipped,
}));

export const lines = [
  ...blocks,
  ...firstBlocks,
  {
    name: "fuzz",
    says: "30 minutes against revm with a fresh seed without a difference",
    command: ["node", source, "fuzz/src/main.ts", "--minutes", "30", "--json"],
    problem: fuzzedTooLittle,
  },
  {
    name: "benchmark-blocks",
    says: "the execution specs' worst blocks within 10 times the best peer's time; table of the worst ratios",
    command: [...benchmarkBlocks, "--out", "build/verify/benchmark-blocks.json"],
    figuresIn: "build/verify/benchmark-blocks.json",
  },
  {
    name: "benchmark-blocks-all-sizes",
    says: "the same in all their sizes, 1 to 150 million gas, against Anvil",
    command: [
      ...benchmarkBlocks,
      ...["--mgas", "all", "--peers", "anvil", "--rounds", "1"],
      ...["--out", "build/verify/benchmark-blocks-all-sizes.json"],
    ],
    figuresIn: "build/verify/benchmark-blocks-all-sizes.json",
  },
  {
    name: "packages",
    says: "packed, installed into an empty folder, used under Node 22, 24 and 26",
    command: ["node", "scripts/packages/try.mjs", "--node", "22,24,26"],
  },
  {
    name: "ci",
    says: "what every commit must pass: a slice of every suite by the commit's hash in random modes, all that failed once",
    command: ["bash", ".ci/run"],
  },
  {
    name: "fresh-clone",
    says: "npm start and npm test in a fresh clone, empty npm cache, the machine's own Node",
    command: ["node", "scripts/verify/fresh-clone.mjs"],
  },
];
