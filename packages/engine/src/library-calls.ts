// The host functions that need libraries: precompiles and signature recovery, over pointers of the kernel.

import type { Precompiles, PrecompilesFactory } from "./kernel-instance.ts";
import { preparePrecompiles, recoverAddress, runPrecompile } from "./precompiles/index.ts";

const NO_OUTPUT = new Uint8Array(0);
const FAILED = -1n;

/** Loads the libraries, once a thread. */
export async function loadPrecompiles(): Promise<PrecompilesFactory> {
  await preparePrecompiles();
  return libraryCalls;
}

function libraryCalls(memory: Uint8Array): Precompiles {
  let output: Uint8Array = NO_OUTPUT;
  return {
    precompile(address, fork, input, inputLength, gasLimit) {
      const start = input >>> 0;
      const result = runPrecompile(address, fork, memory.subarray(start, start + inputLength), gasLimit);
      output = result?.output ?? NO_OUTPUT;
      return result === null ? FAILED : result.gasUsed;
    },
    precompileOutputLength: () => output.length,
    precompileOutput(destination) {
      memory.set(output, destination >>> 0);
    },
    recoverAddress(hash, r, s, yParity, address) {
      const word = (pointer: number) => memory.subarray(pointer >>> 0, (pointer >>> 0) + 32);
      const found = recoverAddress(word(hash), word(r), word(s), yParity);
      if (found === null) return 0;
      memory.set(found, address >>> 0);
      return 1;
    },
  };
}
