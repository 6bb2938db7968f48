// A compiled contract: what it is compared with code on the chain by.

import type { SourceMap } from "./source-map.ts";
import type { SourceText } from "./source-text.ts";

/** An entry of an ABI, as far as it is used here. */
export interface AbiEntry {
  type: string;
  name?: string;
  inputs?: readonly { name?: string; type: string }[];
}

/** Code of a contract with the places that are not known before it is deployed. */
export interface CompiledCode {
  /** Zeros where something is put in. */
  bytes: Uint8Array;
  /** Immutables and addresses of libraries: start and length. */
  holes: readonly (readonly [start: number, length: number])[];
  map: SourceMap | undefined;
}

/** Finds a file of the compiler's run by its number. */
export type FindSource = (file: number) => SourceText | undefined;

export interface CompiledContract {
  name: string;
  abi: readonly AbiEntry[];
  creation: CompiledCode | undefined;
  runtime: CompiledCode | undefined;
  source: FindSource;
}

/** Length of the code without the CBOR that the compiler puts behind it (its hash of all sources). */
function withoutMetadata(code: Uint8Array): number {
  if (code.length < 4) return code.length;
  const length = (code.at(-2)! << 8) | code.at(-1)!;
  const start = code.length - 2 - length;
  // A map of CBOR with few entries.
  return start >= 0 && code[start]! >= 0xa0 && code[start]! <= 0xa9 ? start : code.length;
}

function agree(code: Uint8Array, { bytes, holes }: CompiledCode, length: number): boolean {
  let at = 0;
  const same = (end: number) => {
    const to = Math.min(end, length);
    const isSame = to <= at || Buffer.compare(code.subarray(at, to), bytes.subarray(at, to)) === 0;
    return isSame;
  };
  for (const [start, size] of holes) {
    if (!same(start)) return false;
    at = Math.max(at, start + size);
  }
  return same(length);
}

/** Whether deployed code is that of a contract: but for immutables, libraries and metadata. */
export function isRuntimeOf(code: Uint8Array, compiled: CompiledCode): boolean {
  const length = withoutMetadata(code);
  return length > 0 && length === withoutMetadata(compiled.bytes) && agree(code, compiled, length);
}

/** Whether init code is that of a contract, with the constructor's arguments behind it. */
export function isCreationOf(code: Uint8Array, compiled: CompiledCode): boolean {
  const length = withoutMetadata(compiled.bytes);
  return length > 0 && code.length >= length && agree(code, compiled, length);
}
