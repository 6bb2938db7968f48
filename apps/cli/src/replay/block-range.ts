// Which blocks of a remote chain are meant.

import { InvalidArgumentError } from "commander";

/** From the first to the last; undefined: the newest one. */
export type BlockRange = { from: bigint; to: bigint } | undefined;

/** Blocks in one run. */
const MOST = 10_000n;

/** Reads "latest", a number, or two with ".." between them. */
export function blockRange(text: string): BlockRange {
  if (text === "latest") return undefined;
  const [, first, last = first] =
    /^(0x[0-9a-fA-F]{1,16}|[0-9]{1,19})(?:\.\.(0x[0-9a-fA-F]{1,16}|[0-9]{1,19}))?$/.exec(text) ?? [];
  if (first === undefined || last === undefined) {
    throw new InvalidArgumentError("It must be a block's number, two as in 100..110, or latest.");
  }
  const [from, to] = [BigInt(first), BigInt(last)];
  if (from < 1n || to < from || to - from >= MOST) {
    throw new InvalidArgumentError(`It must go up, from block 1 on, over at most ${MOST} blocks.`);
  }
  return { from, to };
}
