// Microseconds of CPU for the recovery of a sender's address, by each way there is, and over two workers.
//   node --conditions=@heddle/source bench/src/kernel/recovery.ts        after npm run build:kernel
//
// All ways take turns in one run, so that what else the machine does falls on all of them; medians.

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { ecrecover } from "@ethereumjs/util";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { Secp256k1 } from "ox/wasm";
import {
  keccak256,
  preparePrecompiles,
  recoverAddress,
} from "../../../packages/engine/src/precompiles/index.ts";
import { prepareRecovery } from "../../../packages/engine/src/precompiles/secp256k1.ts";
import { Curve } from "../../../packages/kernel/test/support/curve.ts";

const TURNS = 15;
/** Where the kernel finds signatures (Signed), what they point at, and its memory. */
const [SIGNED, DATA, MEMORY] = [0x60000, 0x70000, 0x80000];
const SIGNED_SIZE = 24;
const EACH = 128;

interface Signature {
  hash: Uint8Array;
  /** Recovery bit, r and s. */
  recovered: Uint8Array;
}

/** A turn: recovers the first `count` of 64 signatures. */
type Way = (count: number) => void;

function signatures(count: number): Signature[] {
  return Array.from({ length: count }, () => {
    const hash = new Uint8Array(randomBytes(32));
    const key = secp256k1.utils.randomSecretKey();
    return { hash, recovered: secp256k1.sign(hash, key, { prehash: false, format: "recovered" }) };
  });
}

