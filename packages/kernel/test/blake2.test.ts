import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blake2b } from "@noble/hashes/blake2.js";
import { random32, randomBytes } from "./support/random.ts";
import { loadRoom } from "./support/room.ts";

const room = loadRoom("hash");
const kernel = room.exports;
kernel.initialiseBlake2();
const [STATE, MESSAGE] = [0x44000, 0x44100];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** State that BLAKE2b-512 without a key starts from: the IV, its first word mixed with the parameters. */
const START = Buffer.from(
  "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5" +
    "d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b",
  "hex",
);

function compress(
  rounds: number,
  state: Uint8Array,
  message: Uint8Array,
  offset: bigint,
  final: boolean,
): Uint8Array {
  room.write(STATE, state);
  room.write(MESSAGE, new Uint8Array(128));
  room.write(MESSAGE, message);
  kernel.blake2bCompress(rounds, STATE, MESSAGE, BigInt.asUintN(64, offset), offset >> 64n, final ? 1 : 0);
  return room.bytes(STATE, 64);
}

describe("BLAKE2b's compression function", () => {
  it("gives the results of EIP-152's test vectors 4 to 7", () => {
    const abc = Buffer.from("abc");
    const result = (rounds: number, final: boolean) => hex(compress(rounds, START, abc, 3n, final));
    assert.equal(
      result(0, true),
      "08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5" +
        "d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b",
    );
    assert.equal(
      result(12, true),
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1" +
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    );
    assert.equal(
      result(12, false),
      "75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d28752" +
        "98743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735",
    );
    assert.equal(
      result(1, true),
      "b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fb" +
        "a551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421",
    );
  });

  it("makes the whole hash when blocks are chained, as noble computes it", () => {
    const next = random32(1);
    for (let i = 0; i < 200; i++) {
      const input = randomBytes(next, next() % 600);
      let state: Uint8Array = START;
      let at = 0;
      for (; input.length - at > 128; at += 128) {
        state = compress(12, state, input.slice(at, at + 128), BigInt(at + 128), false);
      }
      state = compress(12, state, input.slice(at), BigInt(input.length), true);
      assert.equal(hex(state), hex(blake2b(input)), `${input.length} bytes`);
    }
  });

  it("mixes the upper half of the offset into its own word", () => {
    const plain = compress(0, START, new Uint8Array(), 0n, false);
    const offset = compress(0, START, new Uint8Array(), 0x0123456789abcdefn << 64n, false);
    const differences = plain.map((byte, i) => byte ^ offset[i]!);
    // Without rounds the result is the old state, the lower and the upper half of v: t1 stands in v13.
    assert.equal(hex(differences.slice(40, 48).reverse()), "0123456789abcdef");
    assert.ok(differences.every((byte, i) => byte === 0 || (i >= 40 && i < 48)));
  });
});
