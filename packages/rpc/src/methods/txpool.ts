// txpool_*: what waits.

import type { Chain, PooledTransaction } from "@heddle/chain";
import { decodeTransaction } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { address } from "../decode/values.ts";
import { quantity } from "../encode/quantity.ts";
import { encodePooled } from "../encode/transaction.ts";
import { type MethodTable, method, parameter } from "../method.ts";

type BySender = ReadonlyMap<Hex, readonly PooledTransaction[]>;

/** Nonces are decimal here, as in geth. */
function byNonce(
  transactions: readonly PooledTransaction[],
  encode: (one: PooledTransaction) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(transactions.map((one) => [String(one.nonce), encode(one)]));
}

function bySender(senders: BySender, encode: (one: PooledTransaction) => unknown): Record<string, unknown> {
  return Object.fromEntries([...senders].map(([sender, list]) => [sender, byNonce(list, encode)]));
}

/** One line for people. */
function inspected({ raw, gasLimit, maxFee }: PooledTransaction): string {
  const { to, value } = decodeTransaction(raw);
  return `${to ?? "contract creation"}: ${value} wei + ${gasLimit} gas × ${maxFee} wei`;
}

function total(senders: BySender): number {
  return [...senders.values()].reduce((sum, list) => sum + list.length, 0);
}

export function txpool(chain: Chain): MethodTable {
  return {
    txpool_content: method([], async () => {
      const { pending, queued } = await chain.pool.content();
      return { pending: bySender(pending, encodePooled), queued: bySender(queued, encodePooled) };
    }),
    txpool_contentFrom: method([parameter("address", address)], async ([sender]) => {
      const { pending, queued } = await chain.pool.content(sender);
      return {
        pending: byNonce(pending.get(sender) ?? [], encodePooled),
        queued: byNonce(queued.get(sender) ?? [], encodePooled),
      };
    }),
    txpool_inspect: method([], async () => {
      const { pending, queued } = await chain.pool.content();
      return { pending: bySender(pending, inspected), queued: bySender(queued, inspected) };
    }),
    txpool_status: method([], async () => {
      const { pending, queued } = await chain.pool.content();
      return { pending: quantity(total(pending)), queued: quantity(total(queued)) };
    }),
  };
}
