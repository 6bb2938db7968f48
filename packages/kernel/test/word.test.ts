import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { random32, randomBytes, randomWord } from "./support/random.ts";
import { loadRoom } from "./support/room.ts";

const room = loadRoom("word");
const kernel = room.exports;
const MAX = 2n ** 256n - 1n;
const MIN_SIGNED = 2n ** 255n;
const [A, B, M, RESULT, BYTES] = [4096, 4096 + 64, 4096 + 128, 4096 + 192, 8192];
const ROUNDS = 20_000;

function put(address: number, value: bigint): void {
  const limbs = new BigUint64Array(room.memory.buffer, address, 4);
  for (let i = 0; i < 4; i++) limbs[i] = BigInt.asUintN(64, value >> BigInt(64 * i));
}

function get(address: number): bigint {
  const limbs = new BigUint64Array(room.memory.buffer, address, 4);
  return limbs[0]! | (limbs[1]! << 64n) | (limbs[2]! << 128n) | (limbs[3]! << 192n);
}

const signed = (a: bigint) => BigInt.asIntN(256, a);
const word = (a: bigint) => BigInt.asUintN(256, a);
const hex = (...values: bigint[]) => values.map((value) => `0x${value.toString(16)}`).join(", ");

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let e = exponent, b = base; e > 0n; e >>= 1n, b = word(b * b)) {
    if (e & 1n) result = word(result * b);
  }
  return result;
}

function signExtend(position: bigint, x: bigint): bigint {
  if (position >= 31n) return x;
  const bits = Number(position) * 8 + 8;
  return word(BigInt.asIntN(bits, x));
}

/** What each operation is by definition, on unbounded integers. */
const OPERATIONS: Record<string, (a: bigint, b: bigint, m: bigint) => bigint> = {
  wordAdd: (a, b) => a + b,
  wordSubtract: (a, b) => a - b,
  wordMultiply: (a, b) => a * b,
  wordMultiplyOverflow: (a, b) => a * b,
  wordDivide: (a, b) => (b === 0n ? 0n : a / b),
  wordDivideSigned: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)),
  wordModulo: (a, b) => (b === 0n ? 0n : a % b),
  wordModuloSigned: (a, b) => (b === 0n ? 0n : signed(a) % signed(b)),
  wordAddModulo: (a, b, m) => (m === 0n ? 0n : (a + b) % m),
  wordMultiplyModulo: (a, b, m) => (m === 0n ? 0n : (a * b) % m),
  wordPower: power,
  wordXor: (a, b) => a ^ b,
  wordNot: (a) => ~a,
  wordCopy: (a) => a,
  wordByte: (i, x) => (i >= 32n ? 0n : (x >> (248n - 8n * i)) & 0xffn),
  wordSignExtend: signExtend,
  wordShiftLeft: (shift, x) => (shift >= 256n ? 0n : x << shift),
  wordShiftRight: (shift, x) => (shift >= 256n ? 0n : x >> shift),
  wordShiftRightSigned: (shift, x) => signed(x) >> (shift >= 256n ? 256n : shift),
  wordLeadingZeros: (a) => (a === 0n ? 256n : 256n - BigInt(a.toString(2).length)),
  wordTruncateAddress: (a) => BigInt.asUintN(160, a),
};

/** Operations whose first operand is a position or a number of bits. */
const SMALL_FIRST = new Set([
  "wordByte",
  "wordSignExtend",
  "wordShiftLeft",
  "wordShiftRight",
  "wordShiftRightSigned",
]);

function check(name: string, a: bigint, b: bigint, m: bigint): void {
  put(A, a);
  put(B, b);
  put(M, m);
  kernel[name](RESULT, A, B, M);
  const wanted = word(OPERATIONS[name]!(a, b, m));
  assert.equal(get(RESULT), wanted, `${name}(${hex(a, b, m)})`);
  assert.deepEqual([get(A), get(B), get(M)], [a, b, m], `${name} changed an operand`);
}

