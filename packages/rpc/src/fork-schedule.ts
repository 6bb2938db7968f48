// The chain's configuration as EIP-7910 tells it: the fork in force, the next and the last one, with what they bring.

import { crc32 } from "node:zlib";
import type { Chain } from "@heddle/chain";
import { type ChainConfig, Fork, type Hex, rulesAt } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import { quantity } from "./encode/quantity.ts";

const BLOCK_FORKS = [
  "homesteadBlock",
  "daoForkBlock",
  "eip150Block",
  "eip155Block",
  "eip158Block",
  "byzantiumBlock",
  "constantinopleBlock",
  "petersburgBlock",
  "istanbulBlock",
  "muirGlacierBlock",
  "berlinBlock",
  "londonBlock",
  "arrowGlacierBlock",
  "grayGlacierBlock",
  "mergeNetsplitBlock",
] as const;

/** Names of EIP-7910, by address and the fork that brings them. */
const PRECOMPILES: readonly [name: string, address: number, since: Fork][] = [
  ["ECREC", 1, Fork.Frontier],
  ["SHA256", 2, Fork.Frontier],
  ["RIPEMD160", 3, Fork.Frontier],
  ["ID", 4, Fork.Frontier],
  ["MODEXP", 5, Fork.Byzantium],
  ["BN254_ADD", 6, Fork.Byzantium],
  ["BN254_MUL", 7, Fork.Byzantium],
  ["BN254_PAIRING", 8, Fork.Byzantium],
  ["BLAKE2F", 9, Fork.Istanbul],
  ["KZG_POINT_EVALUATION", 10, Fork.Cancun],
  ["BLS12_G1ADD", 11, Fork.Prague],
  ["BLS12_G1MSM", 12, Fork.Prague],
  ["BLS12_G2ADD", 13, Fork.Prague],
  ["BLS12_G2MSM", 14, Fork.Prague],
  ["BLS12_PAIRING_CHECK", 15, Fork.Prague],
  ["BLS12_MAP_FP_TO_G1", 16, Fork.Prague],
  ["BLS12_MAP_FP2_TO_G2", 17, Fork.Prague],
  ["P256VERIFY", 256, Fork.Osaka],
];

const precompileAddress = (at: number): Hex => `0x${at.toString(16).padStart(40, "0")}`;

/** Addresses at which contracts of the protocol itself stand. */
export function precompileAddresses(fork: Fork): Set<Hex> {
  return new Set(PRECOMPILES.filter(([, , since]) => fork >= since).map(([, at]) => precompileAddress(at)));
}

const MAINNET_DEPOSIT_CONTRACT: Hex = "0x00000000219ab540356cbb839cbe05303d7705fa";

function systemContracts(config: ChainConfig, fork: Fork): Record<string, Hex> {
  const contracts: Record<string, Hex> = {};
  if (fork >= Fork.Cancun) contracts["BEACON_ROOTS_ADDRESS"] = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";
  if (fork >= Fork.Prague) {
    const { depositContractAddress } = config as { depositContractAddress?: Hex };
    contracts["HISTORY_STORAGE_ADDRESS"] = "0x0000f90827f1c53a10cb7a02335b175320002935";
    contracts["DEPOSIT_CONTRACT_ADDRESS"] = depositContractAddress ?? MAINNET_DEPOSIT_CONTRACT;
    contracts["WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS"] = "0x00000961ef480eb55e80d19ad83579a64c007002";
    contracts["CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS"] = "0x0000bbddc7ce488642fb579f8b00f3a590007251";
  }
  return contracts;
}

/** Times of forks that are told by time, ascending, each once; those at or before genesis are not told. */
function forkTimes(config: ChainConfig, genesisTime: bigint): number[] {
  const times = Object.entries(config)
    .filter(
      ([name, value]) => name.endsWith("Time") && typeof value === "number" && BigInt(value) > genesisTime,
    )
    .map(([, value]) => value as number);
  return [...new Set(times)].sort((a, b) => a - b);
}

/** EIP-2124 and EIP-6122: a checksum over the genesis hash and the forks up to `time`. */
function forkId(chain: Chain, time: number): Hex {
  const config = chain.config;
  const blocks = BLOCK_FORKS.map((name) => config[name]).filter(
    (at) => at !== undefined && at > 0,
  ) as number[];
  const passed = [
    ...[...new Set(blocks)].sort((a, b) => a - b),
    ...forkTimes(config, chain.genesis.header.timestamp).filter((at) => at <= time),
  ];
  let sum = crc32(Bytes.fromHex(chain.genesis.hash));
  for (const at of passed) sum = crc32(Bytes.fromNumber(at, { size: 8 }), sum);
  return `0x${sum.toString(16).padStart(8, "0")}`;
}

function forkAt(chain: Chain, time: number): unknown {
  const { config } = chain;
  const { fork, blobs } = rulesAt(config, {
    number: chain.head.number,
    timestamp: BigInt(time),
    difficulty: 0n,
  });
  return {
    activationTime: time,
    blobSchedule: blobs === undefined ? null : { ...blobs },
    chainId: quantity(chain.chainId),
    forkId: forkId(chain, time),
    precompiles: Object.fromEntries(
      PRECOMPILES.filter(([, , since]) => fork >= since).map(([name, at]) => [name, precompileAddress(at)]),
    ),
    systemContracts: systemContracts(config, fork),
  };
}

/** Answers eth_config. */
export function forkSchedule(chain: Chain): unknown {
  const times = forkTimes(chain.config, chain.genesis.header.timestamp);
  const now = Number(chain.head.header.timestamp);
  const coming = times.filter((at) => at > now);
  return {
    current: forkAt(chain, times.findLast((at) => at <= now) ?? 0),
    next: coming.length === 0 ? null : forkAt(chain, coming[0]!),
    last: coming.length === 0 ? null : forkAt(chain, coming.at(-1)!),
  };
}
