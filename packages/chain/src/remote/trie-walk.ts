// Looking a key up in a Merkle Patricia trie of which some nodes are at hand (Yellow Paper, appendix D).

import type { Hex } from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";

/** A node, or a reference to one: its hash, or itself where it is shorter than that. */
export type TrieNode = readonly (Hex | TrieNode)[];

/** A path in hex-prefix encoding (appendix C). */
export interface TriePath {
  nibbles: string;
  isLeaf: boolean;
}

export function decodePath(encoded: Hex): TriePath {
  const flag = Number.parseInt(encoded[2]!, 16);
  return { nibbles: encoded.slice((flag & 1) === 1 ? 3 : 4), isLeaf: flag >= 2 };
}

/**
 * The value under keccak256(`key`) in the trie of `root`; undefined where the trie has none, null where the nodes at hand do
 * not reach that far. `node` gives the RLP of a node by its hash.
 */
export function findInTrie(
  root: Hex,
  key: Uint8Array,
  node: (hash: Hex) => Uint8Array | undefined,
): Hex | undefined | null {
  let path = HexOf.fromBytes(keccak_256(key)).slice(2);
  let reference: Hex | TrieNode = root;
  for (;;) {
    if (reference === "0x") return undefined;
    if (typeof reference === "string") {
      const rlp = node(reference);
      if (rlp === undefined) return null;
      reference = Rlp.toHex(rlp) as TrieNode;
    }
    if (reference.length === 17) {
      const next: Hex | TrieNode = reference[Number.parseInt(path[0]!, 16)]!;
      reference = next;
      path = path.slice(1);
      continue;
    }
    const { nibbles, isLeaf } = decodePath(reference[0] as Hex);
    if (isLeaf) return nibbles === path ? (reference[1] as Hex) : undefined;
    if (!path.startsWith(nibbles)) return undefined;
    path = path.slice(nibbles.length);
    const below: Hex | TrieNode = reference[1]!;
    reference = below;
  }
}
