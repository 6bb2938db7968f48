// Opens an engine: memory, workers, and the state that it begins with.

import { compileKernel, createKernelMemory } from "@heddle/kernel";
import { Engine } from "./engine.ts";
import { EngineError, throwIfAborted } from "./errors.ts";
import { KernelInstance } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";
import { checkEngineOptions, type EngineOptions } from "./options.ts";
import { WorkerPool } from "./pool.ts";
import { TraceRelay } from "./trace-relay.ts";

/**
 * Makes an engine. It must be closed; `await using` does that at the end of the block.
 * @throws InvalidArgumentError for an option out of its range; EngineError with code MEMORY_UNAVAILABLE where the system
 * has no room for `memoryLimit`
 *
 * @example
 * ```ts
 * import { createEngine } from "@heddle/engine";
 *
 * await using engine = await createEngine({
 *   workers: 2,
 *   genesis: { alloc: { "0x1000000000000000000000000000000000000001": { balance: 10n ** 18n } } },
 * });
 * console.log(engine.stateRoot);
 * ```
 */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return openEngine(options, "production");
}

/** The memory of all workers: the system must have so many addresses to give, not yet the bytes. */
function reserve(memoryLimit: number): WebAssembly.Memory {
  try {
    return createKernelMemory(memoryLimit);
  } catch (cause) {
    throw new EngineError(
      "MEMORY_UNAVAILABLE",
      `the system does not give ${memoryLimit} bytes of shared memory; a smaller memoryLimit may do`,
      { field: "memoryLimit", met: memoryLimit, cause },
    );
  }
}

/** @internal `createEngine` with a build of the kernel. */
export async function openEngine(options: EngineOptions, build: "production" | "test"): Promise<Engine> {
  const checked = checkEngineOptions(options);
  throwIfAborted(options.signal);
  const module = compileKernel(build);
  const memory = reserve(checked.memoryLimit);
  // The host has the number behind the last worker's.
  const relay = new TraceRelay();
  const host = new KernelInstance({
    module,
    memory,
    worker: checked.workers,
    precompiles: await loadPrecompiles(),
    trace: relay.host,
  });
  relay.attach(host);
  const seed = crypto.getRandomValues(new BigUint64Array(1))[0]!;
  KernelInstance.initialiseMemory(host, {
    memoryLimit: checked.memoryLimit,
    seed,
    speculation: checked.speculation,
  });
  const { workers, hangTimeout } = checked;
  const pool = new WorkerPool({ module, memory, host, workers, hangTimeout });
  const engine = new Engine(host, pool, relay, options, checked.cacheBytes);
  try {
    if (checked.startWorkers === "now") await pool.start();
    throwIfAborted(options.signal);
  } catch (error) {
    await pool.close();
    throw error;
  }
  return engine;
}
