// All methods that a chain answers.

import type { Chain } from "@heddle/chain";
import type { CallWatcher } from "../call.ts";
import { LATEST, NEXT } from "../decode/block-ref.ts";
import type { MethodTable } from "../method.ts";
import type { Subscriptions } from "../subscriptions.ts";
import { readingAgain } from "../taken-back.ts";
import { TraceSearch } from "../trace-search.ts";
import { debugRaw } from "./debug-raw.ts";
import { debugTrace } from "./debug-trace.ts";
import { ethBlocks } from "./eth-blocks.ts";
import { ethFees } from "./eth-fees.ts";
import { ethFilters } from "./eth-filters.ts";
import { ethNode, type NodeIdentity } from "./eth-node.ts";
import { ethSimulate } from "./eth-simulate.ts";
import { ethState } from "./eth-state.ts";
import { ethTransactions } from "./eth-transactions.ts";
import { ots } from "./ots.ts";
import { otsSearch } from "./ots-search.ts";
import { testing } from "./testing.ts";
import { traceBlocks } from "./trace-blocks.ts";
import { traceCalls } from "./trace-calls.ts";
import { txpool } from "./txpool.ts";

export interface ChainMethodsOptions extends NodeIdentity {
  /** testing_*: for tests of the node alone. */
  testing?: boolean;
  /**
   * Gas is estimated for the block to come where none is named, not for the latest: time, coinbase or base fee may have been set
   * for it (as Anvil and Hardhat).
   */
  estimateAhead?: boolean;
  /** Hears of eth_call and eth_estimateGas that failed or printed. */
  watchCall?: CallWatcher;
  /** Those of sockets, where they outlive the chain; its own unless given. */
  subscriptions?: Subscriptions;
}

/**
 * The methods of a chain, by name.
 *
 * @example
 * ```ts
 * const methods = { ...chainMethods(chain, { clientVersion: "heddle/0.1.0" }), ...devMethods };
 * await startRpcServer({ methods, translate, log, registry });
 * ```
 */
export function chainMethods(chain: Chain, options: ChainMethodsOptions): MethodTable {
  const search = new TraceSearch(chain);
  return {
    ...ethNode(chain, options),
    ...ethBlocks(chain),
    ...readingAgain(ethState(chain, options.watchCall, options.estimateAhead ? NEXT : LATEST)),
    ...readingAgain(ethSimulate(chain)),
    ...ethTransactions(chain),
    ...ethFees(chain),
    ...ethFilters(chain, options.subscriptions),
    ...txpool(chain),
    ...debugRaw(chain),
    ...readingAgain(debugTrace(chain)),
    ...traceBlocks(chain, search),
    ...readingAgain(traceCalls(chain)),
    ...readingAgain(ots(chain)),
    ...otsSearch(chain, search),
    ...(options.testing ? testing(chain) : {}),
  };
}
