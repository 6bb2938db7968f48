// A chain on which people call the counter.

import type { Hex } from "@heddle/engine";
import type { BlockEntry, Chain } from "../../src/index.ts";
import { COUNTER, people, signed } from "./people.ts";

/** Where the counter counts the calls of an account. */
export const slotOf = (address: Hex): Hex => `0x${address.slice(2).padStart(64, "0")}`;

/** Mines `count` blocks, each with a call of the counter by each of `from`. */
export async function extend(
  chain: Chain,
  count: number,
  from = people,
  extraData: Hex = "0x",
): Promise<BlockEntry[]> {
  const blocks: BlockEntry[] = [];
  for (let i = 0; i < count; i++) {
    const transactions = await Promise.all(
      from.map(async (one) =>
        signed(one, { nonce: (await chain.state().account(one.address))!.nonce, to: COUNTER }),
      ),
    );
    blocks.push(await chain.mine({ transactions, timestamp: chain.head.header.timestamp + 12n, extraData }));
  }
  return blocks;
}
