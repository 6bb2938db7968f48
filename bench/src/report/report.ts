// `npm run bench -- report`: docs/performance.md and its plots from bench/results.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { COMMANDS, performancePages, type Sources } from "./page.ts";

/** Reads the files of results there are, writes the pages; returns the paths written and the commands still to run. */
export function report(results: string, docs: string): { written: string[]; missing: string[] } {
  const names = Object.keys(COMMANDS) as (keyof Sources)[];
  const read = (name: string): unknown => {
    const file = join(results, `${name}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  };
  const sources = Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Sources;
  const written = performancePages(sources).map(({ path, text }) => {
    const file = join(docs, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
  const missing = names.filter((name) => sources[name] === undefined).map((name) => COMMANDS[name]);
  return { written, missing };
}
