// What the blocks in memory have overwritten, indexed as far back as somebody has asked.

import { HistoryIndex } from "./history-index.ts";
import type { MainLine } from "./main-line.ts";

export class RecentHistory {
  readonly #line: MainLine;
  #old = new HistoryIndex();
  /** Blocks whose old values the index has. */
  #from: bigint;
  #to: bigint;

  /** Begins with nothing; the line may grow, but its first block stays. */
  constructor(line: MainLine) {
    this.#line = line;
    this.#from = line.first;
    this.#to = line.first - 1n;
  }

  #beginAt(from: bigint): void {
    this.#old = new HistoryIndex();
    this.#from = from;
    this.#to = from - 1n;
  }

  /** The line has lost its blocks above this one. */
  removeAbove(number: bigint): void {
    this.#old.removeAbove(number);
    if (this.#to > number) this.#to = number;
    if (this.#from > number + 1n) this.#beginAt(this.#line.first);
  }

  /** The value of a location after block `number`; undefined where no later block has overwritten it. */
  valueAt(location: Uint8Array, number: bigint): Uint8Array | undefined {
    this.#indexBehind(number);
    return this.#old.valueAt(location, number);
  }

  /** Sees to it that the index has all blocks behind `number` that are in memory. */
  #indexBehind(number: bigint): void {
    const { first, head } = this.#line;
    if (this.#from > first && this.#from > number + 1n) {
      // Who asks for one block will ask for one further back: twice as far, so that all of them cost no more than the last.
      let from = number - (head - number);
      if (from < first) from = first;
      this.#beginAt(from);
    } else if (this.#to < this.#from && number >= this.#from) {
      this.#beginAt(number + 1n);
    }
    while (this.#to < head) {
      this.#to++;
      this.#old.add(this.#to, this.#line.block(this.#to)!.undo);
    }
  }
}
