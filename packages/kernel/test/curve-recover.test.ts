import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Address from "ox/Address";
import * as Hex from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import {
  bytes32,
  Curve,
  G,
  inverse,
  lift,
  modulo,
  multiple,
  N,
  numbers,
  type Point,
} from "./support/curve.ts";

const curve = new Curve();
const next = numbers(11n);
const scalar = (): bigint => (next() % (N - 1n)) + 1n;

interface Signature {
  hash: bigint;
  r: bigint;
  s: bigint;
  yParity: number;
}

function sign(hash: bigint, key = scalar()): Signature {
  const { r, s, yParity } = Secp256k1.sign({
    payload: Hex.fromBytes(bytes32(hash)),
    privateKey: Hex.fromBytes(bytes32(key)),
  });
  return { hash, r: BigInt(r), s: BigInt(s), yParity };
}

/** Who signed by ox (noble), or undefined where nobody can have. */
function signer({ hash, r, s, yParity }: Signature): string | undefined {
  try {
    const signature = { r: Hex.fromNumber(r, { size: 32 }), s: Hex.fromNumber(s, { size: 32 }), yParity };
    const key = Secp256k1.recoverPublicKey({ payload: Hex.fromBytes(bytes32(hash)), signature });
    return Address.fromPublicKey(key).slice(2).toLowerCase();
  } catch {
    return undefined;
  }
}

const addressOf = ({ x, y }: Point): string =>
  keccak_256(Uint8Array.fromHex(x.toString(16).padStart(64, "0") + y.toString(16).padStart(64, "0")))
    .subarray(12)
    .toHex();

test("any number of signatures gives their signers", () => {
  for (const count of [1, 2, 3, 4, 5, 7, 16, 33, 63, 64]) {
    const list = Array.from({ length: count }, () => sign(next()));
    assert.deepEqual(curve.recover(list), list.map(signer));
  }
});

test("signatures of one key, of one hash, and the same one many times do not disturb each other", () => {
  const [key, hash] = [scalar(), next()];
  const once = sign(hash, key);
  const list = [
    ...Array.from({ length: 10 }, () => sign(next(), key)),
    ...Array.from({ length: 10 }, () => sign(hash)),
    ...Array.from({ length: 12 }, () => once),
  ];
  assert.deepEqual(curve.recover(list), list.map(signer));
});

/** A number that is no x-coordinate. */
function noPoint(): bigint {
  for (let x = next() % N; ; x++) if (lift(x, 0n) === null) return x;
}

/** A signature without a signer: s R = hash G. */
function atInfinity(): Signature {
  const [k, s] = [scalar(), scalar()];
  const point = multiple(k, G)!;
  return { hash: modulo(s * k, N), r: modulo(point.x, N), s, yParity: Number(point.y & 1n) };
}

test("among signatures without a signer the others are found, and they are not", () => {
  for (let round = 0; round < 4; round++) {
    const list = Array.from({ length: 16 }, (_, i) => {
      if (i % 4 === round) return { ...sign(next()), r: noPoint() };
      if (i % 5 === round) return atInfinity();
      return sign(next());
    });
    assert.deepEqual(curve.recover(list), list.map(signer));
  }
  const none = Array.from({ length: 9 }, (_, i) =>
    i % 2 ? atInfinity() : { ...sign(next()), r: noPoint() },
  );
  assert.deepEqual(curve.recover(none), Array(9).fill(undefined));
});

test("another parity, a high s, and hashes of zero, the order and above are taken as recovery takes them", () => {
  const one = sign(next());
  const list: Signature[] = [
    { ...one, yParity: 1 - one.yParity },
    { ...one, s: N - one.s },
    { ...one, s: N - one.s, yParity: 1 - one.yParity },
    { ...one, hash: 0n },
    { ...one, hash: N },
    { ...one, hash: N + 1n },
    { ...one, hash: 1n },
    { ...one, hash: 2n ** 256n - 1n },
  ];
  const found = curve.recover(list);
  assert.deepEqual(found, list.map(signer));
  assert.equal(found[2], signer(one));
  assert.equal(found[3], found[4]);
  assert.equal(found[5], found[6]);
});

test("the smallest and the greatest r and s are taken", () => {
  const ends = [1n, 2n, 3n, 4n, N - 1n, N - 2n, N - 3n, (N - 1n) / 2n, (N + 1n) / 2n];
  const list = ends.flatMap((r) =>
    ends.flatMap((s) => [0, 1].map((yParity) => ({ hash: next(), r, s, yParity }))),
  );
  for (let from = 0; from < list.length; from += 64) {
    const some = list.slice(from, from + 64);
    assert.deepEqual(curve.recover(some), some.map(signer));
  }
});

test("scalars with digits that are zero, or all at their ends, give their signers", () => {
  // u2 = s / r and u1 = -hash / r are chosen, the rest follows from them.
  const chosen = [1n, 2n, 15n, 16n, 17n, 31n, 32n, 256n, 257n, 511n, 512n, 2n ** 128n, 2n ** 128n - 1n];
  const repeated = [
    0x10842108421084210842108421084210n,
    0x55555555555555555555555555555555n,
    2n ** 256n - 1n,
  ];
  const all = [...chosen, ...repeated, ...chosen.map((u) => N - u)].map((u) => modulo(u, N));
  const list = all.flatMap((u) => {
    const { r } = sign(next());
    const other = scalar();
    return [
      { hash: modulo(-other * r, N), r, s: modulo(u * r, N), yParity: 0 },
      { hash: modulo(-u * r, N), r, s: modulo(other * r, N), yParity: 1 },
      { hash: 0n, r, s: modulo(u * r, N), yParity: 1 },
    ];
  });
  for (let from = 0; from < list.length; from += 64) {
    const some = list.slice(from, from + 64);
    assert.deepEqual(curve.recover(some), some.map(signer));
  }
});

test("where the running sum meets a multiple of R, or its negative, nothing is told", () => {
  const start = {
    x: curve.getPair(Number(curve.x.START.value))[0],
    y: curve.getPair(Number(curve.x.START.value) + Number(curve.x.PAIR.value))[0],
  };
  // At bit 125 the sum is twice the start, and R is added for the first time.
  const twice = multiple(2n, start)!;
  const r = modulo(twice.x, N);
  for (const u of [2n ** 125n, N - 2n ** 125n]) {
    for (const yParity of [0, 1]) {
      const met = { hash: 0n, r, s: modulo(u * r, N), yParity };
      assert.equal(addressOf(multiple(u, lift(r, BigInt(yParity))!)!), signer(met));
      const other = sign(next());
      assert.deepEqual(curve.recover([other, met, other, met, met]), [
        signer(other),
        undefined,
        signer(other),
        undefined,
        undefined,
      ]);
    }
  }
});

test("a signature made backwards from any key and any R names that key", () => {
  // R = k G: s = (hash + r d) / k.
  const list = Array.from({ length: 32 }, () => {
    const [k, d, hash] = [scalar(), scalar(), next()];
    const point = multiple(k, G)!;
    const r = modulo(point.x, N);
    const signature = {
      hash,
      r,
      s: modulo((hash + r * d) * inverse(k, N), N),
      yParity: Number(point.y & 1n),
    };
    return { signature, address: addressOf(multiple(d, G)!) };
  });
  assert.deepEqual(
    curve.recover(list.map(({ signature }) => signature)),
    list.map(({ address }) => address),
  );
});
