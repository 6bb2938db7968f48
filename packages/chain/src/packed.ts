// Values of one size, one behind the other: how senders and hashes of a block's transactions are handed on.

import type { Hex } from "@heddle/engine";
import * as Bytes from "ox/Bytes";

/** `parts`, one behind the other; each has `size` bytes. */
export function pack(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(parts.length * size);
  for (let i = 0; i < parts.length; i++) bytes.set(parts[i]!, i * size);
  return bytes;
}

/** Addresses, 20 bytes each. */
export function packAddresses(addresses: readonly Hex[]): Uint8Array {
  return pack(
    addresses.map((address) => Bytes.fromHex(address)),
    20,
  );
}
