// The nodes a block made, as a node store keeps them: RLP by hash.

import { encodedAt, nodeEncode } from "./encode";
import { copy32, Kind, MAX_NODE_SIZE, NODE_REF, nodeAt } from "./node";
import { rlpBuffer } from "./scratch";
import { listSegment, madeList, SEGMENT_ENTRIES, trieShared } from "./workers";

/** Longest record: hash, length and RLP. */
const RECORD: usize = 36 + <usize>MAX_NODE_SIZE;

/** Bytes that the last `trieNewNodes` wrote. */
let written: u32 = 0;

export function trieNewNodesLength(): u32 {
  return written;
}

/**
 * Writes nodes that were made since the last commit or discard and are in a trie: 32 bytes of hash, u32 length,
 * RLP, one after the other. After the root is computed and before the commit; `from` is 0 at first, then what
 * the call before returned; 0xffffffff = that was the last one. `trieNewNodesLength` tells how many bytes there are.
 */
export function trieNewNodes(buffer: usize, capacity: u32, from: u32): u32 {
  let to = buffer;
  const end = buffer + capacity;
  let first: u32 = 0;
  for (let id: u32 = 0; id < trieShared().workers; id++) {
    const list = madeList(id);
    const count = list.count;
    let segment: usize = 0;
    for (let index = from > first ? from - first : 0; index < count; index++) {
      if (to + RECORD > end) {
        written = <u32>(to - buffer);
        return first + index;
      }
      if (segment == 0 || index % SEGMENT_ENTRIES == 0) segment = listSegment(list, index);
      const node = load<u32>(segment + 4 + ((<usize>(index % SEGMENT_ENTRIES)) << 2));
      if (nodeAt(node).kind == Kind.Dead || nodeAt(node).refLength != 32) continue;
      const length = nodeEncode(node, rlpBuffer(0));
      copy32(to, <usize>node + NODE_REF);
      store<u32>(to, length, 32);
      memory.copy(to + 36, encodedAt, length);
      to += 36 + length;
    }
    first += count;
  }
  written = <u32>(to - buffer);
  return 0xffffffff;
}
