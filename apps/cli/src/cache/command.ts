// heddle cache: what was read of remote chains and is kept for the next time.

import { type CachedBlock, cleanCache, defaultCacheFolder, listCache } from "@heddle/chain";
import { counted } from "../terminal/figures.ts";
import { formatTable } from "../terminal/table.ts";

export interface CacheOptions {
  cachePath?: string;
  json?: boolean;
}

/** Which files are meant; all unless given. */
export interface CleanOptions extends CacheOptions {
  chainId?: bigint;
  block?: bigint;
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);

const sizeOf = (blocks: readonly CachedBlock[]): number => blocks.reduce((sum, { bytes }) => sum + bytes, 0);

function json(value: unknown): string {
  return JSON.stringify(value, (_key, met: unknown) => (typeof met === "bigint" ? Number(met) : met));
}

/** Shows the files, by chain and block. */
export async function runCacheList(options: CacheOptions): Promise<number> {
  const folder = options.cachePath ?? defaultCacheFolder();
  const blocks = await listCache(folder);
  if (options.json) process.stdout.write(`${json({ folder, blocks })}\n`);
  else if (blocks.length === 0) process.stdout.write(`nothing is kept in ${folder}\n`);
  else {
    const rows = blocks.map(({ chainId, number, hash, bytes }) => [
      String(chainId),
      String(number),
      `0x${hash}…`,
      kilobytes(bytes),
    ]);
    const columns = [
      { heading: "chain" },
      { heading: "block" },
      { heading: "hash", align: "left" as const },
      { heading: "kB" },
    ];
    process.stdout.write(`${formatTable(columns, rows)}\n${kilobytes(sizeOf(blocks))} kB in ${folder}\n`);
  }
  return 0;
}

/** Removes files. */
export async function runCacheClean(options: CleanOptions): Promise<number> {
  const folder = options.cachePath ?? defaultCacheFolder();
  const gone = await cleanCache(folder, {
    ...(options.chainId === undefined ? {} : { chainId: options.chainId }),
    ...(options.block === undefined ? {} : { number: options.block }),
  });
  if (options.json) process.stdout.write(`${json({ folder, removed: gone })}\n`);
  else {
    process.stdout.write(
      `${counted(gone.length, "file")}, ${kilobytes(sizeOf(gone))} kB removed from ${folder}\n`,
    );
  }
  return 0;
}
