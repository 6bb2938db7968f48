import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { random32, randomBytes } from "./support/random.ts";
import { loadRoom } from "./support/room.ts";

const room = loadRoom("hash");
const kernel = room.exports;
kernel.initialiseSha256();
const [OUT, INPUT, SCRATCH] = [0x44000, 0x44100, 0x46000];

function sha256(input: Uint8Array): string {
  room.write(INPUT, input);
  kernel.sha256(OUT, INPUT, input.length, SCRATCH);
  return Buffer.from(room.bytes(OUT, 32)).toString("hex");
}

describe("SHA-256", () => {
  it("gives the digest of FIPS 180-4's example", () => {
    assert.equal(
      sha256(Buffer.from("abc")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("equals Node's at every length up to nine blocks, and is not disturbed by what scratch memory held", () => {
    const next = random32(7);
    for (let length = 0; length <= 9 * 64; length++) {
      const input = randomBytes(next, length);
      room.write(SCRATCH, randomBytes(next, 384));
      assert.equal(sha256(input), createHash("sha256").update(input).digest("hex"), `${length} bytes`);
    }
  });
});
