import { loadRoom } from "./room.ts";

/** The prime of secp256k1's field and the order of its group. */
export const P = 2n ** 256n - 2n ** 32n - 977n;
export const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export interface Point {
  x: bigint;
  y: bigint;
}

export const G: Point = {
  x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
};

export function modulo(a: bigint, m: bigint): bigint {
  const rest = a % m;
  return rest < 0n ? rest + m : rest;
}

export function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  for (let b = modulo(base, m), e = exponent; e > 0n; e >>= 1n, b = (b * b) % m) {
    if (e & 1n) result = (result * b) % m;
  }
  return result;
}

export function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, t0, t1] = [m, modulo(a, m), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return modulo(t0, m);
}

function addPoints(a: Point | null, b: Point | null): Point | null {
  if (a === null) return b;
  if (b === null) return a;
  if (a.x === b.x && a.y !== b.y) return null;
  const slope =
    a.x === b.x
      ? 3n * a.x * a.x * inverse(2n * a.y, P)
      : modulo(b.y - a.y, P) * inverse(modulo(b.x - a.x, P), P);
  const x = modulo(slope * slope - a.x - b.x, P);
  return { x, y: modulo(slope * (a.x - x) - a.y, P) };
}

/** k times a point; null = the point at infinity. */
export function multiple(k: bigint, point: Point): Point | null {
  let result: Point | null = null;
  for (let p: Point | null = point, e = modulo(k, N); e > 0n; e >>= 1n, p = addPoints(p, p)) {
    if (e & 1n) result = addPoints(result, p);
  }
  return result;
}

/** The point with this x and an even or odd y, if there is one. */
export function lift(x: bigint, odd: bigint): Point | null {
  const square = modulo(x ** 3n + 7n, P);
  const y = power(square, (P + 1n) / 4n, P);
  if ((y * y) % P !== square) return null;
  return { x, y: (y & 1n) === odd ? y : P - y };
}

export const bytes32 = (value: bigint): Uint8Array =>
  Uint8Array.fromHex(value.toString(16).padStart(64, "0"));

/** Numbers from a seed: the same in every run. */
export function numbers(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    let value = 0n;
    for (let i = 0; i < 5; i++) {
      state = (state * 6364136223846793005n + 1442695040888963407n) & (2n ** 64n - 1n);
      value = (value << 64n) | (state ^ (state >> 29n));
    }
    return value >> 64n;
  };
}

/** The curve room over a memory of its own, with words and lanes of pairs as numbers. */
export class Curve {
  readonly room = loadRoom("curve");
  readonly x = this.room.exports;
  private readonly view = new DataView(this.room.memory.buffer);
  private readonly word = 0x50000;

  constructor() {
    this.x.initialiseKeccak();
    this.x.initialiseCurve();
  }

  setWord(at: number, value: bigint): void {
    for (let i = 0; i < 4; i++)
      this.view.setBigUint64(at + 8 * i, BigInt.asUintN(64, value >> BigInt(64 * i)), true);
  }

  getWord(at: number): bigint {
    let value = 0n;
    for (let i = 3; i >= 0; i--) value = (value << 64n) | this.view.getBigUint64(at + 8 * i, true);
    return value;
  }

  setPair(at: number, a: bigint, b: bigint): void {
    [a, b].forEach((value, lane) => {
      this.setWord(this.word, value);
      this.x.fieldSetWord(at, lane, this.word);
    });
  }

  getPair(at: number): [bigint, bigint] {
    return [0, 1].map((lane) => {
      this.x.fieldToWord(this.word, at, lane);
      return this.getWord(this.word);
    }) as [bigint, bigint];
  }

  /** All limbs of both lanes: what a sum or difference may leave at most. */
  setLimbs(at: number, limb: (index: number) => number): [bigint, bigint] {
    const sums: [bigint, bigint] = [0n, 0n];
    for (let i = 0; i < 9; i++) {
      for (const lane of [0, 1] as const) {
        const value = limb(2 * i + lane);
        this.view.setInt32(at + 8 * i + 4 * lane, value, true);
        sums[lane] += BigInt(value) << BigInt(29 * i);
      }
    }
    return [modulo(sums[0], P), modulo(sums[1], P)];
  }

  limbs(at: number): number[] {
    return Array.from({ length: 18 }, (_, i) => this.view.getInt32(at + 4 * i, true));
  }

  /** Recovers all together; the address of each that was found, else undefined. */
  recover(list: readonly { hash: bigint; r: bigint; s: bigint; yParity: number }[]): (string | undefined)[] {
    const [signed, data, memory] = [0x60000, 0x70000, 0x80000];
    list.forEach(({ hash, r, s, yParity }, i) => {
      const at = data + 128 * i;
      [hash, r, s].forEach((value, k) => {
        this.room.write(at + 32 * k, bytes32(value));
      });
      [at, at + 32, at + 64, yParity, at + 96, 0].forEach((value, k) => {
        this.view.setUint32(signed + 24 * i + 4 * k, value, true);
      });
    });
    this.x.recoverSigners(signed, list.length, memory);
    return list.map((_, i) =>
      this.view.getUint32(signed + 24 * i + 20, true) === 1
        ? this.room.bytes(data + 128 * i + 96, 20).toHex()
        : undefined,
    );
  }
}
