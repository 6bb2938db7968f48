// Numbers as JSON-RPC writes them.

import type { Hex } from "@heddle/engine";

/** A number in hex without zeros before it. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}

/** A number as 32 bytes. */
export function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
