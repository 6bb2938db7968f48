// An instance of the kernel's test build in the current thread, with the host functions that whole blocks need.

import { leaving } from "./room.ts";

/**
 * Point of a call of one of the host's precompiles, all of which do nothing here: a contract makes it to stand still
 * between two instructions. The other points are those of parallel/points.ts.
 */
export const POINT_PRECOMPILE = 30;

/** The precompile that takes much gas; the others take little. */
export const HEAVY_PRECOMPILE = 8;
const HEAVY_GAS = 120_000n;

export function crewInstance(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  worker: number,
  yieldPoint: (point: number, index: number) => void = () => undefined,
) {
  const env = {
    ...leaving,
    precompile(address: number): bigint {
      yieldPoint(POINT_PRECOMPILE, address);
      return address === HEAVY_PRECOMPILE ? HEAVY_GAS : 100n;
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