/** The kernel over a memory of its own in which the signatures lie, and views of them for others. */
function kernelWith(list: readonly Signature[]) {
  const curve = new Curve();
  const view = new DataView(curve.room.memory.buffer);
  const bytes = new Uint8Array(curve.room.memory.buffer);
  list.forEach(({ hash, recovered }, i) => {
    const at = DATA + i * EACH;
    bytes.set(hash, at);
    bytes.set(recovered.subarray(1), at + 32);
    [at, at + 32, at + 64, recovered[0]!, at + 96, 0].forEach((value, k) => {
      view.setUint32(SIGNED + i * SIGNED_SIZE + 4 * k, value, true);
    });
  });
  const recover = (first: number, count: number): void =>
    curve.x.recoverSigners(SIGNED + first * SIGNED_SIZE, count, MEMORY);
  return { bytes, recover };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Median microseconds of CPU for one recovery, of each way. */
function measure(ways: readonly (readonly [string, number, Way])[]): number[] {
  const times: number[][] = ways.map(() => []);
  for (let turn = -4; turn < TURNS; turn++) {
    ways.forEach(([, count, way], i) => {
      const before = process.cpuUsage();
      way(count);
      const { user, system } = process.cpuUsage(before);
      if (turn >= 0) times[i]!.push((user + system) / count);
    });
  }
  return times.map(median);
}

async function compare(): Promise<void> {
  const list = signatures(64);
  const { bytes, recover } = kernelWith(list);
  const require = createRequire(import.meta.url);
  const tiny = require("tiny-secp256k1") as {
    recover(hash: Uint8Array, signature: Uint8Array, bit: number, compressed: boolean): Uint8Array;
  };
  const wasm = await Secp256k1.engine();
  await preparePrecompiles();
  const taken = await prepareRecovery();
  const at = (start: number): Uint8Array => bytes.subarray(start, start + 32);
  const each =
    (body: (signature: Signature) => Uint8Array): Way =>
    (count) => {
      for (let i = 0; i < count; i++) keccak256(body(list[i]!).subarray(-64)).subarray(12);
    };
  const together =
    (batch: number): Way =>
    (count) => {
      for (let i = 0; i < count; i += batch) recover(i, Math.min(batch, count - i));
    };
  const ways: (readonly [string, number, Way])[] = [
    [
      `secp256k1 (${taken}), as the engine calls it`,
      64,
      (count) => {
        for (let i = 0; i < count; i++) {
          const p = DATA + i * EACH;
          bytes.set(recoverAddress(at(p), at(p + 32), at(p + 64), list[i]!.recovered[0]!)!, p + 96);
        }
      },
    ],
    ["kernel, 64 together", 64, together(64)],
    ["kernel, 32 together", 64, together(32)],
    ["kernel, 16 together", 64, together(16)],
    ["kernel, 8 together", 64, together(8)],
    ["kernel, 4 together", 64, together(4)],
    ["ox/wasm", 64, each(({ hash, recovered }) => wasm.recoverPublicKey(recovered, hash))],
    [
      "tiny-secp256k1 (wasm)",
      16,
      each(({ hash, recovered }) => tiny.recover(hash, recovered.subarray(1), recovered[0]!, false)),
    ],
    [
      "@ethereumjs/util (noble)",
      4,
      each(({ hash, recovered }) =>
        ecrecover(hash, BigInt(recovered[0]!), recovered.subarray(1, 33), recovered.subarray(33)),
      ),
    ],
    [
      "@noble/curves",
      4,
      each(({ hash, recovered }) =>
        secp256k1.Point.fromBytes(secp256k1.recoverPublicKey(recovered, hash, { prehash: false })).toBytes(
          false,
        ),
      ),
    ],
  ];
  const medians = measure(ways);
  console.table(
    ways.map(([way], i) => ({
      "recovery of an address": way,
      "µs of CPU": medians[i]!.toFixed(1),
      "to the first": (medians[i]! / medians[0]!).toFixed(2),
    })),
  );
}

/** Nanoseconds of CPU for the kernel's arithmetic: each call works on two elements, or four points. */
function arithmetic(): void {
  const { x } = new Curve();
  const [r, a, b] = [0x51000, 0x52000, 0x53000];
  const generator = Number(x.GENERATOR_MULTIPLES.value);
  const operations: (readonly [string, number, number])[] = [
    ["field product", 2, 20_000],
    ["field product, each of the one before", 2, 20_000],
    ["field square", 2, 20_000],
    ["field square, each of the one before", 2, 20_000],
    ["square root", 4, 100],
    ["point doubled", 4, 2_000],
    ["affine point added", 4, 2_000],
  ];
  for (const apart of [0, 1024]) {
    for (const at of [r, a, b]) {
      for (let i = 0; i < 3; i++) x.fieldAdd(at + apart + 80 * i, generator, generator);
    }
  }
  const medians = measure(
    operations.map(
      ([name, , count], i) => [name, count, (n: number) => x.repeatCurve(i, n, r, a, b)] as const,
    ),
  );
  console.table(
    operations.map(([operation, elements], i) => ({
      operation,
      "ns of CPU for each": ((medians[i]! * 1000) / elements).toFixed(1),
    })),
  );
}

const ROUNDS = 20;

/** What a worker does: `ROUNDS` times 64 recoveries, by the kernel or the library; it answers when it begins and ends. */
async function work(): Promise<void> {
  const list = signatures(64);
  const { bytes, recover } = kernelWith(list);
  await preparePrecompiles();
  const at = (start: number): Uint8Array => bytes.subarray(start, start + 32);
  const run = (rounds: number): void => {
    for (let round = 0; round < rounds; round++) {
      if (workerData === "kernel") {
        recover(0, 64);
        continue;
      }
      for (const [i, { recovered }] of list.entries()) {
        const p = DATA + i * EACH;
        recoverAddress(at(p), at(p + 32), at(p + 64), recovered[0]!);
      }
    }
  };
  run(3);
  parentPort!.on("message", () => {
    run(ROUNDS);
    parentPort!.postMessage("done");
  });
  parentPort!.postMessage("ready");
}

const answer = (worker: Worker): Promise<unknown> =>
  new Promise((resolve) => worker.once("message", resolve));

/** CPU for one recovery and recoveries a second of `count` workers at once. */
async function workers(way: "kernel" | "library", count: number) {
  const all = Array.from({ length: count }, () => new Worker(new URL(import.meta.url), { workerData: way }));
  await Promise.all(all.map(answer));
  const before = process.cpuUsage();
  const start = performance.now();
  const answers = all.map(answer);
  for (const worker of all) worker.postMessage("go");
  await Promise.all(answers);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  await Promise.all(all.map((worker) => worker.terminate()));
  const recoveries = ROUNDS * 64 * count;
  return { cpu: (user + system) / recoveries, rate: recoveries / seconds };
}

async function scaling(): Promise<void> {
  const rows = [];
  for (const way of ["library", "kernel"] as const) {
    const rates: { cpu: number[]; rate: number[] }[] = [1, 2].map(() => ({ cpu: [], rate: [] }));
    for (let turn = 0; turn < 5; turn++) {
      for (const count of [1, 2]) {
        const { cpu, rate } = await workers(way, count);
        rates[count - 1]!.cpu.push(cpu);
        rates[count - 1]!.rate.push(rate);
      }
    }
    const [one, two] = rates.map(({ cpu, rate }) => ({ cpu: median(cpu), rate: median(rate) }));
    rows.push({
      "over workers": way,
      "µs of CPU, 1": one!.cpu.toFixed(1),
      "µs of CPU, 2": two!.cpu.toFixed(1),
      "a second, 1": Math.round(one!.rate),
      "a second, 2": Math.round(two!.rate),
      "2 to 1": (two!.rate / one!.rate).toFixed(2),
    });
  }
  console.table(rows);
}

if (isMainThread) {
  console.log(`${cpus()[0]?.model}, Node ${process.versions.node}, medians of ${TURNS} turns\n`);
  await compare();
  arithmetic();
  await scaling();
} else {
  await work();
}
