// Which block is meant: by number, name or hash, or an object of EIP-1898.

import type { BlockEntry, BlockReference, Chain, StateView } from "@heddle/chain";
import type { Hex, MaybePromise } from "@heddle/engine";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import { boolean, hash, optional, quantity64 } from "./values.ts";

export type Tag = "latest" | "earliest" | "pending" | "safe" | "finalized";

/** A block as parameters name it; the next one has the pending block's header on the latest state, and is not named. */
export type BlockRef = { tag: Tag | "next" } | { number: bigint } | { hash: Hex; requireCanonical: boolean };

const TAGS: ReadonlySet<unknown> = new Set(["latest", "earliest", "pending", "safe", "finalized"]);
const EXPECTED = "a block: a number in hex, a hash, latest, earliest, pending, safe or finalized";

/** A number in hex or a name. */
export const blockNumberRef: Decoder<{ tag: Tag } | { number: bigint }> = (value, path) => {
  if (TAGS.has(value)) return { tag: value as Tag };
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,16}$/.test(value)) {
    throw new InvalidParamsError(path, EXPECTED, value);
  }
  return { number: quantity64(value, path) };
};

/** Any way to name a block. */
export const blockRef: Decoder<BlockRef> = (value, path) => {
  if (typeof value === "string" && value.length === 66) {
    return { hash: hash(value, path), requireCanonical: false };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return blockNumberRef(value, path);
  const { blockNumber, blockHash, requireCanonical } = value as Record<string, unknown>;
  if ((blockNumber === undefined) === (blockHash === undefined)) {
    throw new InvalidParamsError(path, "an object with either blockNumber or blockHash", value);
  }
  if (blockNumber !== undefined) return blockNumberRef(blockNumber, `${path}.blockNumber`);
  return {
    hash: hash(blockHash, `${path}.blockHash`),
    requireCanonical: optional(boolean, false)(requireCanonical, `${path}.requireCanonical`),
  };
};

export const LATEST: BlockRef = { tag: "latest" };
export const NEXT: BlockRef = { tag: "next" };

/** How the chain names it; the block that is pending or next comes after the latest. */
export function chainReference(ref: BlockRef): BlockReference {
  if ("hash" in ref) return ref.hash;
  if ("number" in ref) return ref.number;
  return ref.tag === "pending" || ref.tag === "next" ? "latest" : ref.tag;
}

/** The block, or undefined where there is none. */
export function findBlock(chain: Chain, ref: BlockRef): BlockEntry | undefined {
  return chain.block(chainReference(ref));
}

/** Whether it has the header of the block to come. */
export function isAhead(ref: BlockRef): boolean {
  return "tag" in ref && (ref.tag === "pending" || ref.tag === "next");
}

/** Whether it is the pending block. */
export function isPending(ref: BlockRef): boolean {
  return "tag" in ref && ref.tag === "pending";
}

/** The block. @throws RpcError -32000 where there is none, or it is not on the main line and must be (EIP-1898) */
export function demandBlock(chain: Chain, ref: BlockRef): BlockEntry {
  const block = findBlock(chain, ref);
  if (block === undefined) throw new RpcError(ErrorCode.server, "header not found");
  if ("hash" in ref && ref.requireCanonical && !chain.isMain(block)) {
    throw new RpcError(ErrorCode.server, "hash is not currently canonical");
  }
  return block;
}

/** The state behind it. @throws RpcError as `demandBlock` */
export function demandState(chain: Chain, ref: BlockRef): MaybePromise<StateView> {
  return isPending(ref) ? chain.pendingState() : chain.state(demandBlock(chain, ref).hash);
}
