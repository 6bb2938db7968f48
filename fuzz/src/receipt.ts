// Receipts as the receipts root holds them.

import { hexToBytes } from "@heddle/cli";
import type { Hex } from "@heddle/engine";
import * as Rlp from "ox/Rlp";

export interface DecodedReceipt {
  success: boolean;
  cumulativeGasUsed: bigint;
  logs: { address: Hex; topics: Hex[]; data: Hex }[];
}

type Item = Hex | Item[];

/** The receipt of an envelope: a type byte and RLP, or RLP alone. */
export function decodeReceipt(envelope: Hex): DecodedReceipt {
  const bytes = hexToBytes(envelope);
  const [status, gas, , logs] = Rlp.toHex(bytes[0]! < 0xc0 ? bytes.subarray(1) : bytes) as unknown as Item[];
  return {
    success: status === "0x01",
    cumulativeGasUsed: BigInt(gas as Hex),
    logs: (logs as Item[][]).map(([address, topics, data]) => ({
      address: address as Hex,
      topics: topics as Hex[],
      data: data as Hex,
    })),
  };
}
