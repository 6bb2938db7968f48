// What test/parallel-*.test.ts call: a whole kernel whose workers stop at the points of points.ts.

import { initialiseBlake2 } from "../hash/blake2";
import { initialiseKeccak } from "../hash/keccak";
import { internReset } from "../state/host";
import { initialiseTrie } from "../trie/commit";
import { initialiseCode } from "../vm/code";

export * from "../door/block";
export * from "../door/state";
export * from "../door/work";
export * from "../layouts";
export { arenaAllocate, setWorkerId } from "../memory/arena";
export { wakeHost } from "../memory/layout";
export { internReserve, stateLoadAccount, stateLoadSlot } from "../state/host";
export { codeIntern } from "../vm/code";
export { aborted, resume, work } from "./work";

/** As the production module's; once for a memory. Control comes first. */
export function initialise(): void {
  initialiseKeccak();
  initialiseBlake2();
  initialiseCode();
  internReset();
  initialiseTrie();
}
