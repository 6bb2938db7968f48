// Files out of a .tar.xz, streamed: nothing is unpacked to disk or held whole.

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream, ReadableStreamDefaultReader } from "node:stream/web";
import xz from "xz-decompress";
import { ArchiveError } from "./errors.ts";
import { type ArchiveFile, readTar } from "./tar.ts";

/** Called with the compressed bytes read so far, for a progress bar. */
export type OnRead = (bytes: number) => void;

async function* compressed(file: string, onRead: OnRead | undefined): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 16 })) {
    read += chunk.length;
    onRead?.(read);
    yield chunk;
  }
}

/**
 * The decompressed bytes of an .xz file in chunks; nothing is written to disk and only a window is in memory.
 * Throws ArchiveError for a file that cannot be read or is damaged.
 */
export async function* readXz(file: string, onRead?: OnRead): AsyncGenerator<Uint8Array> {
  const input = Readable.toWeb(Readable.from(compressed(file, onRead), { objectMode: false }));
  const output = new xz.XzReadableStream(input as never) as unknown as ReadableStream<Uint8Array>;
  const reader = output.getReader();
  try {
    for (;;) {
      const { done, value } = await read(file, reader);
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever leaves early has what was wanted; that the decoder has nothing left to cancel is no error then.
    await reader.cancel().catch(() => {});
  }
}

async function read(file: string, reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (error) {
    const system = error as NodeJS.ErrnoException;
    if (system.code === "ENOENT") throw new ArchiveError(file, "does not exist", error);
    if (system.code !== undefined) throw new ArchiveError(file, `cannot be read (${system.code})`, error);
    throw new ArchiveError(file, `is not a complete .xz file (${system.message})`, error);
  }
}

/**
 * The files of a .tar.xz archive, streamed.
 *
 * @example
 * ```ts
 * for await (const { path, bytes } of readArchive("blocks.tar.xz")) console.log(path, bytes.length);
 * ```
 */
export async function* readArchive(file: string, onRead?: OnRead): AsyncGenerator<ArchiveFile> {
  yield* readTar(readXz(file, onRead), file);
}
