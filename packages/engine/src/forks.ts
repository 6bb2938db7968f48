// Which rules hold in which block: the forks by block number, time and terminal total difficulty, the
// blob schedule (EIP-7840, EIP-7892) and the delays of the difficulty bomb.

import { Fork, knownEips } from "@heddle/kernel";
import { InvalidArgumentError } from "./errors.ts";

export { Fork };

/** Blobs a block and how fast their price moves (EIP-4844, EIP-7691). */
export interface BlobSchedule {
  target: number;
  max: number;
  /** BLOB_BASE_FEE_UPDATE_FRACTION. */
  baseFeeUpdateFraction: number;
}

/**
 * A chain's schedule, in the field names that genesis files use. A fork that is not named never happens;
 * 0 = from genesis on.
 */
export interface ChainConfig {
  chainId: number | bigint;
  homesteadBlock?: number;
  daoForkBlock?: number;
  /** False: the chain that refused the DAO fork. */
  daoForkSupport?: boolean;
  eip150Block?: number;
  eip155Block?: number;
  eip158Block?: number;
  byzantiumBlock?: number;
  constantinopleBlock?: number;
  petersburgBlock?: number;
  istanbulBlock?: number;
  muirGlacierBlock?: number;
  berlinBlock?: number;
  londonBlock?: number;
  arrowGlacierBlock?: number;
  grayGlacierBlock?: number;
  /** First proof-of-stake block, where it is known; else `terminalTotalDifficulty` decides. */
  mergeNetsplitBlock?: number;
  parisBlock?: number;
  terminalTotalDifficulty?: number | bigint | string;
  shanghaiTime?: number;
  cancunTime?: number;
  pragueTime?: number;
  osakaTime?: number;
  bpo1Time?: number;
  bpo2Time?: number;
  bpo3Time?: number;
  bpo4Time?: number;
  bpo5Time?: number;
  amsterdamTime?: number;
  /** EIPs on top of the fork in force, from genesis on: to try one of a fork to come by itself. */
  eips?: readonly number[];
  /**
   * EIP-8037 as it was in March 2026: state gas that was paid stays paid where the state is undone by a failed creation
   * or transaction, a cleared slot or SELFDESTRUCT, and a block does not count what authorizations give back.
   */
  stateGasKept?: boolean;
  /** True: accounts with code may send transactions, against EIP-3607. For local chains on which one acts for contracts. */
  contractSenders?: boolean;
  /** True: code and initcode may have any size, against EIP-170 and EIP-3860. For local chains. */
  unlimitedCodeSize?: boolean;
  /** True: calls to the console are kept for who asks (`CallResult.consoleCalls`, `BlockResult.notable`). */
  consoleCalls?: boolean;
  /** By the lower-case fork name: cancun, prague, osaka, bpo1 … bpo5, amsterdam. */
  blobSchedule?: Record<string, { target: number; max: number; baseFeeUpdateFraction: number }>;
}

/** The rules of one block. */
export interface Rules {
  chainId: bigint;
  fork: Fork;
  /** From Amsterdam on the fork is a list of EIPs: those in force, by number. */
  eips: ReadonlySet<number>;
  /** The earlier EIP-8037 (ChainConfig). */
  stateGasKept: boolean;
  /** EIP-3607 does not hold (ChainConfig). */
  contractSenders: boolean;
  /** EIP-170 and EIP-3860 do not hold (ChainConfig). */
  unlimitedCodeSize: boolean;
  /** What is said to the console is kept (ChainConfig). */
  consoleCalls: boolean;
  /** From Cancun on. */
  blobs: BlobSchedule | undefined;
  /** Blocks by which the difficulty bomb was put off (EIP-649, 1234, 2384, 3554, 4345, 5133). */
  bombDelay: bigint;
  /** EIP-779: this is the block that moves the DAO's balances. */
  daoFork: boolean;
  /** The DAO fork's mark is demanded in the extra data of this block. */
  daoExtraData: boolean;
  /** EIP-1559 begins here: the gas limit doubles, the base fee starts. */
  londonFirst: boolean;
}

