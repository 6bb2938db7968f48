// Arguments that many contracts are given.

import type { HexString } from "../script.ts";

/** The address where there is none to be named. */
export const NOBODY: HexString = `0x${"00".repeat(20)}`;
/** The word of 32 bytes where there is none. */
export const NOTHING: HexString = `0x${"00".repeat(32)}`;
/** A deadline, in seconds, that no block reaches. */
export const NEVER = 2n ** 40n;
/** The most that can be approved; tokens don't count down from it. */
export const UNLIMITED = 2n ** 256n - 1n;
