// The schedules of public networks (their clients' genesis files), and a guess for chains that are none of them.

import { type ChainConfig, type Header, MAINNET, networkConfig } from "@heddle/engine";

/** All forks up to London, from block 0 on. */
const FROM_GENESIS = {
  homesteadBlock: 0,
  eip150Block: 0,
  eip155Block: 0,
  eip158Block: 0,
  byzantiumBlock: 0,
  constantinopleBlock: 0,
  petersburgBlock: 0,
  istanbulBlock: 0,
  muirGlacierBlock: 0,
  berlinBlock: 0,
  londonBlock: 0,
} as const;

const { blobSchedule } = MAINNET;

export const SEPOLIA: ChainConfig = {
  chainId: 11155111,
  ...FROM_GENESIS,
  parisBlock: 1450409,
  terminalTotalDifficulty: 17_000_000_000_000_000n,
  mergeNetsplitBlock: 1735371,
  shanghaiTime: 1677557088,
  cancunTime: 1706655072,
  pragueTime: 1741159776,
  osakaTime: 1760427360,
  bpo1Time: 1761017184,
  bpo2Time: 1761607008,
  ...(blobSchedule === undefined ? {} : { blobSchedule }),
};

export const HOLESKY: ChainConfig = {
  chainId: 17000,
  ...FROM_GENESIS,
  parisBlock: 0,
  terminalTotalDifficulty: 0n,
  shanghaiTime: 1696000704,
  cancunTime: 1707305664,
  pragueTime: 1740434112,
  osakaTime: 1759308480,
  bpo1Time: 1759800000,
  bpo2Time: 1760389824,
  ...(blobSchedule === undefined ? {} : { blobSchedule }),
};

export const HOODI: ChainConfig = {
  chainId: 560048,
  ...FROM_GENESIS,
  parisBlock: 0,
  terminalTotalDifficulty: 0n,
  mergeNetsplitBlock: 0,
  shanghaiTime: 0,
  cancunTime: 0,
  pragueTime: 1742999832,
  osakaTime: 1761677592,
  bpo1Time: 1762365720,
  bpo2Time: 1762955544,
  ...(blobSchedule === undefined ? {} : { blobSchedule }),
};

const KNOWN: ReadonlyMap<bigint, ChainConfig> = new Map(
  [MAINNET, SEPOLIA, HOLESKY, HOODI].map((config) => [BigInt(config.chainId), config]),
);

/** The fork that a header's fields are of; the newest one that looks like this. */
function forkOf(header: Header): string {
  if (header.requestsHash !== undefined) return "Osaka";
  if (header.parentBeaconBlockRoot !== undefined) return "Cancun";
  if (header.withdrawalsRoot !== undefined) return "Shanghai";
  if (header.baseFeePerGas === undefined) return "Berlin";
  return header.difficulty === 0n ? "Paris" : "London";
}

/**
 * The schedule of a chain: `hardfork` where it is given, that of a network that is known, else the fork whose headers look like
 * `header`.
 * @throws InvalidArgumentError for a hardfork that is not known
 */
export function scheduleOf(chainId: bigint, header: Header, hardfork?: string): ChainConfig {
  if (hardfork !== undefined) return networkConfig(hardfork, { chainId });
  return KNOWN.get(chainId) ?? networkConfig(forkOf(header), { chainId });
}