/** Where a block stands, as far as its rules depend on it. */
export interface BlockPosition {
  number: bigint;
  timestamp: bigint;
  /** Difficulty of all blocks before this one, for chains whose merge is not known by number. */
  parentTotalDifficulty?: bigint | undefined;
  /** Decides where no total difficulty is given: proof-of-stake blocks have none. */
  difficulty?: bigint | undefined;
}

/**
 * Amsterdam on top of Osaka: opcodes DUPN, SWAPN, EXCHANGE (8024) and SLOTNUM (7843), larger code (7954), floor of
 * calldata (7976) and of access lists (7981), logs of ether (7708), gas of the block (7778, 8037), access lists (7928).
 */
const AMSTERDAM_EIPS: readonly number[] = [7708, 7778, 7843, 7928, 7954, 7976, 7981, 8024, 8037];

const CANCUN: BlobSchedule = { target: 3, max: 6, baseFeeUpdateFraction: 3338477 };
const PRAGUE: BlobSchedule = { target: 6, max: 9, baseFeeUpdateFraction: 5007716 };
const BPO1: BlobSchedule = { target: 10, max: 15, baseFeeUpdateFraction: 8346193 };
const BPO2: BlobSchedule = { target: 14, max: 21, baseFeeUpdateFraction: 11684671 };

/** Ethereum's own schedule, up to BPO2. */
export const MAINNET: ChainConfig = {
  chainId: 1,
  homesteadBlock: 1150000,
  daoForkBlock: 1920000,
  daoForkSupport: true,
  eip150Block: 2463000,
  eip155Block: 2675000,
  eip158Block: 2675000,
  byzantiumBlock: 4370000,
  constantinopleBlock: 7280000,
  petersburgBlock: 7280000,
  istanbulBlock: 9069000,
  muirGlacierBlock: 9200000,
  berlinBlock: 12244000,
  londonBlock: 12965000,
  arrowGlacierBlock: 13773000,
  grayGlacierBlock: 15050000,
  parisBlock: 15537394,
  terminalTotalDifficulty: 58750000000000000000000n,
  shanghaiTime: 1681338455,
  cancunTime: 1710338135,
  pragueTime: 1746612311,
  osakaTime: 1764798551,
  bpo1Time: 1765290071,
  bpo2Time: 1767747671,
  blobSchedule: { cancun: CANCUN, prague: PRAGUE, osaka: PRAGUE, bpo1: BPO1, bpo2: BPO2 },
};

type BlockField = Extract<keyof ChainConfig, `${string}Block`>;
type TimeField = Extract<keyof ChainConfig, `${string}Time`>;

/** Forks by block number, oldest first. */
const BY_BLOCK: readonly [BlockField, Fork][] = [
  ["homesteadBlock", Fork.Homestead],
  ["eip150Block", Fork.Tangerine],
  ["eip158Block", Fork.Spurious],
  ["byzantiumBlock", Fork.Byzantium],
  ["constantinopleBlock", Fork.Constantinople],
  ["petersburgBlock", Fork.Petersburg],
  ["istanbulBlock", Fork.Istanbul],
  ["berlinBlock", Fork.Berlin],
  ["londonBlock", Fork.London],
];

/** Forks by time, oldest first. A BPO fork changes the blob schedule alone (EIP-7892). */
const BY_TIME: readonly [TimeField, Fork, string][] = [
  ["shanghaiTime", Fork.Shanghai, "shanghai"],
  ["cancunTime", Fork.Cancun, "cancun"],
  ["pragueTime", Fork.Prague, "prague"],
  ["osakaTime", Fork.Osaka, "osaka"],
  ["bpo1Time", Fork.Osaka, "bpo1"],
  ["bpo2Time", Fork.Osaka, "bpo2"],
  ["bpo3Time", Fork.Osaka, "bpo3"],
  ["bpo4Time", Fork.Osaka, "bpo4"],
  ["bpo5Time", Fork.Osaka, "bpo5"],
  ["amsterdamTime", Fork.Amsterdam, "amsterdam"],
];

const DEFAULT_BLOBS: Record<string, BlobSchedule> = {
  cancun: CANCUN,
  prague: PRAGUE,
  bpo1: BPO1,
  bpo2: BPO2,
};

