// What a kernel's memory is used for: for tests, and for the watch for leaks.

import { Chunk, codeName } from "@heddle/kernel";
import type { KernelInstance } from "./kernel-instance.ts";

/** What memory is used for: Block is the arenas of the last block, Input blocks of a pipeline that wait. */
export type MemoryUse = Exclude<keyof typeof Chunk, "Free" | "Continued">;

/** Bytes of the memory that are taken, by what for. */
export function kernelMemory(kernel: KernelInstance): Record<MemoryUse, number> {
  const { CHUNK_TABLE, CHUNK_SIZE, MAX_CHUNKS } = kernel.layout;
  const bytes = Object.fromEntries(Object.keys(Chunk).map((name) => [name, 0])) as Record<
    keyof typeof Chunk,
    number
  >;
  let use: keyof typeof Chunk = "Free";
  for (let chunk = 0; chunk < MAX_CHUNKS; chunk++) {
    const code = kernel.getU32(CHUNK_TABLE + chunk * 4) & 0xff;
    if (code !== Chunk.Continued) use = codeName(Chunk, code);
    bytes[use] += CHUNK_SIZE;
  }
  const { Free: _, Continued: __, ...taken } = bytes;
  return taken;
}
