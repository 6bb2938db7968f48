// RLP of trie nodes (Yellow Paper, appendix D), from the references their children cache.

import { panic } from "../host";
import { rlpWriteBytes } from "../rlp/write";
import {
  BRANCH_CHILDREN,
  branchAt,
  copy32,
  extensionAt,
  Kind,
  LEAF_VALUE,
  leafAt,
  NODE_KEY,
  NODE_REF,
  nodeAt,
  TriePanic,
} from "./node";

/** Where the RLP that `nodeEncode` wrote begins. */
export let encodedAt: usize = 0;

/** Longest header of a node's list: nodes are shorter than 64 KiB. */
export const ENCODE_HEADER: usize = 4;

/**
 * Writes the RLP of `node` into the buffer, whose children (and own `start`) must be known. Returns its
 * length; it begins at `encodedAt`, a few bytes into the buffer.
 */
export function nodeEncode(node: u32, buffer: usize): u32 {
  const body = buffer + ENCODE_HEADER;
  const kind = nodeAt(node).kind;
  let end: usize;
  if (kind == Kind.Branch) {
    end = encodeBranch(node, body);
  } else if (kind == Kind.Leaf) {
    const leaf = leafAt(node);
    end = writePath(body, <usize>node + NODE_KEY, leaf.start, leaf.nibbles, 2);
    end = rlpWriteBytes(end, <usize>node + LEAF_VALUE, leaf.valueLength);
  } else {
    const extension = extensionAt(node);
    end = writePath(body, <usize>node + NODE_KEY, extension.start, extension.nibbles, 0);
    end = writeReference(end, extension.child);
  }
  return closeList(body, end);
}

/** Puts the list header directly before the payload [body, end). Returns the length of the whole. */
export function closeList(body: usize, end: usize): u32 {
  const length = <u32>(end - body);
  if (length < 56) {
    encodedAt = body - 1;
    store<u8>(encodedAt, <u8>(0xc0 + length));
  } else if (length < 256) {
    encodedAt = body - 2;
    store<u8>(encodedAt, 0xf8);
    store<u8>(encodedAt, <u8>length, 1);
  } else if (length < 65536) {
    encodedAt = body - 3;
    store<u8>(encodedAt, 0xf9);
    store<u8>(encodedAt, <u8>(length >> 8), 1);
    store<u8>(encodedAt, <u8>length, 2);
  } else {
    encodedAt = body - 4;
    store<u8>(encodedAt, 0xfa);
    store<u8>(encodedAt, <u8>(length >> 16), 1);
    store<u8>(encodedAt, <u8>(length >> 8), 2);
    store<u8>(encodedAt, <u8>length, 3);
  }
  return <u32>(end - encodedAt);
}

function encodeBranch(node: u32, body: usize): usize {
  const mask = branchAt(node).mask;
  let child = <usize>node + BRANCH_CHILDREN;
  let to = body;
  for (let slot: u32 = 0; slot < 16; slot++) {
    if ((mask >> slot) & 1) {
      to = writeReference(to, load<u32>(child));
      child += 4;
    } else {
      store<u8>(to++, 0x80);
    }
  }
  if (mask >> 16 == 0) {
    store<u8>(to, 0x80);
    return to + 1;
  }
  const leaf = load<u32>(child);
  return rlpWriteBytes(to, <usize>leaf + LEAF_VALUE, leafAt(leaf).valueLength);
}

/** What a parent says about a child: its hash as a string, or its RLP. */
function writeReference(to: usize, node: u32): usize {
  const length = <u32>nodeAt(node).refLength;
  if (length == 32) {
    store<u8>(to, 0xa0);
    copy32(to + 1, <usize>node + NODE_REF);
    return to + 33;
  }
  if (length == 0) panic(TriePanic.Unresolved, node);
  memory.copy(to, <usize>node + NODE_REF, length);
  return to + length;
}

/** Hex-prefix encoding of the nibbles start ... end of `key`; `flag` is 2 for a leaf, 0 for an extension. */
export function writePath(to: usize, key: usize, start: u32, end: u32, flag: u32): usize {
  const count = end - start;
  const bytes = (count >> 1) + 1;
  let at = to;
  if (bytes > 1) store<u8>(at++, <u8>(0x80 + bytes));
  let depth = start;
  if (count & 1) {
    store<u8>(at++, <u8>(((flag | 1) << 4) | nibbleOf(key, depth++)));
  } else {
    store<u8>(at++, <u8>(flag << 4));
  }
  if ((depth & 1) == 0) {
    memory.copy(at, key + (depth >> 1), bytes - 1);
    return at + bytes - 1;
  }
  for (; depth < end; depth += 2) {
    store<u8>(at++, <u8>((nibbleOf(key, depth) << 4) | nibbleOf(key, depth + 1)));
  }
  return at;
}

function nibbleOf(key: usize, depth: u32): u32 {
  const byte = <u32>load<u8>(key + (depth >> 1));
  return depth & 1 ? byte & 15 : byte >> 4;
}
