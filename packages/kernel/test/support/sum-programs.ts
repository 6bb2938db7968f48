// Random programs over a few slots, of which most are added to, subtracted from, compared and written back, and some used
// in every other way.

import type { ForkName } from "../../src/opcodes.ts";
import { forkNames, opcodes } from "../../src/opcodes.ts";
import { seededBelow } from "./random.ts";

const codeOf = new Map(opcodes.map(({ name, code }) => [name, code]));
const sinceOf = new Map(opcodes.map(({ name, since }) => [name, forkNames.indexOf(since)]));

export const SLOTS = 4;

/** Constants that programs use besides small ones: edges of the word, and where signed numbers turn. */
export const EDGES = [
  0n,
  1n,
  2n,
  5n,
  1000n,
  (1n << 64n) - 1n,
  1n << 128n,
  (1n << 255n) - 1n,
  1n << 255n,
  (1n << 256n) - 2n,
  (1n << 256n) - 1n,
];

/** Makes one program from a seed; equal seeds give equal programs. */
class Writer {
  readonly below: (n: number) => number;
  readonly fork: number;
  readonly callees: readonly bigint[];
  private bytes: number[] = [];
  private depth = 0;

  constructor(seed: number, fork: ForkName, callees: readonly bigint[]) {
    this.below = seededBelow(seed);
    this.fork = forkNames.indexOf(fork);
    this.callees = callees;
  }

  private op(...names: string[]): void {
    for (const name of names) this.bytes.push(codeOf.get(name)!);
  }

  private has(name: string): boolean {
    return sinceOf.get(name)! <= this.fork;
  }

  push(value: bigint): void {
    let hex = value.toString(16);
    if (hex.length % 2 === 1) hex = `0${hex}`;
    this.bytes.push(0x5f + hex.length / 2, ...Buffer.from(hex, "hex"));
  }

  /** Pushes a place that `land` fills in. */
  private label(): number {
    this.bytes.push(0x61, 0, 0);
    return this.bytes.length - 2;
  }

  private land(...labels: number[]): void {
    for (const at of labels) {
      this.bytes[at] = this.bytes.length >> 8;
      this.bytes[at + 1] = this.bytes.length & 255;
    }
    this.op("JUMPDEST");
  }

  private slot(): bigint {
    // The first is met most often, so that the same slot meets itself.
    return BigInt(Math.max(0, this.below(SLOTS + 2) - 2));
  }

  private constant(): void {
    this.push(this.below(8) === 0 ? EDGES[this.below(EDGES.length)]! : BigInt(this.below(40)));
  }

  private load(slot = this.slot()): void {
    this.push(slot);
    this.op("SLOAD");
  }

  /** Pushes one word; `height` words of the program's own are on the stack. */
  private expression(height: number, depth: number): void {
    const kind = depth <= 0 ? this.below(6) : this.below(36);
    const two = (...names: string[]) => {
      this.expression(height, depth - 1);
      this.expression(height + 1, depth - 1);
      this.op(names[this.below(names.length)]!);
    };
    if (kind < 3) this.load();
    else if (kind === 3) this.constant();
    else if (kind === 4 && height > 0) this.bytes.push(0x80 + this.below(Math.min(height, 16)));
    else if (kind < 6) this.op(["CALLER", "CALLVALUE", "GAS", "MSIZE", "ADDRESS"][this.below(5)]!);
    else if (kind < 13) two("ADD", "SUB");
    else if (kind < 19) two("LT", "GT", "EQ", "SLT", "SGT");
    else if (kind < 22) {
      this.expression(height, depth - 1);
      this.op("ISZERO");
    } else if (kind === 22) two("MUL", "DIV", "SDIV", "MOD", "SMOD", "AND", "OR", "XOR", "EXP", "BYTE");
    else if (kind === 23) {
      // Nothing is left of what is multiplied by zero, or divides it.
      this.expression(height, depth - 1);
      this.push(0n);
      this.op(["MUL", "AND", "DIV", "MOD"][this.below(4)]!);
    } else if (kind === 24) {
      this.expression(height, depth - 1);
      this.push(0n);
      this.op("MSTORE");
      this.push(BigInt(this.below(2) * 16));
      this.op("MLOAD");
    } else if (kind === 25) {
      this.expression(height, depth - 1);
      this.push(BigInt(SLOTS - 1));
      this.op("AND", "SLOAD");
    } else if (kind === 26 && this.below(2) === 0) {
      // Checked subtraction as compilers write it: the difference, and whether it is more than what it was made of.
      this.expression(height, depth - 1);
      this.load();
      this.op("DUP1", "DUP3", "SWAP1", "SUB", "SWAP1", "DUP2", "GT");
      this.panicUnlessZero();
      this.op("SWAP1", "POP");
    } else if (kind < 29) {
      // Checked addition: x, total -> x + total, which must not be less than x.
      this.expression(height, depth - 1);
      this.load();
      this.op("DUP2", "ADD", "DUP1", "SWAP2", "GT");
      this.panicUnlessZero();
    } else if (kind === 29 && this.callees.length > 0) this.call(height);
    else if (kind === 30) {
      this.expression(height, depth - 1);
      this.expression(height + 1, depth - 1);
      this.op("SWAP1", "POP");
    } else two("ADD", "SUB");
  }

