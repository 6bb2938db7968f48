// Random choices that a seed repeats.

import { seededRandom } from "@heddle/engine/testing";

/** A source of choices; the same seed gives the same choices. */
export class Random {
  /** A whole number from 0 to below a bound. */
  readonly below: (bound: number) => number;

  constructor(seed: number) {
    this.below = seededRandom(seed);
  }

  /** True `percent` times out of a hundred. */
  chance(percent: number): boolean {
    return this.below(10_000) < percent * 100;
  }

  /** From `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let total = 0;
    for (const [weight] of choices) total += weight;
    let at = this.below(total);
    for (const [weight, value] of choices) {
      at -= weight;
      if (at < 0) return value;
    }
    throw new RangeError("no weights");
  }

  /** Small numbers more often than large ones: each power of two is as likely as the next. */
  skewed(most: number): number {
    const bits = this.below(Math.floor(Math.log2(most)) + 2);
    return Math.min(most, this.below(2 ** bits));
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  hex(length: number): string {
    let digits = "";
    for (let i = 0; i < length; i++) digits += this.below(256).toString(16).padStart(2, "0");
    return digits;
  }

  /** A number below 2 ** 256: small, on an edge of a power of two, sparse, or any. */
  word(): bigint {
    switch (this.below(6)) {
      case 0:
        return BigInt(this.below(4));
      case 1:
        return BigInt(this.below(300));
      case 2: {
        const edge = 1n << BigInt(this.pick([8, 16, 31, 32, 63, 64, 128, 160, 255, this.below(256)]));
        return BigInt.asUintN(256, edge + BigInt(this.between(-1, 1)));
      }
      case 3:
        return BigInt.asUintN(256, -BigInt(this.below(3)) - 1n);
      case 4:
        return BigInt(`0x${this.hex(this.between(1, 32))}`);
      default:
        return BigInt(`0x${this.hex(32)}`);
    }
  }
}

/** The seed of part `index` of a run with seed `seed`: neighbours have nothing in common. */
export function derivedSeed(seed: number, index: number): number {
  const next = seededRandom((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0);
  next(2);
  return next(2 ** 32);
}
