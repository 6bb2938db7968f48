import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { random32, randomBytes } from "./support/random.ts";
import { loadRoom } from "./support/room.ts";

const room = loadRoom("hash");
const kernel = room.exports;
kernel.initialiseKeccak();
const [OUT_A, OUT_B, INPUT_A, INPUT_B] = [0x44000, 0x44040, 0x50000, 0x60000];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function hash(input: Uint8Array): string {
  room.write(INPUT_A, input);
  kernel.keccak256(OUT_A, INPUT_A, input.length);
  return hex(room.bytes(OUT_A, 32));
}

describe("keccak-256", () => {
  it("hashes the empty string and abc as the submission says", () => {
    assert.equal(hash(new Uint8Array()), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert.equal(
      hash(Buffer.from("abc")),
      "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    );
  });

  it("agrees with noble on every length up to four blocks, whatever surrounds the input", () => {
    const next = random32(1);
    for (let length = 0; length <= 4 * 136 + 1; length++) {
      const around = randomBytes(next, length + 64);
      const at = 16 + (next() % 16);
      room.write(INPUT_A, around);
      kernel.keccak256(OUT_A, INPUT_A + at, length);
      assert.equal(
        hex(room.bytes(OUT_A, 32)),
        hex(keccak_256(around.slice(at, at + length))),
        `${length} bytes`,
      );
    }
  });

  it("hashes long inputs", () => {
    for (const length of [24_576, 49_152]) {
      const input = randomBytes(random32(length), length);
      assert.equal(hash(input), hex(keccak_256(input)));
    }
  });

  it("hashes input that ends where memory ends", () => {
    const end = room.memory.buffer.byteLength;
    for (const length of [1, 9, 64, 135, 136, 137]) {
      const input = randomBytes(random32(length), length);
      room.write(end - length, input);
      kernel.keccak256(OUT_A, end - length, length);
      assert.equal(hex(room.bytes(OUT_A, 32)), hex(keccak_256(input)));
    }
  });

  it("may write the digest over its input", () => {
    const input = randomBytes(random32(3), 200);
    room.write(INPUT_A, input);
    kernel.keccak256(INPUT_A + 8, INPUT_A, 200);
    assert.equal(hex(room.bytes(INPUT_A + 8, 32)), hex(keccak_256(input)));
  });

  it("gives the digest as a word, least significant limb first", () => {
    const input = randomBytes(random32(4), 64);
    room.write(INPUT_A, input);
    kernel.keccak256Word(OUT_A, INPUT_A, 64);
    assert.equal(hex(room.bytes(OUT_A, 32).reverse()), hex(keccak_256(input)));
  });

  it("hashes pairs of all lengths around the block boundaries as it does each alone", () => {
    const next = random32(2);
    const lengths = [0, 1, 7, 8, 31, 32, 64, 127, 128, 129, 135, 136, 137, 271, 272, 273, 532, 1000];
    for (const lengthA of lengths) {
      for (const lengthB of lengths) {
        const [a, b] = [randomBytes(next, lengthA), randomBytes(next, lengthB)];
        room.write(INPUT_A, a);
        room.write(INPUT_B, b);
        kernel.keccak256Pair(OUT_A, INPUT_A, lengthA, OUT_B, INPUT_B, lengthB);
        assert.equal(hex(room.bytes(OUT_A, 32)), hex(keccak_256(a)), `first of ${lengthA} and ${lengthB}`);
        assert.equal(hex(room.bytes(OUT_B, 32)), hex(keccak_256(b)), `second of ${lengthA} and ${lengthB}`);
      }
    }
  });

  const vectors = new URL("../../../../shared/conformance/codec-vectors/hashes.json.gz", import.meta.url);
  it("agrees with the published vectors", { skip: !existsSync(vectors) && "no shared vectors" }, () => {
    const cases = JSON.parse(gunzipSync(readFileSync(vectors)).toString()) as Record<
      "data" | "keccak256",
      string
    >[];
    assert.ok(cases.length > 0);
    for (const { data, keccak256 } of cases) {
      assert.equal(`0x${hash(Buffer.from(data.slice(2), "hex"))}`, keccak256);
    }
  });
});