  /** Takes the word on top and fails where it is not zero. */
  private panicUnlessZero(): void {
    this.op("ISZERO");
    const on = this.label();
    this.op("JUMPI");
    this.fail();
    this.land(on);
  }

  private fail(): void {
    if (this.has("REVERT") && this.below(2) === 0) {
      this.push(0n);
      this.push(0n);
      this.op("REVERT");
    } else this.op("INVALID");
  }

  private call(height: number): void {
    const kinds = ["CALL", "CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"].filter((name) => this.has(name));
    const kind = kinds[this.below(kinds.length)]!;
    for (let i = 0; i < 4; i++) this.push(i === 0 || i === 2 ? 32n : 0n);
    if (kind === "CALL" || kind === "CALLCODE") {
      if (this.below(4) === 0) this.expression(height + 4, 0);
      else this.push(BigInt(this.below(2)));
    }
    this.push(this.callees[this.below(this.callees.length)]!);
    const gas = this.below(8);
    if (gas < 2) this.push(BigInt(2000 + this.below(40_000)));
    else if (gas === 2) this.load();
    else this.push(200_000n);
    this.op(kind);
  }

  private store(height: number): void {
    const slot = this.slot();
    const kind = this.below(8);
    if (kind < 5) {
      // slot = slot + expression, or - expression.
      if (this.below(2) === 0) this.constant();
      else this.expression(height, 1);
      this.load(slot);
      this.op(this.below(3) === 0 ? "SUB" : "ADD");
    } else if (kind === 5) {
      // Back to what it was, or to what clears it.
      this.load(slot);
      this.load(slot);
      if (this.below(2) === 0) this.op("SUB");
      else this.op("POP");
    } else this.expression(height, 2);
    if (this.below(12) === 0) this.load();
    else this.push(slot);
    this.op("SSTORE");
  }

  /** Pushes what the condition is worth and jumps over the body where that is zero, or where it is not. */
  private branch(height: number): void {
    this.expression(height, 2);
    if (this.below(2) === 0) this.op("ISZERO");
    const over = this.label();
    this.op("JUMPI");
    if (this.below(12) === 0) this.fail();
    else this.statements(height, 1 + this.below(2));
    this.land(over);
  }

  private log(height: number): void {
    if (this.below(2) === 0) {
      this.expression(height, 1);
      this.push(0n);
      this.push(0n);
      this.op("LOG1");
    } else {
      this.expression(height, 1);
      this.push(32n);
      this.op("MSTORE");
      this.push(32n);
      this.push(32n);
      this.op("LOG0");
    }
  }

  private statements(height: number, count: number): number {
    let words = height;
    this.depth++;
    for (let i = 0; i < count; i++) {
      const kind = this.below(16);
      if (kind < 7) this.store(words);
      else if (kind < 10 && this.depth < 4) this.branch(words);
      else if (kind === 10) this.log(words);
      else if (kind === 11 && this.callees.length > 0) {
        this.call(words);
        this.op("POP");
      } else if (kind === 12 && this.depth === 1 && words < 12) {
        this.expression(words++, 2);
      } else if (kind === 13 && words > 1) {
        this.bytes.push(0x90 + this.below(Math.min(words - 1, 16)));
      } else if (kind === 14 && this.has("TSTORE")) {
        this.expression(words, 1);
        this.push(1n);
        this.op("TSTORE");
      } else {
        this.expression(words, 2);
        this.op("POP");
      }
    }
    this.depth--;
    return words;
  }

  write(): Uint8Array {
    const words = this.statements(0, 1 + this.below(7));
    // What a frame leaves on its stack is gone with it.
    for (let i = this.below(6); i > 3; i--) this.load();
    const end = this.below(12);
    if (end === 0) this.fail();
    else if (end < 5) {
      this.expression(words, 1);
      this.push(0n);
      this.op("MSTORE");
      this.push(32n);
      this.push(0n);
      this.op("RETURN");
    } else this.op("STOP");
    return Uint8Array.from(this.bytes);
  }
}

/** A program over slots 0 to `SLOTS` - 1 of its account, which may call `callees`. */
export function sumProgram(seed: number, fork: ForkName, callees: readonly bigint[]): Uint8Array {
  return new Writer(seed, fork, callees).write();
}
