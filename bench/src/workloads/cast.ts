// Who plays: every workload's actors have the same parts.

import type { HexString, Script } from "../script.ts";

/** Deploys and hands out; sends nothing that is timed. */
export const owner = (script: Script): HexString => script.actor(0);

/** User number `index`. */
export const user = (script: Script, index: number): HexString => script.actor(1 + index);

/** How many users take part in `size` transactions of at most `accounts` users. */
export const usersOf = (size: number, accounts: number): number => Math.min(size, accounts);