const BOMB_DELAYS: readonly [BlockField, bigint][] = [
  ["byzantiumBlock", 3_000_000n],
  ["constantinopleBlock", 5_000_000n],
  ["muirGlacierBlock", 9_000_000n],
  ["londonBlock", 9_700_000n],
  ["arrowGlacierBlock", 10_700_000n],
  ["grayGlacierBlock", 11_400_000n],
];

function eipsOf(config: ChainConfig, fork: Fork): ReadonlySet<number> {
  for (const eip of config.eips ?? []) {
    if (!knownEips.includes(eip)) {
      throw new InvalidArgumentError("eips", `some of ${knownEips.join(", ")}`, eip);
    }
  }
  return new Set([...(fork >= Fork.Amsterdam ? AMSTERDAM_EIPS : []), ...(config.eips ?? [])]);
}

function reached(at: number | undefined, now: bigint): boolean {
  return at !== undefined && now >= BigInt(at);
}

function isProofOfStake(config: ChainConfig, position: BlockPosition): boolean {
  if (config.parisBlock !== undefined) return reached(config.parisBlock, position.number);
  const terminal = config.terminalTotalDifficulty;
  if (terminal === undefined) return false;
  if (BigInt(terminal) === 0n) return true;
  if (position.parentTotalDifficulty !== undefined) return position.parentTotalDifficulty >= BigInt(terminal);
  return position.difficulty === 0n;
}

/**
 * The rules that hold in a block of a chain.
 * @throws InvalidArgumentError where the configuration names an EIP that has no switch of its own
 *
 * @example
 * ```ts
 * rulesAt(MAINNET, { number: 12_965_000n, timestamp: 1_628_166_822n }).fork === Fork.London;
 * ```
 */
export function rulesAt(config: ChainConfig, position: BlockPosition): Rules {
  let fork: Fork = Fork.Frontier;
  for (const [field, value] of BY_BLOCK) if (reached(config[field], position.number)) fork = value;
  // Ropsten and mainnet switched EIP-1283 off again in the block that brought the rest of Constantinople.
  if (fork === Fork.Constantinople && reached(config.petersburgBlock, position.number))
    fork = Fork.Petersburg;
  let bombDelay = 0n;
  for (const [field, delay] of BOMB_DELAYS) if (reached(config[field], position.number)) bombDelay = delay;
  let blobs: BlobSchedule | undefined;
  if (isProofOfStake(config, position)) {
    fork = Fork.Paris;
    for (const [field, value, name] of BY_TIME) {
      if (!reached(config[field], position.timestamp)) continue;
      fork = value;
      if (fork >= Fork.Cancun) blobs = config.blobSchedule?.[name] ?? DEFAULT_BLOBS[name] ?? blobs;
    }
  }
  const dao = config.daoForkSupport === false ? undefined : config.daoForkBlock;
  const afterDao = dao === undefined ? -1n : position.number - BigInt(dao);
  return {
    chainId: BigInt(config.chainId),
    fork,
    eips: eipsOf(config, fork),
    blobs,
    stateGasKept: config.stateGasKept === true,
    contractSenders: config.contractSenders === true,
    unlimitedCodeSize: config.unlimitedCodeSize === true,
    consoleCalls: config.consoleCalls === true,
    bombDelay,
    daoFork: afterDao === 0n,
    daoExtraData: afterDao >= 0n && afterDao < 10n,
    londonFirst: config.londonBlock !== undefined && position.number === BigInt(config.londonBlock),
  };
}

