// The production module: what @heddle/engine calls.

import { initialiseBlake2 } from "./hash/blake2";
import { initialiseKeccak } from "./hash/keccak";
import { internReset } from "./state/host";
import { initialiseTrie } from "./trie/commit";
import { initialiseCode } from "./vm/code";

export { runBlockSequential } from "./block/run";
export * from "./door/block";
export * from "./door/state";
export * from "./layouts";
export { arenaAllocate, setWorkerId } from "./memory/arena";
export { wakeHost } from "./memory/layout";

/** Writes the constants and empty tables that all instances share; once for a memory. Control comes first. */
export function initialise(): void {
  initialiseKeccak();
  initialiseBlake2();
  initialiseCode();
  internReset();
  initialiseTrie();
}
