// What kind of folder it is: a file tells that a store is in it, and in which format.

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { ForeignFolderError, NewerFolderError, OlderFolderError, systemCode } from "./errors.ts";
import { LOCK_FILE } from "./lock.ts";

/** The format that this version writes. Every change of what is on the disk raises it and brings a step of migrate. */
export const FORMAT = 1;

export const STAMP_FILE = "heddle-store.json";
const KIND = "heddle-store";

/** The log's folder in a store. */
export const logFolder = (directory: string): string => join(directory, "log");
/** LMDB's folder in a store. */
export const stateFolder = (directory: string): string => join(directory, "state");

/** Writes the stamp: the last thing in the making of a store and in every step of a migration. Whole or not at all. */
export function writeStamp(directory: string, format: number): void {
  const file = join(directory, STAMP_FILE);
  const fd = openSync(`${file}.new`, "w");
  writeSync(fd, `${JSON.stringify({ kind: KIND, format })}\n`);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${file}.new`, file);
}

/**
 * Format of the store in a folder; undefined where the folder is empty, or not there.
 * @throws ForeignFolderError where something else is in it
 */
export function readStamp(directory: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, STAMP_FILE), "utf8");
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw new ForeignFolderError(directory, String(error));
    // A store whose making was cut off has no stamp yet.
    const others = entries(directory).filter((name) => !isOwn(name));
    if (others.length > 0)
      throw new ForeignFolderError(directory, `it has ${others[0]} and no ${STAMP_FILE}`);
    return undefined;
  }
  const stamp = parse(text);
  if (stamp?.kind !== KIND || !Number.isInteger(stamp.format) || Number(stamp.format) < 1) {
    throw new ForeignFolderError(directory, `its ${STAMP_FILE} is not one of a store`);
  }
  return Number(stamp.format);
}

const OWN = new Set([`${STAMP_FILE}.new`, "log", "state"]);
const isOwn = (name: string) => OWN.has(name) || name.startsWith(LOCK_FILE);

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") throw new ForeignFolderError(directory, "it is a file");
    throw error;
  }
}

function parse(text: string): { kind?: unknown; format?: unknown } | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes the folder where it is not there, and refuses one that is not of the known format.
 * @returns whether a store is in it
 * @throws ForeignFolderError, NewerFolderError, OlderFolderError
 */
export function checkFolder(directory: string, known: number = FORMAT): boolean {
  const format = readStamp(directory);
  if (format === undefined) {
    mkdirSync(directory, { recursive: true });
    return false;
  }
  if (format > known) throw new NewerFolderError(directory, known, format);
  if (format < known) throw new OlderFolderError(directory, known, format);
  return true;
}
