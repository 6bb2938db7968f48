// Values of one size, one behind the other: how senders of a block's transactions are handed on.

import type { Hex } from "@heddle/engine";
import * as Bytes from "ox/Bytes";

/** Addresses, 20 bytes each. */
export function packAddresses(addresses: readonly Hex[]): Uint8Array {
  const bytes = new Uint8Array(addresses.length * 20);
  addresses.forEach((address, i) => {
    bytes.set(Bytes.fromHex(address), i * 20);
  });
  return bytes;
}
