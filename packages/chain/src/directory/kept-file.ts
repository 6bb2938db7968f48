// Small files beside the store that say where a chain begins, written whole or not at all.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "@heddle/store";
import { parseJson, toJson } from "./json.ts";

/** What a file of a directory holds; undefined where there is none. @throws StoreError with `code` where it is damaged */
export function readKept(directory: string, name: string, code: string, remedy: string): unknown {
  const path = join(directory, name);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return parseJson(text);
  } catch (cause) {
    throw new StoreError(code, `${path} cannot be read`, { path, cause, remedy });
  }
}

/** Writes a file of a directory. */
export function writeKept(directory: string, name: string, value: unknown): void {
  const path = join(directory, name);
  const fd = openSync(`${path}.new`, "w");
  writeSync(fd, `${toJson(value)}\n`);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${path}.new`, path);
}
