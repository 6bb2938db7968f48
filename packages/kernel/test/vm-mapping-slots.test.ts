import assert from "node:assert/strict";
import { test } from "node:test";
import { Evm } from "./support/evm.ts";
import { random32, randomBytes } from "./support/random.ts";

const PREIMAGE = 64;

/** A worker's memo, and a count of the answers that differ from the hash. */
function memo() {
  const evm = new Evm();
  const { room } = evm;
  const { exports } = room;
  const input = exports.testChunk(1);
  const answer = input + 128;
  const expected = answer + 32;
  return (preimage: Uint8Array) => {
    room.write(input, preimage);
    exports.keccak256OfPair(answer, input);
    exports.keccak256(expected, input, PREIMAGE);
    assert.deepEqual(room.bytes(answer, 32).reverse(), room.bytes(expected, 32));
  };
}

/** Preimages of a mapping: small numbers or addresses as keys, one slot. */
const ofMapping = (key: number, slot: number) => {
  const preimage = new Uint8Array(PREIMAGE);
  new DataView(preimage.buffer).setUint32(28, key);
  new DataView(preimage.buffer).setUint32(60, slot);
  return preimage;
};

test("the hash of a mapping's slot is right however often and among however many it is asked for", () => {
  const check = memo();
  const next = random32(11);
  // Far more than either memo holds, half of them asked for again at once, others after they were pushed out.
  const known = Array.from({ length: 40_000 }, (_, i) =>
    i % 2 === 0 ? ofMapping(i, i % 3) : randomBytes(next, PREIMAGE),
  );
  for (const preimage of known) check(preimage);
  for (let i = 0; i < 40_000; i++) {
    const preimage = known[next() % (i % 4 === 0 ? 40_000 : 300)]!;
    check(preimage);
    if (i % 2 === 0) check(preimage);
  }
});

test("preimages that share a place in the memo do not take each other's hash", () => {
  const check = memo();
  const next = random32(12);
  for (let i = 0; i < 200; i++) {
    const one = randomBytes(next, PREIMAGE);
    // Key and slot changed places: the mixture that finds the place is the same.
    const other = Uint8Array.from([...one.subarray(32), ...one.subarray(0, 32)]);
    for (const preimage of [one, other, one, one, other, other]) check(preimage);
  }
});

test("zeros are hashed like anything else", () => {
  const check = memo();
  check(new Uint8Array(PREIMAGE));
  for (let i = 0; i < 1000; i++) check(ofMapping(i, 0));
  check(new Uint8Array(PREIMAGE));
});
