// Which logs are wanted.

import type { Hex } from "@heddle/engine";
import { InvalidParamsError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import { type BlockRef, blockNumberRef } from "./block-ref.ts";
import { address, hash, object, oneOrMore, optional } from "./values.ts";

const MAX_ADDRESSES = 1000;
const MAX_ALTERNATIVES = 1000;

/** One address of some and topics by place; undefined = any. */
export interface LogFilter {
  addresses: ReadonlySet<Hex> | undefined;
  topics: readonly (ReadonlySet<Hex> | undefined)[];
}

/** The same, with the blocks that are looked through. */
export interface LogQuery extends LogFilter {
  blocks: { hash: Hex } | { from: BlockRef; to: BlockRef };
}

const fields = object(
  {
    fromBlock: optional(blockNumberRef),
    toBlock: optional(blockNumberRef),
    blockHash: optional(hash),
    address: optional(oneOrMore(address, MAX_ADDRESSES)),
    topics: (value: unknown, path: string) => topics(value, path),
  },
  "a filter object",
);

function topics(value: unknown, path: string): (ReadonlySet<Hex> | undefined)[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > 4)
    throw new InvalidParamsError(path, "an array of at most four topics", value);
  return value.map((topic, i) => {
    // Null at a place, or among its alternatives, or no alternatives: any.
    if (topic === null || (Array.isArray(topic) && (topic.length === 0 || topic.includes(null))))
      return undefined;
    return new Set(oneOrMore(hash, MAX_ALTERNATIVES)(topic, `${path}[${i}]`));
  });
}

/** Reads a filter. @throws InvalidParamsError */
export const logQuery: Decoder<LogQuery> = (value, path) => {
  const { fromBlock, toBlock, blockHash, address: addresses, topics: wanted } = fields(value, path);
  if (blockHash !== undefined && (fromBlock ?? toBlock) !== undefined) {
    throw new InvalidParamsError(path, "a filter with either blockHash or fromBlock and toBlock", value);
  }
  return {
    addresses: addresses === undefined || addresses.length === 0 ? undefined : new Set(addresses),
    topics: wanted,
    blocks:
      blockHash === undefined
        ? { from: fromBlock ?? { tag: "latest" }, to: toBlock ?? { tag: "latest" } }
        : { hash: blockHash },
  };
};
