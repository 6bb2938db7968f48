// Damages bytes in the ways that find bugs in decoders.

import * as Rlp from "ox/Rlp";

type Random = (below: number) => number;
type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

/** First bytes of RLP items at the borders of their kinds. */
const BORDERS = [0, 1, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xfb, 0xff];
/** Lengths that overflow 32, 53 and 64 bits, or nearly. */
const HUGE = [
  "bb7fffffff",
  "bbffffffff",
  "bf001fffffffffffff",
  "bfffffffffffffffff",
  "fbffffffff",
  "ffffffffffffffffff",
];

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - remove + insert.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(bytes.subarray(at + remove), at + insert.length);
  return result;
}

const damages: readonly Damage[] = [
  function flipBits(bytes, random) {
    const result = bytes.slice();
    for (let i = 1 + random(4); i > 0 && result.length > 0; i--)
      result[random(result.length)]! ^= 1 << random(8);
    return result;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random(bytes.length + 1));
  },
  function extend(bytes, random) {
    return splice(
      bytes,
      bytes.length,
      0,
      Uint8Array.from({ length: 1 + random(40) }, () => random(256)),
    );
  },
  function border(bytes, random) {
    const result = bytes.slice();
    if (result.length > 0) result[random(result.length)] = BORDERS[random(BORDERS.length)]!;
    return result;
  },
  function firstByte(bytes, random) {
    const result = bytes.slice();
    if (result.length > 0) result[0] = random(256);
    return result;
  },
  /** Prefixes become a little longer or shorter than what follows them. */
  function lieAboutLength(bytes, random) {
    const result = bytes.slice();
    const prefixes = [...result.keys()].filter((at) => result[at]! >= 0x80);
    const at = prefixes[random(prefixes.length)];
    if (at !== undefined) result[at]! += random(2) === 0 ? 1 + random(3) : -1 - random(3);
    return result;
  },
  function hugeLength(bytes, random) {
    const insert = Buffer.from(HUGE[random(HUGE.length)]!, "hex");
    const at = random(bytes.length + 1);
    return splice(bytes, at, Math.min(bytes.length - at, random(2)), insert);
  },
  function removePart(bytes, random) {
    const at = random(bytes.length + 1);
    return splice(bytes, at, Math.min(bytes.length - at, 1 + random(33)), new Uint8Array(0));
  },
  function repeatPart(bytes, random) {
    const at = random(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + random(33));
    return splice(bytes, at, 0, bytes.slice(at, end));
  },
  /** An item becomes a list of lists of lists. */
  function nest(bytes, random) {
    const depth = 1 + random(2000);
    const at = random(bytes.length + 1);
    return splice(bytes, at, 0, new Uint8Array(depth).fill(random(2) === 0 ? 0xc1 : 0xc0));
  },
  function wrap(bytes) {
    const length = Math.min(bytes.length, 0xffff);
    return splice(bytes, 0, 0, Uint8Array.of(0xf9, length >> 8, length & 255));
  },
  function zeros(bytes, random) {
    const result = bytes.slice();
    const at = random(result.length + 1);
    return result.fill(random(2) === 0 ? 0 : 0xff, at, at + 1 + random(33));
  },
];

/** `bytes` with one or two damages. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes;
  for (let i = random(4) === 0 ? 2 : 1; i > 0; i--) result = damages[random(damages.length)]!(result, random);
  return result;
}

type Item = Uint8Array | Item[];

/** Values at the borders of what a field may be: an item takes one of them in place of its own. */
const VALUES: readonly (() => Item)[] = [
  () => new Uint8Array(0),
  () => Uint8Array.of(0),
  () => Uint8Array.of(1),
  () => Uint8Array.of(0xff),
  () => new Uint8Array(8).fill(0xff),
  () => new Uint8Array(9).fill(0xff),
  () => new Uint8Array(20).fill(0x11),
  () => new Uint8Array(21).fill(0x11),
  () => new Uint8Array(32).fill(0xff),
  () => new Uint8Array(33).fill(0xff),
  () => new Uint8Array(50_000).fill(0x5b),
  () => [],
  () => [[]],
  () => Array.from({ length: 300 }, () => new Uint8Array(32).fill(1)),
];

/** A raw transaction of which one item, at any depth, is another value, missing or there twice. The RLP stays right. */
export function mutateItem(raw: Uint8Array, random: Random): Uint8Array {
  const isLegacy = raw[0]! >= 0xc0;
  const items = Rlp.toBytes(isLegacy ? raw : raw.subarray(1)) as unknown as Item[];
  let list = items;
  let at = random(list.length);
  for (let inner = list[at]; Array.isArray(inner) && inner.length > 0 && random(4) > 0; inner = list[at]) {
    list = inner;
    at = random(list.length);
  }
  const kind = random(8);
  if (kind === 0) list.splice(at, 1);
  else if (kind === 1) list.splice(at, 0, list[at]!);
  else list[at] = VALUES[random(VALUES.length)]!();
  const body = Rlp.from(items as Uint8Array[], { as: "Bytes" }) as Uint8Array;
  return isLegacy ? body : Uint8Array.of(raw[0]!, ...body);
}
