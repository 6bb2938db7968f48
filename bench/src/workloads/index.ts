// The door of the workloads.

import { collectibles, staking, tradingManyPools, tradingOnePool } from "./finance.ts";
import {
  erc20Chain,
  erc20HotReceiver,
  erc20Transfers,
  etherTransfers,
  gameItems,
  wethDeposits,
} from "./tokens.ts";
import type { Workload } from "./workload.ts";

/** All workloads, in the order in which tables show them. */
export const workloads: readonly Workload[] = [
  etherTransfers,
  erc20Transfers,
  gameItems,
  collectibles,
  erc20HotReceiver,
  tradingManyPools,
  wethDeposits,
  staking,
  tradingOnePool,
  erc20Chain,
];

export type { Scene, Workload } from "./workload.ts";
