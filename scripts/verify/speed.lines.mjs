// The acceptance lines of "Speed: 100,000 transactions a second, with state root, on two cores".

import { MODES, nothingSkipped } from "./suite-runs.mjs";

const source = "--conditions=@heddle/source";
// As `npm run bench` does (scripts/run.mjs).
const bench = ["node", "--no-liftoff", source, "bench/src/main.ts"];
const conformance = ["node", source, "conformance/src/main.ts"];

/** The marks for speed (bench/src/speed-marks.ts says what each measures and must reach). */
const MARKS = [
  ["erc20-100k", "the headline: ERC-20 in consecutive blocks of 40,000, with receipts and state root"],
  ["erc20-million", "the same among a million accounts"],
  ["anvil-erc20", "ERC-20 against what Anvil mines of the same list"],
  ["anvil-ether", "plain transfers against Anvil"],
  ["anvil-swaps", "Uniswap V2 over many pairs against Anvil"],
  ["mainnet-merged", "mainnet blocks merged to one against Anvil and EDR, by gas a second"],
  ["merchant", "everyone pays one merchant: the second worker's gain, and aborts"],
  ["pending-total", "everyone adds to one pending total: the same"],
  ["weth", "everyone deposits into WETH: the same"],
  ["chain", "a fully dependent chain is not slower than in order"],
  ["one-pair", "Uniswap all on one pair is not slower than in order"],
  ["import", "import with access list: no abort, not slower than building"],
  ["lanes-32", "simulated 32 lanes on independent ERC-20"],
].map(([mark, says]) => ({
  name: `mark-${mark}`,
  says,
  command: [...bench, "mark", mark, "--json"],
}));

/** Blocks from Cancun to Osaka, and Amsterdam with and without the list that came with them. */
const ARCHIVES = [
  ["eest-v5.4.0", "the execution specs' released blocks, Frontier to Osaka"],
  ["eest-v5.7.0-gapfill", "the execution specs' blocks that the release lacks, Cancun to Osaka"],
  ["eest-bal-v5.7.0-amsterdam", "Amsterdam, each block with and without its access list"],
  ["legacy-blocks", "blocks of ethereum/tests"],
];

/** How the engine is told to go about it, whatever it learned. */
const WAYS = [
  ["deltas", "every value tried as a delta", ["--deltas", "always", "--predictor", "off"]],
  ["predictor", "every call predicted", ["--deltas", "off", "--predictor", "always"]],
  ["both", "both at once", ["--deltas", "always", "--predictor", "always"]],
  ["neither", "neither", ["--deltas", "off", "--predictor", "off"]],
];

/** On one worker a block runs in order, whatever way was asked for: once is enough. */
const suites = WAYS.flatMap(([way, how, options]) =>
  MODES.filter(([mode]) => mode !== "1" || way === "both").flatMap(([mode, workers]) =>
    ARCHIVES.map(([archive, says]) => ({
      name: `blocks-${way}-${archive}-${mode}-worker${mode === "1" ? "" : "s"}`,
      says: `${how}: ${says}; on ${mode} worker${mode === "1" ? "" : "s"}`,
      command: [
        ...conformance,
        ...["blocks", "--filter", `blocks/${archive}/`, "--mode", mode, "--workers", workers],
        ...options,
        "--json",
      ],
      problem: nothingSkipped,
    })),
  ),
);

export const lines = [
  ...suites,
  ...MODES.slice(1).map(([mode]) => ({
    name: `mainnet-first-8192-both-${mode}-workers`,
    says: `mainnet's first 8,192 blocks, every value a delta and every call predicted; on ${mode} workers`,
    command: [
      ...conformance,
      ...["mainnet-first-8192", "--mode", mode, "--deltas", "always", "--predictor", "always", "--json"],
    ],
    problem: nothingSkipped,
  })),
  {
    name: "mainnet-blocks-both",
    says: "recorded mainnet blocks, 20 runs each on two workers, every value a delta and every call predicted",
    command: [
      ...conformance,
      ...["mainnet", "--workers", "2", "--runs", "20", "--deltas", "always", "--predictor", "always"],
      "--json",
    ],
  },
  {
    name: "fuzz",
    says: "10 minutes against revm with a fresh seed, every value a delta and every call predicted, without a difference",
    command: [
      ...["node", source, "fuzz/src/main.ts", "--minutes", "10"],
      ...["--deltas", "always", "--predictor", "always", "--json"],
    ],
    problem: (figures) =>
      figures?.seconds >= 600 ? undefined : `it was stopped after ${figures?.seconds ?? 0} s`,
  },
  {
    name: "leak",
    says: "400 blocks of 25,000 transactions in one process, memory flat after the 20th",
    command: ["node", source, "bench/src/leak.ts", "--json"],
  },
  {
    name: "ci",
    says: "what every commit must pass, these ways in turn among the rest",
    command: ["bash", ".ci/run"],
  },
  {
    name: "fresh-clone",
    says: "npm start and npm test in a fresh clone, empty npm cache, the machine's own Node",
    command: ["node", "scripts/verify/fresh-clone.mjs"],
  },
  ...MARKS,
];
