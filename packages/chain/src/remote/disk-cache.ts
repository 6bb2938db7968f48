// State of remote chains that was read before, one file for each block of each chain: a fork that is opened again asks the
// remote for nothing that it has seen. A file that is not what was written is dropped.

import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@heddle/engine";
import { StateRecords } from "./records.ts";

/** The user's folder for what can be had again, by the custom of the system. */
export function defaultCacheFolder(): string {
  const { env, platform } = process;
  const ours = (...folders: string[]) => join(...folders, "heddle", "remote");
  if (platform === "win32") return ours(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"));
  if (platform === "darwin") return ours(homedir(), "Library", "Caches");
  return ours(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"));
}

/** A file of a cache folder. */
export interface CachedBlock {
  chainId: bigint;
  number: bigint;
  /** First digits of the block's hash. */
  hash: string;
  bytes: number;
  path: string;
}

const FOLDER = /^[0-9]{1,20}$/;
const FILE = /^([0-9]{1,20})-([0-9a-f]{16})\.txt$/;

/** The files of a cache folder, by chain and block; none where there is no folder. */
export async function listCache(folder: string): Promise<CachedBlock[]> {
  const found: CachedBlock[] = [];
  for (const chain of await namesIn(folder)) {
    if (!FOLDER.test(chain)) continue;
    for (const name of await namesIn(join(folder, chain))) {
      const [, number, hash] = FILE.exec(name) ?? [];
      if (number === undefined || hash === undefined) continue;
      const path = join(folder, chain, name);
      const { size: bytes } = await stat(path);
      found.push({ chainId: BigInt(chain), number: BigInt(number), hash, bytes, path });
    }
  }
  const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
  return found.sort((a, b) => compare(a.chainId, b.chainId) || compare(a.number, b.number));
}

/** Removes files of a cache folder, those of one chain or one of its blocks where that is said; the files it removed. */
export async function cleanCache(
  folder: string,
  only: { chainId?: bigint; number?: bigint } = {},
): Promise<CachedBlock[]> {
  const { chainId, number } = only;
  const gone = (await listCache(folder)).filter(
    (file) =>
      (chainId === undefined || file.chainId === chainId) && (number === undefined || file.number === number),
  );
  for (const { path } of gone) await rm(path, { force: true });
  return gone;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

/** Milliseconds after which values that came are written, so that a kill costs little. */
const WRITE_AFTER = 5_000;

/** The file of one block. What goes wrong with it is told to `onProblem` and costs nothing but time. */
export class BlockCache {
  readonly records: StateRecords;
  readonly path: string;
  readonly #folder: string;
  readonly #onProblem: (problem: string) => void;
  #written: number;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    folder: string,
    path: string,
    records: StateRecords,
    onProblem: (problem: string) => void,
  ) {
    this.#folder = folder;
    this.path = path;
    this.records = records;
    this.#written = records.size;
    this.#onProblem = onProblem;
  }

  /** Reads what is there of a block. */
  static async open(
    folder: string,
    block: { chainId: bigint; number: bigint; hash: Hex },
    onProblem: (problem: string) => void = () => undefined,
  ): Promise<BlockCache> {
    const own = join(folder, String(block.chainId));
    // By hash: another block may get the number.
    const path = join(own, `${block.number}-${block.hash.slice(2, 18)}.txt`);
    let records: StateRecords | undefined;
    try {
      records = StateRecords.decode(await readFile(path, "utf8"));
      if (records === undefined) {
        onProblem(`${path} was damaged and is dropped`);
        await rm(path, { force: true });
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT") onProblem(`${path} cannot be read (${code})`);
    }
    return new BlockCache(own, path, records ?? new StateRecords(), onProblem);
  }

  /** Something was added: it is written before long. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.write();
    }, WRITE_AFTER).unref();
  }

  /** Writes what is not written yet: a new file that takes the old one's place. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { size } = this.records;
    if (size === this.#written) return;
    const temporary = `${this.path}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, this.records.encode(), { mode: 0o600 });
      await rename(temporary, this.path);
      this.#written = size;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      this.#onProblem(`${this.path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  /** Writes the rest. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.write();
  }
}
