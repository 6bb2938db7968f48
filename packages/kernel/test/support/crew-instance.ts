// An instance of the parallel room in the current thread, with the host functions that whole blocks need.

import { readFileSync } from "node:fs";
import { KernelSignal } from "./room.ts";

/** Address of a precompile that only stops: a contract calls it to stand still between two instructions. */
export const STOP_PRECOMPILE = 2;
/** Its point number; the others are those of parallel/points.ts. */
export const POINT_PRECOMPILE = 30;

/** The room's module; or the production module, where nothing stops, for measurements. */
export function crewModule(file = "test/parallel.wasm"): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../build/${file}`, import.meta.url)));
}

export function crewInstance(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  worker: number,
  yieldPoint: (point: number, index: number) => void = () => undefined,
) {
  const env = {
    abortTransaction(reason: number, detail: number) {
      throw new KernelSignal("abortTransaction", reason, detail);
    },
    outOfMemory(bytes: number) {
      throw new KernelSignal("outOfMemory", bytes, 0);
    },
    panic(code: number, detail: number) {
      throw new KernelSignal("panic", code, detail);
    },
    precompile(address: number): bigint {
      yieldPoint(POINT_PRECOMPILE, address);
      return 100n;
    },
    precompileOutputLength: () => 0,
    precompileOutput: () => undefined,
    clock: () => performance.now() * 1000,
    yieldPoint,
  };
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const given = (env as unknown as Record<string, WebAssembly.ImportValue>)[name];
    const absent = () => {
      throw new Error(`the host function ${name} was called`);
    };
    imports[from] = { ...imports[from], [name]: kind === "memory" ? memory : (given ?? absent) };
  }
  const instance = new WebAssembly.Instance(module, imports);
  // biome-ignore lint/suspicious/noExplicitAny: a room exports what its tests need; WebAssembly gives no types
  const exports = instance.exports as any;
  exports.setWorkerId(worker);
  return { exports };
}
