// eth_*: what gas costs.

import type { Chain } from "@heddle/chain";
import { blockRef, demandBlock, LATEST } from "../decode/block-ref.ts";
import { count, optional } from "../decode/values.ts";
import { quantity } from "../encode/quantity.ts";
import { blobFee, feeHistory, percentiles, suggestedTip } from "../fees.ts";
import { type MethodTable, method, parameter } from "../method.ts";

export function ethFees(chain: Chain): MethodTable {
  const nextBaseFee = () => chain.proposal().header.baseFeePerGas ?? 0n;
  return {
    eth_gasPrice: method([], () => quantity(nextBaseFee() + suggestedTip(chain))),
    eth_maxPriorityFeePerGas: method([], () => quantity(suggestedTip(chain))),
    eth_baseFee: method([], () => quantity(nextBaseFee())),
    eth_blobBaseFee: method([], () => quantity(blobFee(chain.head, chain.rulesOf(chain.head)))),
    eth_feeHistory: method(
      [
        parameter("blockCount", count),
        parameter("newestBlock", optional(blockRef, LATEST)),
        parameter("rewardPercentiles", percentiles),
      ],
      ([blocks, newest, wanted]) => feeHistory(chain, blocks, demandBlock(chain, newest), wanted),
    ),
  };
}