describe("arithmetic on words", () => {
  const edges = [0n, 1n, 2n, 3n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 64n + 1n];
  edges.push(2n ** 128n - 1n, 2n ** 128n, 2n ** 192n - 1n, 2n ** 192n, 2n ** 255n - 1n, MIN_SIGNED);
  edges.push(MIN_SIGNED + 1n, MAX - 1n, MAX);

  for (const name of Object.keys(OPERATIONS)) {
    it(`${name} is what the integers say`, () => {
      const next = random32(name.length * 7919);
      for (const a of edges) {
        for (const b of edges) for (const m of [0n, 1n, a, b, 2n ** 64n - 1n, MAX]) check(name, a, b, m);
      }
      for (let i = 0; i < ROUNDS / (name === "wordPower" ? 20 : 1); i++) {
        const small = SMALL_FIRST.has(name) && next() % 8 !== 0;
        check(name, small ? BigInt(next() % 300) : randomWord(next), randomWord(next), randomWord(next));
      }
    });

    it(`${name} may write its result over any operand`, () => {
      const next = random32(name.length * 104729);
      for (let i = 0; i < 300; i++) {
        for (const places of [
          [A, A, B, M],
          [B, A, B, M],
          [M, A, B, M],
          [A, A, A, A],
          [A, A, A, M],
          [A, A, B, B],
          [B, A, B, B],
          [B, A, B, A],
        ]) {
          for (const place of [A, B, M]) put(place, next() % 2 ? randomWord(next) : BigInt(next() % 40));
          const [a, b, m] = places.slice(1).map(get);
          kernel[name](...places);
          const wanted = word(OPERATIONS[name]!(a!, b!, m!));
          assert.equal(get(places[0]!), wanted, `${name}(${hex(a!, b!, m!)}) at ${places}`);
        }
      }
    });
  }

  it("divides where Knuth's estimate of a digit is wrong", () => {
    // Divisors and quotients of all ones and of a one followed by zeros, and dividends just beside a multiple.
    const shapes: bigint[] = [];
    for (let k = 0n; k <= 256n; k += 16n) {
      for (let j = 0n; j <= k; j += 32n)
        shapes.push(2n ** k - 2n ** j, 2n ** k - 2n ** j + 1n, 2n ** k - 1n - 2n ** j);
    }
    const divisors = shapes.map((shape) => word(shape)).filter((shape) => shape > 0n);
    for (const divisor of divisors) {
      for (const quotient of divisors) {
        for (const near of [-1n, 0n, 1n]) {
          const dividend = divisor * quotient + near;
          if (dividend < 0n || dividend > MAX) continue;
          check("wordDivide", dividend, divisor, 0n);
          check("wordModulo", dividend, divisor, 0n);
        }
        check("wordMultiplyModulo", MAX - 1n - (quotient >> 1n), quotient, divisor);
      }
    }
  });

  it("says whether a sum, a difference or a product fits", () => {
    const next = random32(5);
    for (let i = 0; i < ROUNDS; i++) {
      let [a, b] = [randomWord(next), randomWord(next)];
      // Products on both sides of 2^256 are the interesting ones.
      if (i % 2 && a > 0n) b = word(MAX / a + BigInt(next() % 3) - 1n);
      put(A, a);
      put(B, b);
      assert.equal(kernel.wordAdd(RESULT, A, B) !== 0, a + b > MAX, hex(a, b));
      assert.equal(kernel.wordSubtract(RESULT, A, B) !== 0, a < b, hex(a, b));
      assert.equal(kernel.wordMultiplyOverflow(RESULT, A, B) !== 0, a * b > MAX, hex(a, b));
    }
  });

  it("compares words, signed and not", () => {
    const next = random32(6);
    for (let i = 0; i < ROUNDS; i++) {
      const a = randomWord(next);
      const b = i % 3 === 0 ? a ^ (1n << BigInt(next() % 256)) : i % 7 === 0 ? a : randomWord(next);
      put(A, a);
      put(B, b);
      assert.equal(kernel.wordLess(A, B) !== 0, a < b, hex(a, b));
      assert.equal(kernel.wordLessSigned(A, B) !== 0, signed(a) < signed(b), hex(a, b));
      assert.equal(kernel.wordEquals(A, B) !== 0, a === b, hex(a, b));
      assert.equal(kernel.wordIsZero(A) !== 0, a === 0n);
      assert.equal(kernel.wordFitsU64(A) !== 0, a < 2n ** 64n);
      assert.equal(BigInt.asUintN(64, kernel.wordLow(A)), BigInt.asUintN(64, a));
      assert.equal(kernel.wordByteLength(A), a === 0n ? 0 : Math.ceil(a.toString(16).length / 2));
    }
  });

  it("sets a word to zero or to 64 bits, whatever was there", () => {
    put(A, MAX);
    kernel.wordSet(A, 0xfedcba9876543210n);
    assert.equal(get(A), 0xfedcba9876543210n);
    put(A, MAX);
    kernel.wordZero(A);
    assert.equal(get(A), 0n);
  });
});

describe("words and bytes", () => {
  const big = (bytes: Uint8Array) => BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);

  it("reads big-endian numbers of 0 to 32 bytes and not one bit of what is around them", () => {
    const next = random32(7);
    for (let length = 0; length <= 32; length++) {
      for (let i = 0; i < 20; i++) {
        const around = randomBytes(next, 96);
        room.write(BYTES, around);
        const at = 32 + (next() % 8);
        kernel.wordFromBytes(RESULT, BYTES + at, length);
        assert.equal(get(RESULT), big(around.slice(at, at + length)));
      }
    }
  });

  it("reads bytes at the very end of memory", () => {
    const end = room.memory.buffer.byteLength;
    room.write(end - 3, Uint8Array.of(1, 2, 3));
    kernel.wordFromBytes(RESULT, end - 3, 3);
    assert.equal(get(RESULT), 0x010203n);
  });

  it("writes 32 bytes big-endian, in place too", () => {
    const next = random32(8);
    for (let i = 0; i < 200; i++) {
      const a = randomWord(next);
      put(A, a);
      kernel.wordToBytes(BYTES, A);
      assert.equal(big(room.bytes(BYTES, 32)), a);
      kernel.wordFromBytes(BYTES, BYTES, 32);
      assert.equal(get(BYTES), a);
      kernel.wordToBytes(A, A);
      assert.equal(big(room.bytes(A, 32)), a);
    }
  });

  it("an address is the lowest 160 bits", () => {
    const next = random32(9);
    for (let i = 0; i < 200; i++) {
      const bytes = randomBytes(next, 20);
      room.write(BYTES, bytes);
      put(A, MAX);
      kernel.wordFromAddress(A, BYTES);
      assert.equal(get(A), big(bytes));
      const a = randomWord(next);
      put(A, a);
      room.write(BYTES, new Uint8Array(32).fill(0xee));
      kernel.wordToAddress(BYTES, A);
      assert.equal(big(room.bytes(BYTES, 20)), BigInt.asUintN(160, a));
      assert.deepEqual(room.bytes(BYTES + 20, 12), new Uint8Array(12).fill(0xee));
    }
  });
});
