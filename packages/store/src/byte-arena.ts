// Bytes one behind the other, in few large pieces of memory: what many small arrays would cost several times.

const FIRST_PIECE = 2 ** 16;
const LARGEST_PIECE = 2 ** 24;

interface Piece {
  /** Position of its first byte. */
  base: number;
  bytes: Uint8Array;
  used: number;
}

/** Append-only memory that can be taken back from its end and dropped from its beginning. */
export class ByteArena {
  private pieces: Piece[] = [];

  /** Copies the parts in, one behind the other; returns the position of the first byte. */
  append(...parts: Uint8Array[]): number {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const piece = this.room(length);
    const position = piece.base + piece.used;
    for (const part of parts) {
      piece.bytes.set(part, piece.used);
      piece.used += part.length;
    }
    return position;
  }

  /** A piece with room: what is appended at once is never cut in two. */
  private room(length: number): Piece {
    const last = this.pieces.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= length) return last;
    const size = Math.max(
      length,
      Math.min(LARGEST_PIECE, last === undefined ? FIRST_PIECE : last.bytes.length * 2),
    );
    const piece = {
      base: last === undefined ? 0 : last.base + last.bytes.length,
      bytes: new Uint8Array(size),
      used: 0,
    };
    this.pieces.push(piece);
    return piece;
  }

  private pieceOf(position: number): Piece {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle]!.base <= position) low = middle;
      else high = middle - 1;
    }
    return this.pieces[low]!;
  }

  /** A slice of the arena itself, valid until it is truncated. */
  read(position: number, length: number): Uint8Array {
    const { base, bytes } = this.pieceOf(position);
    return bytes.subarray(position - base, position - base + length);
  }

  /** Takes back everything from `position` on. */
  truncate(position: number): void {
    while (this.pieces.length > 1 && this.pieces.at(-1)!.base >= position) this.pieces.pop();
    const last = this.pieces.at(-1);
    if (last !== undefined) last.used = Math.max(0, Math.min(last.used, position - last.base));
  }

  /** Gives back memory that lies wholly before `position`. */
  dropBefore(position: number): void {
    while (this.pieces.length > 1 && this.pieces[1]!.base <= position) this.pieces.shift();
  }

  /** Bytes of memory. */
  get size(): number {
    return this.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}

/** Numbers one behind the other, without an object each. */
export class NumberList {
  private numbers = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.numbers.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[this.length++] = value;
  }

  at(index: number): number {
    return this.numbers[index]!;
  }

  /** Drops the first `count`. */
  shift(count: number): void {
    this.numbers.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Index of the last number that is not above `value`; the numbers ascend. */
  lastUpTo(value: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.numbers[middle]! <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
