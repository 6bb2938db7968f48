// debug_getRaw*: bytes as they travel; debug_executionWitness: what it takes to execute a block elsewhere.

import type { Chain } from "@heddle/chain";
import { encodeHeader } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { blockRef, demandBlock } from "../decode/block-ref.ts";
import { hash } from "../decode/values.ts";
import { type MethodTable, method, parameter } from "../method.ts";

export function debugRaw(chain: Chain): MethodTable {
  const block = parameter("block", blockRef);
  return {
    debug_getRawHeader: method([block], ([ref]) =>
      HexOf.fromBytes(encodeHeader(demandBlock(chain, ref).header)),
    ),
    debug_getRawBlock: method([block], ([ref]) => HexOf.fromBytes(demandBlock(chain, ref).encode())),
    debug_getRawReceipts: method([block], ([ref]) => {
      const entry = demandBlock(chain, ref);
      return Array.from({ length: entry.transactionCount }, (_, i) => HexOf.fromBytes(entry.rawReceipt(i)));
    }),
    debug_getRawTransaction: method([parameter("hash", hash)], ([wanted]) => {
      const found = chain.transaction(wanted);
      if (found !== undefined) return HexOf.fromBytes(found.block.rawTransaction(found.index));
      const pooled = chain.pool.get(wanted);
      return pooled === undefined ? null : HexOf.fromBytes(pooled.raw);
    }),
    debug_getRawBlockAccessList: method([block], ([ref]) => {
      const { accessList } = demandBlock(chain, ref);
      return accessList === undefined ? null : HexOf.fromBytes(accessList);
    }),
    debug_executionWitness: method([block], async ([ref], { signal }) => {
      const { headers, ...witness } = await chain.witness(demandBlock(chain, ref), signal);
      return { ...witness, headers: headers.map(({ header }) => HexOf.fromBytes(encodeHeader(header))) };
    }),
    debug_getBadBlocks: method([], () => []),
  };
}
