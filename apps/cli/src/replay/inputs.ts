// What stands on the command line as a stream of block files.

import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { readArchive } from "../archive/archive.ts";
import { ArchiveError } from "../archive/errors.ts";
import type { ArchiveFile } from "../archive/tar.ts";

/** A file or an archive, with its size for the progress bar. */
export interface Input {
  path: string;
  bytes: number;
  isArchive: boolean;
}

function stats(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ArchiveError(path, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`, error);
  }
}

function isArchive(path: string): boolean {
  return path.endsWith(".tar.xz");
}

/** Files as they are; of a folder its .json files and archives, by name. Throws ArchiveError for what is not there. */
export function findInputs(paths: readonly string[]): Input[] {
  return paths.flatMap((path) => {
    const entry = stats(path);
    if (!entry.isDirectory()) return [{ path, bytes: entry.size, isArchive: isArchive(path) }];
    const names = readdirSync(path).filter((name) => name.endsWith(".json") || isArchive(name));
    if (names.length === 0) throw new ArchiveError(path, "holds neither .json files nor .tar.xz archives");
    return findInputs(names.sort(byNumber).map((name) => join(path, name)));
  });
}

/** 999.json before 1000.json. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The files of an input; `onRead` gets the bytes of it read so far. */
export async function* readInput(input: Input, onRead: (bytes: number) => void): AsyncGenerator<ArchiveFile> {
  if (input.isArchive) {
    for await (const file of readArchive(input.path, onRead)) {
      if (file.path.endsWith(".json")) yield { ...file, path: `${input.path}: ${file.path}` };
    }
    return;
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(input.path);
  } catch (error) {
    throw new ArchiveError(input.path, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
  onRead(bytes.length);
  yield { path: input.path, bytes };
}
