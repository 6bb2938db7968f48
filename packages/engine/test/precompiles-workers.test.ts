import assert from "node:assert/strict";
import { once } from "node:events";
import { before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { Fork } from "../src/forks.ts";
import { preparePrecompiles, recoverAddress, runPrecompile } from "../src/precompiles/index.ts";

const word = (value: bigint): string => value.toString(16).padStart(64, "0");

// Of the Yellow Paper's tests of ECRECOVER: hash, v, r, s.
const SIGNED =
  "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c" +
  word(28n) +
  "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f" +
  "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549";
const SIGNER = "a94f5374fce5edbc8e2a8697c15331677e6ebf0b";

const INPUTS: [number, string][] = [
  [0x01, SIGNED],
  [0x02, "616263"],
  [0x03, "616263"],
  [0x05, `${word(1n) + word(1n) + word(32n)}0305${word((1n << 255n) - 19n)}`],
  [0x06, word(1n) + word(2n) + word(1n) + word(2n)],
  [0x07, word(1n) + word(2n) + word(1n << 200n)],
  [0x10, `${"00".repeat(63)}05`],
  [0x11, `${"00".repeat(127)}05`],
  [0x100, "11".repeat(160)],
];

describe("precompiles in several workers at once", () => {
  before(preparePrecompiles);

  it("give what one thread gives, over one shared memory", async () => {
    const calls: { address: number; start: number; length: number }[] = [];
    const memory = new Uint8Array(new SharedArrayBuffer(4096));
    let end = 0;
    for (const [address, hex] of INPUTS) {
      const input = Uint8Array.fromHex(hex);
      memory.set(input, end);
      calls.push({ address, start: end, length: input.length });
      end += input.length;
    }
    const expected = INPUTS.map(
      ([address, hex]) =>
        runPrecompile(address, Fork.Osaka, Uint8Array.fromHex(hex), 1n << 62n)?.output.toHex() ?? null,
    );
    assert.equal(expected[0], "00".repeat(12) + SIGNER);
    const part = (start: number): Uint8Array => Uint8Array.fromHex(SIGNED).subarray(start, start + 32);
    assert.equal(recoverAddress(part(0), part(64), part(96), 1)?.toHex(), SIGNER);
    const workers = [1, 2, 3].map(
      () =>
        new Worker(new URL("./support/precompile-worker.ts", import.meta.url), {
          workerData: { buffer: memory.buffer, calls },
        }),
    );
    const answers = await Promise.all(workers.map((worker) => once(worker, "message")));
    for (const [outputs] of answers) assert.deepEqual(outputs, [...expected, SIGNER]);
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
});
