// What a run of the fuzzer is given: accounts, and blocks of transactions on them. Plain JSON, so that a failing case
// can be kept in a file, and made smaller piece by piece.

import type { Hex } from "@heddle/engine";

/**
 * Forks that both sides know, oldest first, with the name each side has for it. Not Constantinople: revm gives it
 * Petersburg's rules, without the gas of EIP-1283, because no chain that is left ever ran it.
 */
export const FORKS = [
  { name: "Byzantium", revm: "byzantium" },
  { name: "Petersburg", revm: "petersburg" },
  { name: "Istanbul", revm: "istanbul" },
  { name: "Berlin", revm: "berlin" },
  { name: "London", revm: "london" },
  { name: "Paris", revm: "merge" },
  { name: "Shanghai", revm: "shanghai" },
  { name: "Cancun", revm: "cancun" },
  { name: "Prague", revm: "prague" },
  { name: "Osaka", revm: "osaka" },
  // revm's is not the one that the fixtures have, so it only keeps the accounts here: ours run among each other.
  { name: "Amsterdam", revm: "osaka" },
] as const;
export type ForkName = (typeof FORKS)[number]["name"];

/** True where fork `name` is `since` or a later one. */
export function hasFork(name: ForkName, since: ForkName): boolean {
  const at = (wanted: ForkName) => FORKS.findIndex((fork) => fork.name === wanted);
  return at(name) >= at(since);
}

/** An account before the first block; numbers are hex quantities. */
export interface CaseAccount {
  balance: Hex;
  nonce: number;
  code: Hex;
  storage: Record<Hex, Hex>;
}

/** A delegation (EIP-7702) to be signed by key number `signer`. */
export interface CaseAuthorization {
  signer: number;
  chainId: number;
  address: Hex;
  /** Added to what the signer's nonce will probably be. */
  nonceShift: number;
  /** What is wrong with the signature, if anything is. */
  spoiled?: "highS" | "parity" | "zero";
}

/** A transaction to be signed by key number `signer`. */
export interface CaseTransaction {
  type: 0 | 1 | 2 | 3 | 4;
  signer: number;
  /** Added to the signer's next nonce: 0 is right. */
  nonceShift: number;
  chainId: number;
  gasLimit: number;
  /** Absent: creates a contract. */
  to?: Hex;
  value: Hex;
  data: Hex;
  /** The gas price of types 0 and 1. */
  maxFeePerGas: Hex;
  maxPriorityFeePerGas: Hex;
  accessList: { address: Hex; storageKeys: Hex[] }[];
  maxFeePerBlobGas: Hex;
  /** Numbers of the blobs that it carries. */
  blobs: number[];
  authorizations: CaseAuthorization[];
}

export interface CaseBlock {
  coinbase: Hex;
  gasLimit: number;
  baseFee: Hex;
  /** Seconds after the block before. */
  delay: number;
  prevRandao: Hex;
  /** False: a block that revm's pool cannot take; ours are compared among each other only. Always the last. */
  revm: boolean;
  transactions: CaseTransaction[];
}

export interface FuzzCase {
  /** What made it; -1 for one that was changed afterwards. */
  seed: number;
  fork: ForkName;
  chainId: number;
  /** Blocks have access lists (EIP-7928), which the fork need not have: nothing that revm sees depends on them. */
  accessLists: boolean;
  accounts: Record<Hex, CaseAccount>;
  blocks: CaseBlock[];
}