/** Fork names of fixtures, oldest first, and the fields that each sets. */
const NAMED: readonly [names: string[], fields: (keyof ChainConfig)[]][] = [
  [["Frontier"], []],
  [["Homestead"], ["homesteadBlock"]],
  [["EIP150", "TangerineWhistle"], ["eip150Block"]],
  [
    ["EIP158", "SpuriousDragon"],
    ["eip155Block", "eip158Block"],
  ],
  [["Byzantium"], ["byzantiumBlock"]],
  [["Constantinople"], ["constantinopleBlock"]],
  [["ConstantinopleFix", "Petersburg"], ["petersburgBlock"]],
  [["Istanbul"], ["istanbulBlock"]],
  [["MuirGlacier"], ["muirGlacierBlock"]],
  [["Berlin"], ["berlinBlock"]],
  [["London"], ["londonBlock"]],
  [["ArrowGlacier"], ["arrowGlacierBlock"]],
  [["GrayGlacier"], ["grayGlacierBlock"]],
  [["Paris", "Merge"], ["parisBlock"]],
  [["Shanghai"], ["shanghaiTime"]],
  [["Cancun"], ["cancunTime"]],
  [["Prague"], ["pragueTime"]],
  [["Osaka"], ["osakaTime"]],
  [["BPO1"], ["bpo1Time"]],
  [["BPO2"], ["bpo2Time"]],
  [["BPO3"], ["bpo3Time"]],
  [["BPO4"], ["bpo4Time"]],
  [["BPO5"], ["bpo5Time"]],
  [["Amsterdam"], ["amsterdamTime"]],
];

/** Blob schedules of the test-only BPO forks, as the execution-spec tests use them unless a fixture says otherwise. */
const TEST_BLOBS: Record<string, BlobSchedule> = {
  ...DEFAULT_BLOBS,
  osaka: PRAGUE,
  bpo3: { target: 21, max: 32, baseFeeUpdateFraction: 20609697 },
  bpo4: { target: 14, max: 21, baseFeeUpdateFraction: 13739630 },
};

/** Ordinal of a fork name in NAMED, or -1. */
function ordinal(name: string): number {
  return NAMED.findIndex(([names]) => names.includes(name));
}

/** What a test says of its chain beside the name of its network. */
export interface NetworkOptions {
  /** 1 unless a fixture's `config.chainid` says otherwise. */
  chainId?: number | bigint;
  /** A fixture's `config.blobSchedule`, keys in any case. */
  blobSchedule?: Record<string, BlobSchedule>;
  /** The earlier EIP-8037 (ChainConfig). */
  stateGasKept?: boolean;
}

/**
 * The schedule that a fixture's network name stands for: a fork's name (all forks up to it from genesis on),
 * or a transition such as `BerlinToLondonAt5`, `CancunToPragueAtTime15k`, `ArrowGlacierToParisAtDiffC0000`.
 * @throws InvalidArgumentError for a name that is none of these
 *
 * @example
 * ```ts
 * const config = networkConfig("CancunToPragueAtTime15k");
 * config.pragueTime; // 15000
 * ```
 */
export function networkConfig(name: string, options: NetworkOptions = {}): ChainConfig {
  const transition = /^(\w+?)To(\w+?)At(Time|Diff)?([0-9a-fA-F]+)(k?)$/.exec(name);
  const first = transition ? transition[1]! : name;
  const last = ordinal(first);
  if (last < 0) throw new InvalidArgumentError("network", "the name of a fork or of a transition", name);
  const config: ChainConfig = { chainId: options.chainId ?? 1 };
  if (options.stateGasKept) config.stateGasKept = true;
  const set = (index: number, at: number) => {
    for (const field of NAMED[index]![1]) Object.assign(config, { [field]: at });
  };
  for (let i = 0; i <= last; i++) set(i, 0);
  config.blobSchedule = { ...TEST_BLOBS };
  for (const [key, schedule] of Object.entries(options.blobSchedule ?? {})) {
    config.blobSchedule[key.toLowerCase()] = schedule;
  }
  const withoutUnplanned = (): ChainConfig => {
    // Amsterdam follows BPO2; the later blob schedules exist in tests only.
    if (config.amsterdamTime !== undefined)
      for (const n of [3, 4, 5]) delete config[`bpo${n}Time` as "bpo3Time"];
    return config;
  };
  if (!transition) return withoutUnplanned();

  const [, , second, unit, digits, thousand] = transition;
  if (unit === "Diff") {
    config.terminalTotalDifficulty = BigInt(`0x${digits}`);
    return config;
  }
  const at = Number(digits) * (thousand ? 1000 : 1);
  if (second === "Dao") {
    config.daoForkBlock = at;
    config.daoForkSupport = true;
    return config;
  }
  const next = ordinal(second!);
  if (next <= last) throw new InvalidArgumentError("network", "a transition to a later fork", name);
  for (let i = last + 1; i <= next; i++) set(i, at);
  return withoutUnplanned();
}
