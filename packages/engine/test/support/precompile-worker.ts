// One worker of precompiles-workers.test.ts: recovers, pairs and exponentiates over the shared memory it is given.

import { parentPort, workerData } from "node:worker_threads";
import { Fork } from "../../src/forks.ts";
import { preparePrecompiles, recoverAddress, runPrecompile } from "../../src/precompiles/index.ts";

const { buffer, calls } = workerData as {
  buffer: SharedArrayBuffer;
  calls: { address: number; start: number; length: number }[];
};

await preparePrecompiles();
const memory = new Uint8Array(buffer);
const outputs: (string | null)[] = [];
for (let round = 0; round < 3; round++) {
  outputs.length = 0;
  for (const { address, start, length } of calls) {
    const input = memory.subarray(start, start + length);
    outputs.push(runPrecompile(address, Fork.Osaka, input, 1n << 62n)?.output.toHex() ?? null);
  }
  const at = (start: number): Uint8Array => memory.subarray(start, start + 32);
  outputs.push(recoverAddress(at(0), at(64), at(96), memory[63]! - 27)?.toHex() ?? null);
}
parentPort!.postMessage(outputs);
