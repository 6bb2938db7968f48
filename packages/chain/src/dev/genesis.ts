// The genesis of a local chain: all forks from its beginning on, and accounts with funds.

import { type ChainConfig, type Hex, networkConfig } from "@heddle/engine";
import type { Genesis } from "../genesis.ts";
import { CREATE2_DEPLOYER, SYSTEM_CONTRACTS } from "./system-contracts.ts";

/** What a local chain begins with; everything may be left out. */
export interface DevGenesisOptions {
  /** 31337 unless given. */
  chainId?: number;
  /** Name of the fork that the chain is at, or a change as `CancunToPragueAtTime15k`; "Osaka" unless given. */
  hardfork?: string;
  /** 30 million unless given. */
  gasLimit?: bigint;
  /** Wei; 1 gwei unless given. */
  baseFee?: bigint;
  /** Seconds; now unless given. */
  timestamp?: bigint;
  /** Of the first block; 0 unless given. */
  number?: bigint;
  /** True: contracts may have any size, against EIP-170 and EIP-3860. */
  unlimitedContractSize?: boolean;
  /** False: without the contract by which Foundry deploys to addresses known before (CREATE2). */
  create2Deployer?: boolean;
  /** Wei of each account; 10,000 ether unless given. */
  balance?: bigint;
}

export const DEV_CHAIN_ID = 31337;
/** Wei of each account. */
export const DEV_BALANCE = 10_000n * 10n ** 18n;
const GWEI = 10n ** 9n;

/**
 * Genesis of a local chain on which these accounts have funds.
 * @throws InvalidArgumentError for a hardfork that is not known
 */
export function devGenesis(accounts: readonly { address: Hex }[], options: DevGenesisOptions = {}): Genesis {
  const config: ChainConfig = networkConfig(options.hardfork ?? "Osaka", {
    chainId: options.chainId ?? DEV_CHAIN_ID,
  });
  const balance = options.balance ?? DEV_BALANCE;
  return {
    config: {
      ...config,
      contractSenders: true,
      consoleCalls: true,
      unlimitedCodeSize: options.unlimitedContractSize ?? false,
    },
    difficulty: config.parisBlock === 0 ? 0n : 131_072n,
    gasLimit: options.gasLimit ?? 30_000_000n,
    baseFeePerGas: options.baseFee ?? GWEI,
    timestamp: options.timestamp ?? BigInt(Math.floor(Date.now() / 1000)),
    ...(options.number === undefined ? {} : { number: options.number }),
    alloc: {
      ...SYSTEM_CONTRACTS,
      ...(options.create2Deployer === false ? {} : CREATE2_DEPLOYER),
      ...Object.fromEntries(accounts.map(({ address }) => [address, { balance }])),
    },
  };
}
