// How this worker runs transactions just now.

import { control } from "../memory/layout";
import { Deltas } from "../status";

/** One worker alone: versions are overwritten in place. */
export const MODE_SEQUENTIAL: u32 = 0;
/** Speculatively: the fee recipient's balance is not known. */
export const MODE_PARALLEL: u32 = 1;
/** All earlier transactions are committed and their fees credited; later ones may still be running elsewhere. */
export const MODE_IN_TURN: u32 = 2;

/** What those before leave is claimed by the block's access list (parallel/claims.ts): nothing is published. */
export const MODE_CLAIMED: u32 = 3;

export let viewMode: u32 = MODE_SEQUENTIAL;

/** Sets the mode of what this worker runs next; no location is read as a delta, unless `allowDeltas` follows. */
export function setViewMode(mode: u32): void {
  viewMode = mode;
  viewDeltas = Deltas.Off;
}

/** What of it holds for the running transaction. */
export let viewDeltas: Deltas = Deltas.Off;

/** For a speculative execution, after `setViewMode`: its reads may be deltas. */
export function allowDeltas(): void {
  viewDeltas = <Deltas>control().deltas;
}
