// The time of a local chain: the machine's, moved or set, or a fixed step from block to block.

import { InvalidArgumentError } from "@heddle/engine";

/** Where a clock is: for snapshots. */
export interface ClockState {
  offset: bigint;
  next: bigint | undefined;
  interval: bigint | undefined;
}

export class Clock {
  /** Seconds by which the chain is ahead of the machine. */
  #offset = 0n;
  #next: bigint | undefined;
  #interval: bigint | undefined;
  readonly #machine: () => bigint;
  /** Seconds that a block is later than its parent at least. */
  readonly #least: bigint;
  /** Is told of what was set; what it throws undoes that. */
  onChange: () => void = () => undefined;

  /**
   * `machine` gives the seconds that the machine has; `start` is the time to begin at. With `sameTime` a block may have its
   * parent's time.
   */
  constructor(
    machine: () => bigint = () => BigInt(Math.floor(Date.now() / 1000)),
    start?: bigint,
    sameTime = false,
  ) {
    this.#machine = machine;
    this.#least = sameTime ? 0n : 1n;
    if (start !== undefined) this.#offset = start - machine();
  }

  /** Seconds that it is now on the chain. */
  get now(): bigint {
    return this.#machine() + this.#offset;
  }

  get offset(): bigint {
    return this.#offset;
  }

  get state(): ClockState {
    return { offset: this.#offset, next: this.#next, interval: this.#interval };
  }

  set state({ offset, next, interval }: ClockState) {
    this.#offset = offset;
    this.#next = next;
    this.#interval = interval;
  }

  /** The time of the block after one of `parent`; nothing changes before `passed`. */
  peek(parent: bigint): bigint {
    if (this.#next !== undefined) return this.#next;
    if (this.#interval !== undefined) return parent + this.#interval;
    const { now } = this;
    const least = parent + this.#least;
    if (now > least) return now;
    return least;
  }

  /** A block was made at `timestamp`: a time that was set for it is used up, and time goes on from there. */
  passed(timestamp: bigint): void {
    if (this.#next === undefined) return;
    this.#next = undefined;
    this.#offset = timestamp - this.#machine();
  }

  /** Seconds forward; the whole distance from the machine's time afterwards. */
  increase(seconds: bigint): bigint {
    if (seconds < 0n) throw new InvalidArgumentError("seconds", "not negative", seconds);
    this.#change(() => {
      this.#offset += seconds;
      if (this.#next !== undefined) this.#next += seconds;
    });
    return this.#offset;
  }

  /** Sets the time of the chain, from which it goes on. */
  set(timestamp: bigint): void {
    if (timestamp < 0n) throw new InvalidArgumentError("timestamp", "not negative", timestamp);
    this.#change(() => {
      this.#offset = timestamp - this.#machine();
    });
  }

  /** Sets the time of the next block after one of `parent`. @throws InvalidArgumentError where it is not later */
  setNext(timestamp: bigint, parent: bigint): void {
    const least = parent + this.#least;
    if (timestamp < least) {
      throw new InvalidArgumentError(
        "timestamp",
        `at least ${least}, as the last block's is ${parent}`,
        timestamp,
      );
    }
    this.#change(() => {
      this.#next = timestamp;
    });
  }

  /** Seconds from each block to the next; undefined: as they pass. */
  setInterval(seconds: bigint | undefined): void {
    if (seconds !== undefined && seconds <= 0n) {
      throw new InvalidArgumentError("seconds", "above 0", seconds);
    }
    this.#change(() => {
      this.#interval = seconds;
    });
  }

  #change(work: () => void): void {
    const before = this.state;
    work();
    try {
      this.onChange();
    } catch (error) {
      this.state = before;
      throw error;
    }
  }
}
