// Handing a block's changes to a source that keeps state.

import type { Changes } from "./changes.ts";
import { EMPTY_CODE_HASH } from "./empty.ts";
import type { Hex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { Roots } from "./result.ts";
import type { SourceChange, StateSource } from "./state-source.ts";

const NODE_BUFFER = 1 << 18;
const LAST = 0xffffffff;

/** Calls the source's `commit` with everything the open result changes; the kernel's state is still the old one. */
export async function commitToSource(
  kernel: KernelInstance,
  source: StateSource,
  result: { changes: Changes; roots: Pick<Roots, "state"> },
): Promise<void> {
  const { changes } = result;
  const codes: [Hex, Uint8Array][] = [];
  const list: SourceChange[] = [];
  for (const change of changes) {
    const { address, deleted, nonce, balance, codeHash, code, storageWiped, storage, storageRoot } = change;
    if (code !== undefined && code.length > 0) codes.push([codeHash, code]);
    const hash = codeHash === EMPTY_CODE_HASH ? undefined : codeHash;
    list.push({
      address,
      account: deleted ? null : { nonce, balance, codeHash: hash, storageRoot },
      storageWiped,
      storage,
    });
  }
  const nodes = result.roots.state === undefined ? [] : newNodes(kernel);
  await source.commit?.({ changes: list, codes, nodes });
}

/** Every trie node that the open block made. */
function newNodes(kernel: KernelInstance): [Uint8Array, Uint8Array][] {
  const { exports } = kernel;
  const buffer = kernel.allocate(NODE_BUFFER);
  const nodes: [Uint8Array, Uint8Array][] = [];
  for (let from = 0; from !== LAST; ) {
    from = exports.trieNewNodes(buffer, NODE_BUFFER, from) >>> 0;
    const written = kernel.copy(buffer, exports.trieNewNodesLength());
    const view = new DataView(written.buffer);
    for (let at = 0; at < written.length; ) {
      const length = view.getUint32(at + 32, true);
      nodes.push([written.subarray(at, at + 32), written.subarray(at + 36, at + 36 + length)]);
      at += 36 + length;
    }
  }
  return nodes;
}
