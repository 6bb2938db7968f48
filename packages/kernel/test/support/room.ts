import { readFileSync } from "node:fs";

export interface Room {
  /** The functions and constants that `assembly/<room>/testing.ts` exports. */
  // biome-ignore lint/suspicious/noExplicitAny: a room exports what its tests need; WebAssembly gives no types
  exports: any;
  memory: WebAssembly.Memory;
  bytes(address: number, length: number): Uint8Array;
  write(address: number, bytes: Uint8Array): void;
}

const modules = new Map<string, WebAssembly.Module>();

/** Thrown where the kernel asks its host to leave: `abortTransaction`, `outOfMemory` and `panic`. */
export class KernelSignal extends Error {
  readonly signal: string;
  readonly code: number;
  readonly detail: number;
  constructor(signal: string, code: number, detail: number) {
    super(`${signal}(${code}, ${detail})`);
    this.signal = signal;
    this.code = code;
    this.detail = detail;
  }
}

/** The host functions by which the kernel leaves: they throw. */
export const leaving = {
  abortTransaction(reason: number, detail: number) {
    throw new KernelSignal("abortTransaction", reason, detail);
  },
  outOfMemory(bytes: number) {
    throw new KernelSignal("outOfMemory", bytes, 0);
  },
  panic(code: number, detail: number) {
    throw new KernelSignal("panic", code, detail);
  },
};

/**
 * One instance of the test build of a kernel room, over a memory of its own unless one is given. Host
 * functions that a test does not give throw when they are called.
 */
export function loadRoom(
  name: string,
  host: Record<string, (...values: never[]) => unknown> = {},
  memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true }),
): Room {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`../../build/test/${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  const signals: Record<string, unknown> = {
    ...leaving,
    // Points at which the tests of parallel execution stop a worker (parallel/points.ts).
    yieldPoint() {},
    ...host,
  };
  const imports: WebAssembly.Imports = {};
  for (const wanted of WebAssembly.Module.imports(module)) {
    if (wanted.kind === "memory") {
      imports[wanted.module] = { ...imports[wanted.module], memory };
    } else {
      const given = signals[wanted.name];
      imports[wanted.module] = {
        ...imports[wanted.module],
        [wanted.name]: (given ??
          (() => {
            throw new Error(`the host function ${wanted.name} was called, but this test gives none`);
          })) as WebAssembly.ImportValue,
      };
    }
  }
  const instance = new WebAssembly.Instance(module, imports);
  return {
    exports: instance.exports as Room["exports"],
    memory,
    bytes: (address, length) => new Uint8Array(memory.buffer).slice(address, address + length),
    write: (address, bytes) => new Uint8Array(memory.buffer).set(bytes, address),
  };
}
