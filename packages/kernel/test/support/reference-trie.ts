import { keccak_256 } from "@noble/hashes/sha3.js";

/** Keys and values as hex without prefix. */
export type Entries = Map<string, string>;

type Rlp = Uint8Array | Rlp[];

function header(length: number, base: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length);
  const size: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest & 255);
  return Uint8Array.of(base + 55 + size.length, ...size);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function rlp(item: Rlp): Uint8Array {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return item;
    return concat(header(item.length, 0x80), item);
  }
  const body = concat(...item.map(rlp));
  return concat(header(body.length, 0xc0), body);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

export function keccak(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes);
}

function compact(nibbles: string, leaf: boolean): Uint8Array {
  const flag = leaf ? 2 : 0;
  return unhex(nibbles.length % 2 === 1 ? `${flag + 1}${nibbles}` : `${flag}0${nibbles}`);
}

/** The node of `entries` below `depth` as an RLP structure: the Yellow Paper's definition, word for word. */
function node(entries: [string, string][], depth: number, seen: Map<string, Uint8Array>): Rlp {
  if (entries.length === 1) {
    const [key, value] = entries[0]!;
    return [compact(key.slice(depth), true), unhex(value)];
  }
  let shared = depth;
  while (entries.every(([key]) => key.length > shared && key[shared] === entries[0]![0][shared])) shared++;
  if (shared > depth) {
    return [compact(entries[0]![0].slice(depth, shared), false), reference(entries, shared, seen)];
  }
  const items: Rlp[] = [];
  for (let nibble = 0; nibble < 16; nibble++) {
    const below = entries.filter(([key]) => key[depth] === nibble.toString(16));
    items.push(below.length === 0 ? new Uint8Array(0) : reference(below, depth + 1, seen));
  }
  const own = entries.find(([key]) => key.length === depth);
  items.push(own === undefined ? new Uint8Array(0) : unhex(own[1]));
  return items;
}

function reference(entries: [string, string][], depth: number, seen: Map<string, Uint8Array>): Rlp {
  const structure = node(entries, depth, seen);
  const bytes = rlp(structure);
  if (bytes.length < 32) return structure;
  const hash = keccak(bytes);
  seen.set(hex(hash), bytes);
  return hash;
}

/** Root hash of a trie, from scratch; `seen` gets the RLP of every hashed node by its hash. */
export function referenceRoot(entries: Entries, seen = new Map<string, Uint8Array>()): string {
  if (entries.size === 0) return hex(keccak(Uint8Array.of(0x80)));
  const bytes = rlp(node([...entries], 0, seen));
  const hash = hex(keccak(bytes));
  seen.set(hash, bytes);
  return hash;
}

function decode(bytes: Uint8Array, at = 0): [item: Rlp, next: number] {
  const prefix = bytes[at]!;
  if (prefix < 0x80) return [bytes.slice(at, at + 1), at + 1];
  const isList = prefix >= 0xc0;
  let length = prefix - (isList ? 0xc0 : 0x80);
  let body = at + 1;
  if (length > 55) {
    const size = length - 55;
    length = Number.parseInt(hex(bytes.slice(body, body + size)), 16);
    body += size;
  }
  const end = body + length;
  if (!isList) return [bytes.slice(body, end), end];
  const items: Rlp[] = [];
  while (body < end) {
    const [item, next] = decode(bytes, body);
    items.push(item);
    body = next;
  }
  return [items, end];
}

/**
 * The value of `key` that `proof` shows under `root`, "" for a proof that there is none. Throws where it
 * shows nothing, or has nodes that are not needed.
 */
export function verifyProof(root: string, key: string, proof: readonly Uint8Array[]): string {
  if (proof.length === 0) {
    if (root === hex(keccak(Uint8Array.of(0x80)))) return "";
    throw new Error("an empty proof of a trie that is not empty");
  }
  let next = 0;
  const open = (reference: Rlp): Rlp => {
    if (!(reference instanceof Uint8Array)) return reference;
    const bytes = proof[next++];
    if (bytes === undefined || hex(keccak(bytes)) !== hex(reference)) throw new Error("a broken proof");
    return decode(bytes)[0];
  };
  const finish = (value: string): string => {
    if (next !== proof.length) throw new Error("a proof with too many nodes");
    return value;
  };
  let at = open(unhex(root));
  let depth = 0;
  while (true) {
    if (at.length === 17) {
      if (depth === key.length) return finish(hex(at[16] as Uint8Array));
      const child = (at as Rlp[])[Number.parseInt(key[depth]!, 16)]!;
      if (child instanceof Uint8Array && child.length === 0) return finish("");
      depth++;
      at = open(child);
      continue;
    }
    const [path, second] = at as [Uint8Array, Rlp];
    const digits = hex(path);
    const nibbles = digits.slice(digits[0] === "1" || digits[0] === "3" ? 1 : 2);
    if (digits[0] === "2" || digits[0] === "3") {
      return finish(key.slice(depth) === nibbles ? hex(second as Uint8Array) : "");
    }
    if (key.slice(depth, depth + nibbles.length) !== nibbles) return finish("");
    depth += nibbles.length;
    at = open(second);
  }
}
