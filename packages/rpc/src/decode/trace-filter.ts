// Which traces are wanted.

import type { Hex } from "@heddle/engine";
import { InvalidParamsError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import { type BlockRef, blockRef } from "./block-ref.ts";
import { address, count, object, oneOf, oneOrMore, optional } from "./values.ts";

const MOST_ADDRESSES = 1000;

/** A filter as trace_filter takes it. Empty sets name nobody, so that all match. */
export interface TraceFilter {
  from: BlockRef;
  to: BlockRef;
  senders: ReadonlySet<Hex>;
  receivers: ReadonlySet<Hex>;
  /** Where both are named: whether both must match. */
  mustBoth: boolean;
  /** Matching traces that are left out before the first. */
  after: number;
  count: number | undefined;
}

/** Also as JSON's number. */
const filterBlock: Decoder<BlockRef> = (value, path) => {
  if (typeof value !== "number") return blockRef(value, path);
  return { number: BigInt(count(value, path)) };
};

const fields = object(
  {
    fromBlock: optional(filterBlock, { number: 0n } as BlockRef),
    toBlock: optional(filterBlock, { tag: "latest" } as BlockRef),
    fromAddress: optional(oneOrMore(address, MOST_ADDRESSES), [] as Hex[]),
    toAddress: optional(oneOrMore(address, MOST_ADDRESSES), [] as Hex[]),
    mode: optional(oneOf("union", "intersection"), "union"),
    after: optional(count, 0),
    count: optional(count),
  },
  "a filter object",
);

/** Reads a filter. @throws InvalidParamsError */
export const traceFilter: Decoder<TraceFilter> = (value, path) => {
  const { fromBlock, toBlock, fromAddress, toAddress, mode, after, count: most } = fields(value, path);
  if ("number" in fromBlock && "number" in toBlock && fromBlock.number > toBlock.number) {
    throw new InvalidParamsError(
      `${path}.toBlock`,
      `at least fromBlock (${fromBlock.number})`,
      `${toBlock.number}`,
    );
  }
  return {
    from: fromBlock,
    to: toBlock,
    senders: new Set(fromAddress),
    receivers: new Set(toAddress),
    mustBoth: mode === "intersection",
    after,
    count: most,
  };
};
