// What a kernel's memory is used for: for tests, and for the watch for leaks.

import type { KernelInstance } from "./kernel-instance.ts";

/** Kinds of chunks in the kernel's order (memory/layout.ts). */
const KINDS = [
  "free",
  "block",
  "worker",
  "accounts",
  "slots",
  "index",
  "code",
  "trie",
  "continued",
  "retired",
  "input",
] as const;

/** What memory is used for: "block" is the arenas of the last block, "input" blocks of a pipeline that wait. */
export type MemoryUse = Exclude<(typeof KINDS)[number], "free" | "continued">;

/** Bytes of the memory that are taken, by what for. */
export function kernelMemory(kernel: KernelInstance): Record<MemoryUse, number> {
  const { CHUNK_TABLE, CHUNK_SIZE, MAX_CHUNKS } = kernel.layout;
  const bytes = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<(typeof KINDS)[number], number>;
  let kind: (typeof KINDS)[number] = "free";
  for (let chunk = 0; chunk < MAX_CHUNKS; chunk++) {
    // A worker's own chunks have its number in the upper bytes.
    const entry = KINDS[kernel.getU32(CHUNK_TABLE + chunk * 4) & 0xff]!;
    if (entry !== "continued") kind = entry;
    bytes[kind] += CHUNK_SIZE;
  }
  const { free: _, continued: __, ...taken } = bytes;
  return taken;
}
