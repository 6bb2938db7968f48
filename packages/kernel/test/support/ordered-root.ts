import type * as Hex from "ox/Hex";
import { referenceRoot } from "./reference-trie.ts";
import { integer, rlp } from "./transaction.ts";

/** Root of the trie from each index's RLP to its item, by the reference trie. */
export function orderedRootOf(items: readonly Hex.Hex[]): Hex.Hex {
  const entries = new Map(items.map((item, index) => [rlp(integer(index)).slice(2), item.slice(2)] as const));
  return `0x${referenceRoot(entries)}`;
}
