// Which accounts and slots a chain has ever written to.

import { decodeUndo, type Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { Genesis } from "./genesis.ts";

/** Addresses that genesis or one of the undo records names, each with the slots of it that they name. */
export function touchedSlots(alloc: Genesis["alloc"], undoRecords: Iterable<Uint8Array>): Map<Hex, Set<Hex>> {
  const touched = new Map<Hex, Set<Hex>>();
  const slotsOf = (address: Hex) => {
    const slots = touched.get(address) ?? new Set<Hex>();
    touched.set(address, slots);
    return slots;
  };
  for (const [address, { storage }] of Object.entries(alloc)) {
    const slots = slotsOf(HexOf.fromBytes(HexOf.toBytes(address as Hex)));
    for (const key of Object.keys(storage ?? {})) slots.add(HexOf.fromNumber(BigInt(key), { size: 32 }));
  }
  for (const record of undoRecords) {
    for (const { address, storage } of decodeUndo(record)) {
      const slots = slotsOf(address);
      for (const [key] of storage) slots.add(key);
    }
  }
  return touched;
}
