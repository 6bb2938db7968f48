// The door of the workloads.

import { attestations } from "./attestations.ts";
import { collectibles, gameItems, mints } from "./collectibles.ts";
import { swapsManyV2, swapsManyV3, swapsOneV2, swapsOneV3 } from "./exchanges.ts";
import { votes } from "./governance.ts";
import { lending } from "./lending.ts";
import { mainnetBlocks } from "./mainnet.ts";
import { seaportOrders } from "./marketplace.ts";
import { mainnetMix } from "./mix.ts";
import { bundles, safeTransactions } from "./smart-accounts.ts";
import { pendingTotal, staking, wethDeposits } from "./totals.ts";
import { erc20Chain, erc20HotReceiver, erc20Merchant, erc20Transfers, etherTransfers } from "./transfers.ts";
import type { Workload } from "./workload.ts";

/** All workloads, in the order in which tables show them. */
export const workloads: readonly Workload[] = [
  etherTransfers,
  erc20Transfers,
  gameItems,
  collectibles,
  attestations,
  safeTransactions,
  seaportOrders,
  bundles,
  erc20HotReceiver,
  swapsManyV2,
  swapsManyV3,
  lending,
  mainnetMix,
  mainnetBlocks,
  erc20Merchant,
  pendingTotal,
  wethDeposits,
  votes,
  staking,
  mints,
  swapsOneV2,
  swapsOneV3,
  erc20Chain,
];

export type { Environment, Scene, Shape, Workload } from "./workload.ts";
