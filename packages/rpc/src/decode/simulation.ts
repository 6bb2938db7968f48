// What eth_simulateV1 is asked: blocks, and the calls in each.

import type { Decoder } from "../method.ts";
import { type CallObject, callObject } from "./call-object.ts";
import { type AccountOverride, blockOverride, stateOverrides } from "./overrides.ts";
import { arrayOf, boolean, object, optional } from "./values.ts";

/** Blocks that are listed; those between count as well (`Chain.simulate`). */
const MOST_BLOCKS = 4096;
/** More than the gas of all calls together pays for. */
const MOST_CALLS = 4096;

const block = object({
  blockOverrides: optional(blockOverride),
  stateOverrides: optional(stateOverrides, [] as [`0x${string}`, AccountOverride][]),
  calls: optional(arrayOf(callObject, MOST_CALLS), [] as CallObject[]),
});

export type SimulatedBlockObject = ReturnType<typeof block>;

export const simulation = object({
  blockStateCalls: arrayOf(block, MOST_BLOCKS),
  traceTransfers: optional(boolean, false),
  validation: optional(boolean, false),
  returnFullTransactions: optional(boolean, false),
});

/** Blocks to simulate, and how. */
export type Simulation = typeof simulation extends Decoder<infer T> ? T : never;
