// Keys as nibbles. A key is 32 readable bytes, zero behind its end; its length is told apart, because the
// tries of the conformance suite have keys of several lengths (those of Ethereum's state have 64 nibbles).

import { VALUE_SLOT } from "./node";

/** The branch slot of `key` at `depth`: its nibble, or VALUE_SLOT where it ends there. */
export function keySlot(key: usize, nibbles: u32, depth: u32): u32 {
  if (depth >= nibbles) return VALUE_SLOT;
  const byte = <u32>load<u8>(key + (depth >> 1));
  return depth & 1 ? byte & 15 : byte >> 4;
}

/** Number of nibbles, at most `limit`, that two keys have in common. */
export function commonNibbles(a: usize, b: usize, limit: u32): u32 {
  for (let at: u32 = 0; at < 32; at += 8) {
    const difference = load<u64>(a + at) ^ load<u64>(b + at);
    if (difference != 0) {
      const same = (at << 1) + <u32>(clz<u64>(bswap<u64>(difference)) >> 2);
      return same < limit ? same : limit;
    }
  }
  return limit < 64 ? limit : 64;
}

/** Writes the first `depth` nibbles of `key` at `to`, then `slot` if it is a nibble, then zeros. */
export function keyPrefix(to: usize, key: usize, depth: u32, slot: u32): void {
  memory.fill(to, 0, 32);
  memory.copy(to, key, (depth + 1) >> 1);
  if (depth & 1) {
    const last = to + (depth >> 1);
    store<u8>(last, load<u8>(last) & 0xf0);
  }
  if (slot >= VALUE_SLOT || depth >= 64) return;
  const at = to + (depth >> 1);
  store<u8>(at, depth & 1 ? load<u8>(at) | <u8>slot : <u8>(slot << 4));
}
