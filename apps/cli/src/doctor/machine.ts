// Node, memory, processors and WebAssembly: what the engine runs on.

import { availableParallelism, totalmem } from "node:os";
import { bad, type Finding, good, poor } from "./finding.ts";

const GIB = 2 ** 30;
const OLDEST_NODE = 22;
/** What kernel, threads and a small chain take. */
const LEAST_MEMORY = GIB / 4;
const ENOUGH_MEMORY = GIB;

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** `version` as process.versions.node has it. */
export function checkNode(version: string): Finding {
  const [major = 0] = version.split(".").map(Number);
  if (major >= OLDEST_NODE) return good("Node", version);
  return bad("Node", version, `install Node ${OLDEST_NODE} or later`);
}

/** Bytes that this process can still get, and what the machine or its container has in all. */
export function checkMemory(available: number, total: number): Finding {
  const met = `${gib(available)} free of ${gib(total)}`;
  if (available < LEAST_MEMORY) {
    return bad("Memory", met, "end other programs, or give the machine or container more memory");
  }
  if (available < ENOUGH_MEMORY) {
    return poor("Memory", met, "large blocks and long chains need 1 GiB and more");
  }
  return good("Memory", met);
}

export function checkCores(cores: number): Finding {
  if (cores >= 2) return good("Cores", String(cores));
  return poor(
    "Cores",
    String(cores),
    "with one, transactions are executed one after another: give it two or more",
  );
}

/** (module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0))))) */
const THREADS = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1],
  ...[10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0, 26, 11],
];
/** (module (func (drop (v128.const i64x2 0 0)))) */
const SIMD = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 11],
];

/** The features of WebAssembly that the kernel needs. `validate` is WebAssembly's own. */
export function checkWebAssembly(validate: (bytes: Uint8Array<ArrayBuffer>) => boolean): Finding {
  const features = { threads: THREADS, SIMD };
  const missing = Object.entries(features).filter(([, bytes]) => !validate(Uint8Array.from(bytes)));
  if (missing.length === 0) return good("WebAssembly", Object.keys(features).join(", "));
  const names = missing.map(([name]) => name).join(" and ");
  return bad("WebAssembly", `without ${names}`, "take an official build of Node for this processor");
}

/** Starts an engine with its threads as a node does. */
export async function checkEngine(): Promise<Finding> {
  try {
    const { createEngine } = await import("@heddle/engine");
    const engine = await createEngine({ workers: availableParallelism() });
    await engine.close();
    return good("Engine", "starts");
  } catch (error) {
    const { message } = error as Error;
    return bad(
      "Engine",
      `does not start: ${message}`,
      "install again; limits of the system (ulimit -v) may forbid it",
    );
  }
}

/** The native database for chains that are kept in a folder. */
export async function checkDatabase(): Promise<Finding> {
  try {
    await import("@heddle/store");
    return good("Database", "loads");
  } catch (error) {
    const [line] = (error as Error).message.split("\n");
    return bad("Database", `does not load: ${line}`, "install again without --omit=optional");
  }
}

export function checkMachine(): Finding[] {
  const total = process.constrainedMemory() || totalmem();
  return [
    checkNode(process.versions.node),
    checkMemory(process.availableMemory(), Math.min(total, totalmem())),
    checkCores(availableParallelism()),
    checkWebAssembly((bytes) => WebAssembly.validate(bytes)),
  ];
}
