// POSIX tar (ustar and pax, IEEE Std 1003.1 "pax"), with GNU's long names: what archives of test files use.

import { ArchiveError } from "./errors.ts";

/** One regular file of an archive. */
export interface ArchiveFile {
  path: string;
  bytes: Uint8Array;
}

const BLOCK = 512;
const ascii = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/** Takes whole pieces out of a stream of chunks that are cut anywhere. */
class Cutter {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes in an array of their own; null where the stream ends before the first of them. */
  async take(length: number): Promise<Uint8Array | null> {
    const piece = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) {
          if (filled === 0) return null;
          throw new Error("ends inside a file");
        }
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, length - filled);
      piece.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return piece;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return utf8.decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, from: number, length: number): number {
  const digits = ascii
    .decode(header.subarray(from, from + length))
    .replace(/\0.*$/s, "")
    .trim();
  return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** The sum of the header's bytes with its own checksum field read as spaces. */
function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i]!;
  return sum;
}

/** The `path` record of a pax extended header ("LENGTH KEY=VALUE\n" each), if it has one. */
function paxPath(body: Uint8Array): string | undefined {
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(32, at);
    const length = Number.parseInt(ascii.decode(body.subarray(at, space)), 10);
    if (space < 0 || !(length > 0)) return undefined;
    const record = utf8.decode(body.subarray(space + 1, at + length - 1));
    if (record.startsWith("path=")) return record.slice("path=".length);
    at += length;
  }
  return undefined;
}

/**
 * The regular files of a tar stream, in order. `name` is the archive's, for errors.
 * Throws ArchiveError where a header is damaged or the stream ends before the archive does.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ArchiveFile> {
  const cutter = new Cutter(chunks);
  let longPath: string | undefined;
  try {
    for (;;) {
      const header = await cutter.take(BLOCK);
      if (header === null)
        throw new ArchiveError(name, "ends without the two empty blocks that end a tar archive");
      if (header.every((byte) => byte === 0)) return;
      const size = octal(header, 124, 12);
      if (octal(header, 148, 8) !== checksum(header) || !Number.isSafeInteger(size)) {
        throw new ArchiveError(name, "is not a tar archive, or a header in it is damaged");
      }
      const prefix = ascii.decode(header.subarray(257, 262)) === "ustar" ? text(header, 345, 155) : "";
      const shortPath = text(header, 0, 100);
      const path = longPath ?? (prefix === "" ? shortPath : `${prefix}/${shortPath}`);
      const padded = Math.ceil(size / BLOCK) * BLOCK;
      const body = padded === 0 ? new Uint8Array(0) : await cutter.take(padded);
      if (body === null) throw new ArchiveError(name, `ends before the content of ${path}`);
      const bytes = body.subarray(0, size);
      const kind = String.fromCharCode(header[156]!);
      longPath = undefined;
      if (kind === "L") longPath = utf8.decode(bytes).replace(/\0.*$/s, "");
      else if (kind === "x") longPath = paxPath(bytes);
      else if (kind === "0" || kind === "\0") yield { path, bytes };
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(name, error instanceof Error ? error.message : String(error), error);
  } finally {
    await cutter.close();
  }
}
