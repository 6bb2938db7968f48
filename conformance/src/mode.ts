// How blocks are executed: in this thread, or on a number of worker threads; in a slice, another way for each entry.

import { createHash } from "node:crypto";

/** "in-order": in the thread itself, one transaction after another. A number: that many worker threads. */
export type Mode = "in-order" | number;

/** What the command line chooses; "random": for each entry one of RANDOM_MODES, told by the slice's word. */
export type ModeChoice = Mode | "random";

/** What "random" chooses from. */
export const RANDOM_MODES: readonly Mode[] = ["in-order", 1, 2, 8];

const MOST_THREADS = 64;

/** The choice that `text` stands for; undefined where it is none. */
export function parseMode(text: string): ModeChoice | undefined {
  if (text === "in-order" || text === "random") return text;
  return /^[1-9][0-9]?$/.test(text) && Number(text) <= MOST_THREADS ? Number(text) : undefined;
}

/** The mode in which the entry `key` is run in the slice `slice`. */
export function modeOf(choice: ModeChoice, slice: string, key: string): Mode {
  if (choice !== "random") return choice;
  const digest = createHash("sha256").update(`mode\0${slice}\0${key}`).digest();
  return RANDOM_MODES[digest[0]! % RANDOM_MODES.length]!;
}
