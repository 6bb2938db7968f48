// Everything at once, in the shares that mainnet has.

import type { Allocation } from "@heddle/engine";
import { seededRandom } from "@heddle/engine/testing";
import type { Batch } from "../script.ts";
import { attestations } from "./attestations.ts";
import { gameItems, mints } from "./collectibles.ts";
import { swapsManyV2, swapsManyV3 } from "./exchanges.ts";
import { lending } from "./lending.ts";
import { seaportOrders } from "./marketplace.ts";
import { bundles, safeTransactions } from "./smart-accounts.ts";
import { staking, wethDeposits } from "./totals.ts";
import { erc20HotReceiver, etherTransfers } from "./transfers.ts";
import type { Scene, Workload } from "./workload.ts";

/**
 * Percent of the transactions. Of 3,566 in recorded blocks from Paris to Osaka 59 % only paid ether, 19 % moved or approved
 * ERC-20, about 10 % swapped, 3 % minted; the rest, which is of a thousand kinds, is shared among the others.
 */
const SHARES: readonly (readonly [Workload, number])[] = [
  [etherTransfers, 58],
  [erc20HotReceiver, 20],
  [swapsManyV3, 5],
  [swapsManyV2, 5],
  [mints, 3],
  [wethDeposits, 2],
  [seaportOrders, 1],
  [lending, 1],
  [staking, 1],
  [gameItems, 1],
  [attestations, 1],
  [safeTransactions, 1],
  [bundles, 1],
];

/** Actors of each part: more than any of them has. */
const ACTORS = 10_000_000;

/** The transactions of the batches in a random order, in which each batch's own order is kept. */
function shuffled(batches: readonly Batch[]): Batch {
  const order = batches.flatMap(({ transactions }, part) => transactions.map(() => part));
  const next = seededRandom(1559);
  for (let i = order.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const taken = batches.map(() => 0);
  const all: Batch = { transactions: [], senders: [], gasLimits: [] };
  for (const part of order) {
    const { transactions, senders, gasLimits } = batches[part]!;
    const i = taken[part]!++;
    all.transactions.push(transactions[i]!);
    all.senders.push(senders[i]!);
    all.gasLimits.push(gasLimits[i]!);
  }
  return all;
}

export const mainnetMix: Workload = {
  name: "mix",
  title: "A mix after mainnet blocks: payments, tokens, swaps, mints, and some of all else",
  kind: "mixed",
  async write(script, size) {
    const scenes: Scene[] = [];
    for (const [i, [workload, share]] of SHARES.entries()) {
      const part = script.part(i * ACTORS);
      scenes.push(await workload.write(part, Math.max(1, Math.round((size * share) / 100)), {}));
    }
    const alloc: Allocation = Object.assign({}, ...scenes.map((scene) => scene.alloc ?? {}));
    return {
      setup: scenes.flatMap(({ setup }) => setup),
      block: shuffled(scenes.map(({ block }) => block)),
      alloc,
    };
  },
};
