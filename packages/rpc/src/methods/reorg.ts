// anvil_rollback and anvil_reorg: the last blocks taken back, and others made in their place.

import type { DevChain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { amountCount } from "../decode/amount.ts";
import { arrayOf, data, optional } from "../decode/values.ts";
import { InvalidParamsError } from "../errors.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";
import { gasFor, requestOf, type Sent, sent } from "./dev-transactions.ts";

/** A transaction of a block to be made: signed, or fields of which one is made. */
type Given = { raw: Hex } | { call: Sent };

const MOST_PAIRS = 10_000;

const pair: Decoder<[Given, number]> = (value, path) => {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new InvalidParamsError(path, "a transaction and the number of its block, from 0 on", value);
  }
  const [transaction, block] = value;
  const given: Given =
    typeof transaction === "string"
      ? { raw: data(transaction, `${path}[0]`) }
      : { call: sent(transaction, `${path}[0]`) };
  return [given, amountCount(block, `${path}[1]`)];
};
const pairs = arrayOf(pair, MOST_PAIRS);

/** Depth and pairs are the two parameters, or fields of an object that is the first. */
const depthOrOptions: Decoder<{ depth: number; pairs: [Given, number][] | undefined }> = (value, path) => {
  if (typeof value !== "object" || value === null)
    return { depth: amountCount(value, path), pairs: undefined };
  const { depth, txBlockPairs } = value as Record<string, unknown>;
  return {
    depth: amountCount(depth, `${path}.depth`),
    pairs: optional(pairs, [] as [Given, number][])(txBlockPairs, `${path}.txBlockPairs`),
  };
};

/** The transactions of each block, raw with their senders. Nonces that are left out count from where the chain goes back to. */
async function made(dev: DevChain, depth: number, list: readonly [Given, number][], signal: AbortSignal) {
  const { chain } = dev;
  const blocks: { raw: Uint8Array; sender: Hex }[][] = Array.from({ length: depth }, () => []);
  const base = chain.head.number - BigInt(depth);
  const nonces = new Map<Hex, bigint>();
  // In the order of their blocks: nonces follow each other.
  for (const [given, block] of list.toSorted(([, a], [, b]) => a - b)) {
    if (block >= depth)
      throw new InvalidParamsError("txBlockPairs", `blocks below the depth ${depth}`, block);
    if ("raw" in given) {
      const raw = HexOf.toBytes(given.raw);
      const { senders, errors } = await chain.engine.recoverSenders([raw]);
      if (errors.length > 0)
        throw new InvalidParamsError("txBlockPairs", "of signed transactions", given.raw);
      blocks[block]!.push({ raw, sender: HexOf.fromBytes(senders.subarray(0, 20)) });
      continue;
    }
    const { call } = given;
    const next = nonces.get(call.from) ?? (await chain.state(base).account(call.from))?.nonce ?? 0n;
    const nonce = call.nonce ?? next;
    nonces.set(call.from, nonce + 1n);
    const gas = call.gas ?? (await gasFor(chain, call, undefined, signal));
    blocks[block]!.push(await dev.makeTransaction(call.from, { ...requestOf(chain, call, gas), nonce }));
  }
  return blocks;
}

/** @throws InvalidParamsError where the chain is not so long */
function demandDepth(dev: DevChain, depth: number): void {
  const { number } = dev.chain.head;
  if (BigInt(depth) <= number - dev.chain.genesis.number) return;
  throw new InvalidParamsError("depth", `at most the chain's height, ${number}`, depth);
}

export function reorgMethods(dev: DevChain): MethodTable {
  return {
    anvil_rollback: method([parameter("depth", optional(amountCount, 1))], async ([depth]) => {
      demandDepth(dev, depth);
      await dev.rollback(depth);
      return null;
    }),
    anvil_reorg: method(
      [
        parameter("depth", depthOrOptions),
        parameter("txBlockPairs", optional(pairs, [] as [Given, number][])),
      ],
      async ([options, list], { signal }) => {
        const { depth } = options;
        demandDepth(dev, depth);
        await dev.reorg(depth, await made(dev, depth, options.pairs ?? list, signal));
        return null;
      },
    ),
  };
}
