// Blocks whose access list is given: on a chain at Cancun with EIP-7928 on top.

import { type Engine, type ExecuteInput, type Hex, networkConfig } from "../../src/index.ts";
import { block, type Call, type ListedInput } from "./blocks.ts";

export const LISTED = { ...networkConfig("Cancun"), eips: [7928] };

const ROOT: Hex = `0x${"be".repeat(32)}`;

/** A block of these calls, as Cancun demands it. */
export function listedBlock(calls: readonly Call[], number = 1n): ListedInput {
  const input = block(calls, number);
  return { ...input, header: { ...input.header, parentBeaconBlockRoot: ROOT, excessBlobGas: 0n } };
}

/** Executes a block and drops it: what every way of executing it must give alike, and how it went. */
export async function executed(engine: Engine, input: ExecuteInput) {
  const result = await engine.execute(input);
  const { roots, gasUsed, logsBloom, blockAccessListHash, schedule } = result;
  const list = result.blockAccessList!;
  const facts = { roots, gasUsed, logsBloom, blockAccessListHash, receipts: [...result.receipts] };
  const changes = [...result.changes];
  result.discard();
  return { facts, changes, list, schedule };
}
