// Walking a Merkle Patricia trie whose nodes are in the database (Yellow Paper, appendix D).

import { EMPTY_TRIE_ROOT, type Hex, type RlpItem, rlpItems, rlpWhole } from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesOf, hexOf } from "./bytes.ts";
import { StoreError } from "./errors.ts";

/** A value of the trie by its path: the 64 nibbles of a key's hash, as hex digits. */
export interface TrieLeaf {
  path: string;
  value: Uint8Array;
}

/** A trie has a node that is not there, or is not what its hash says. */
export class BrokenTrieError extends StoreError {
  override readonly name = "BrokenTrieError";
  constructor(path: string, problem: string) {
    super("BROKEN_TRIE", `the trie is broken at path 0x${path}: ${problem}`, { met: problem });
  }
}

export interface TrieWalk {
  node: (hash: Hex) => Uint8Array | undefined;
  /** Is told every node by its hash; false = what is below it is left out. */
  enter?: (hash: Uint8Array) => boolean;
}

/** All values of the trie, by path. @throws BrokenTrieError, DecodingError */
export function* walkTrie(root: Hex, walk: TrieWalk): Generator<TrieLeaf> {
  if (root !== EMPTY_TRIE_ROOT) yield* walkHash(bytesOf(root), "", walk);
}

function* walkHash(hash: Uint8Array, path: string, walk: TrieWalk): Generator<TrieLeaf> {
  if (walk.enter?.(hash) === false) return;
  const name = hexOf(hash);
  const rlp = walk.node(name);
  if (rlp === undefined) throw new BrokenTrieError(path, `node ${name} is missing`);
  if (hexOf(keccak_256(rlp)) !== name) throw new BrokenTrieError(path, `node ${name} has other bytes`);
  yield* walkNode(rlp, rlpWhole(rlp, "node"), path, walk);
}

const BRANCH = 17;
const IS_LEAF = 2;
const IS_ODD = 1;

function* walkNode(rlp: Uint8Array, item: RlpItem, path: string, walk: TrieWalk): Generator<TrieLeaf> {
  const items = rlpItems(rlp, item, "node");
  if (items.length === BRANCH) {
    for (let nibble = 0; nibble < 16; nibble++) {
      yield* walkChild(rlp, items[nibble]!, path + nibble.toString(16), walk);
    }
    return;
  }
  const [key, value] = items;
  if (items.length !== 2) throw new BrokenTrieError(path, `a node of ${items.length} items`);
  const digits = hexOf(rlp.subarray(key!.payload, key!.end)).slice(2);
  const flags = Number.parseInt(digits[0] ?? "0", 16);
  const below = path + digits.slice((flags & IS_ODD) !== 0 ? 1 : 2);
  if ((flags & IS_LEAF) === 0) yield* walkChild(rlp, value!, below, walk);
  else yield { path: below, value: rlp.subarray(value!.payload, value!.end) };
}

function* walkChild(rlp: Uint8Array, child: RlpItem, path: string, walk: TrieWalk): Generator<TrieLeaf> {
  // A node of less than 32 bytes stands in its parent.
  if (child.isList) yield* walkNode(rlp, child, path, walk);
  else if (child.end > child.payload) yield* walkHash(rlp.subarray(child.payload, child.end), path, walk);
}
