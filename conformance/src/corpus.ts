// Where the suites' files lie and how many entries they hold by their index.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Fields, FixtureError } from "@heddle/cli";

/** Suites of many files, each run by a thread of a pool. */
export const POOLED_SUITES = ["state", "blocks", "precompiles", "codec", "misc"] as const;
export type PooledSuite = (typeof POOLED_SUITES)[number];

/** Suites that are run one block after another. */
const CHAIN_SUITES = ["mainnet", "mainnet-first-8192"] as const;

export const SUITES = [...POOLED_SUITES, ...CHAIN_SUITES] as const;
export type Suite = (typeof SUITES)[number];

/** The fork under which entries are counted that belong to none. */
const NO_FORK = "any";

/** One line of an index file. */
export interface IndexEntry {
  /** Path inside the archive. */
  path: string;
  /** Number of entries by fork. */
  forks: Record<string, number>;
}

/** An archive with its index, or one plain file. */
export interface Source<S extends Suite = Suite> {
  suite: S;
  /** The archive's name without its endings. */
  name: string;
  file: string;
  /** null for plain files, whose entries are counted by reading them. */
  index: IndexEntry[] | null;
}

const ARCHIVES: Partial<Record<Suite, string>> = {
  state: "state-tests",
  blocks: "blockchain-tests",
  mainnet: "mainnet-blocks",
  misc: "misc-tests",
};

const PLAIN: Partial<Record<Suite, { folder: string; endings: string[] }>> = {
  precompiles: { folder: "precompiles", endings: [".json", ".yaml.gz"] },
  codec: { folder: "codec-vectors", endings: [".json.gz"] },
};

/** Reads an index file. Throws FixtureError naming the line that is wrong. */
export function readIndex(file: string, text: string): IndexEntry[] {
  return text
    .split("\n")
    .map((line, i) => [line, i + 1] as const)
    .filter(([line]) => line.trim() !== "")
    .map(([line, number]) => {
      const place = `line ${number}`;
      let json: unknown;
      try {
        json = JSON.parse(line);
      } catch {
        throw new FixtureError(file, place, "a JSON object", line);
      }
      const fields = new Fields(file, place, json);
      return { path: fields.text("path"), forks: entriesByFork(fields) };
    });
}

/** A line without forks is one entry; a mainnet block names its fork. */
function entriesByFork(fields: Fields): Record<string, number> {
  if (!fields.has("forks")) return { [fields.has("fork") ? fields.text("fork") : NO_FORK]: 1 };
  const forks = fields.object("forks");
  return Object.fromEntries(forks.keys().map((fork) => [fork, Number(forks.quantity(fork, 32))]));
}

function filesUnder(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** The sources of a suite in a corpus folder, in the order of their names. None where the folder is absent. */
export function findSources<S extends Suite>(corpus: string, suite: S): Source<S>[] {
  const folder = ARCHIVES[suite];
  if (folder !== undefined) {
    if (!existsSync(join(corpus, folder))) return [];
    return filesUnder(join(corpus, folder), [".tar.xz"]).map((file) => {
      const indexFile = file.replace(/\.tar\.xz$/, ".index.jsonl");
      if (!existsSync(indexFile))
        throw new FixtureError(file, "the archive", "accompanied by its index", indexFile);
      const index = readIndex(indexFile, readFileSync(indexFile, "utf8"));
      return { suite, name: basename(file, ".tar.xz"), file, index };
    });
  }
  const plain = PLAIN[suite]!;
  const root = join(corpus, plain.folder);
  if (!existsSync(root)) return [];
  return filesUnder(root, plain.endings).map((file) => ({
    suite,
    name: file.slice(root.length + 1),
    file,
    index: null,
  }));
}
