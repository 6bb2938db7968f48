// The rules for uncles (Yellow Paper, section 11.1): at most two, siblings of the last six ancestors, each
// included once.

import { type Header, headerHash, InvalidBlockError } from "@heddle/engine";

/** How far back an uncle's parent may lie: the seventh ancestor. */
const GENERATIONS = 7;
const MAX_UNCLES = 2;

/** What of a block's ancestor its uncles are compared with. */
export interface Ancestor {
  header: Header;
  hash: string;
  uncleHashes: readonly string[];
}

/**
 * Checks the uncles of a block. `line` are its ancestors, parent first; `checkHeader` checks an uncle's header
 * against its parent's. @throws InvalidBlockError naming the uncle
 */
export function checkUncles(
  uncles: readonly Header[],
  line: readonly Ancestor[],
  checkHeader: (uncle: Header, parent: Header) => void,
): void {
  if (uncles.length > MAX_UNCLES)
    throw new InvalidBlockError("uncles", `at most ${MAX_UNCLES}`, uncles.length);
  const near = line.slice(0, GENERATIONS);
  const seen = new Set(near.flatMap(({ hash, uncleHashes }) => [hash, ...uncleHashes]));
  uncles.forEach((uncle, i) => {
    const field = `uncles[${i}]`;
    const hash = headerHash(uncle);
    if (seen.has(hash)) throw new InvalidBlockError(field, "neither an ancestor nor included before", hash);
    seen.add(hash);
    // The block's own parent cannot have an uncle as its child: that would be the block's brother.
    const parent = near.slice(1).find((ancestor) => ancestor.hash === uncle.parentHash.toLowerCase());
    if (parent === undefined)
      throw new InvalidBlockError(field, "a child of one of the last ancestors", uncle.parentHash);
    checkHeader(uncle, parent.header);
  });
}
