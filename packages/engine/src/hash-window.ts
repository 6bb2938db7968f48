// The hashes that BLOCKHASH gives: those of 256 blocks before one, of which a block shares all but one with the block before.

import { type Hex, toBytes } from "./hex.ts";
import type { MaybePromise } from "./state-source.ts";

/** How many blocks BLOCKHASH reaches back. */
const REACH = 256n;
const HASH = 32;

/** Finds the hash of an earlier block. */
export type LookUpHash = (number: bigint) => MaybePromise<Hex | undefined>;

/** What a block of a number and a parent sees. */
interface Window {
  number: bigint;
  parentHash: Hex;
  /** Of block n at n modulo 256; zeros where one is not known. */
  table: Uint8Array;
}

/** Tables of hashes as the kernel takes them. The last one is kept for the next block and for calls on the same one. */
export class HashWindows {
  #last: Window | undefined;

  /**
   * The table of a block: its parent's hash as its header has it, the others as `lookUp` finds them. A hash names all before it:
   * where it is that of the table before, they are not looked up again.
   * @throws InvalidArgumentError where what was found is no hash
   */
  async before(number: bigint, parentHash: Hex | undefined, lookUp: LookUpHash): Promise<Uint8Array> {
    const table = this.atOnce(number, parentHash, lookUp);
    if (table !== undefined) return table;
    const found = new Map<bigint, Hex | undefined>();
    for (let n = firstBefore(number); n < number; n++) found.set(n, await lookUp(n));
    return this.atOnce(number, parentHash, (n) => found.get(n))!;
  }

  /** The same where no hash has to be waited for; else undefined. */
  atOnce(number: bigint, parentHash: Hex | undefined, lookUp: LookUpHash): Uint8Array | undefined {
    const last = this.#last;
    if (last !== undefined && parentHash !== undefined) {
      if (last.number === number && last.parentHash === parentHash) return last.table;
      if (last.number === number - 1n && atHand(lookUp(last.number - 1n)) === last.parentHash) {
        const table = last.table.slice();
        put(table, number - 1n, parentHash);
        this.#last = { number, parentHash, table };
        return table;
      }
    }
    const table = new Uint8Array(Number(REACH) * HASH);
    let isComplete = true;
    for (let n = firstBefore(number); n < number; n++) {
      const hash = (n === number - 1n ? parentHash : undefined) ?? atHand(lookUp(n));
      if (hash === NOT_AT_HAND) return undefined;
      if (hash === undefined) isComplete = false;
      else put(table, n, hash);
    }
    if (isComplete && parentHash !== undefined) this.#last = { number, parentHash, table };
    return table;
  }
}

const NOT_AT_HAND = Symbol();

/** What was found, where it need not be waited for. Whoever waits asks again, and is told then why it failed. */
function atHand(found: ReturnType<LookUpHash>): Hex | undefined | typeof NOT_AT_HAND {
  if (typeof found !== "object") return found;
  found.catch(() => undefined);
  return NOT_AT_HAND;
}

const firstBefore = (number: bigint): bigint => (number > REACH ? number - REACH : 0n);

function put(table: Uint8Array, number: bigint, hash: Hex): void {
  table.set(toBytes(hash, `blockHashes[${number}]`, HASH), Number(number % REACH) * HASH);
}
