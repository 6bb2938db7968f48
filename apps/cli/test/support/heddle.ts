// The command as a process of its own, from its sources.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** What a process that ended left. */
export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly out: () => string;
  readonly ended: Promise<Ran>;
  /** The first match in what it writes to stdout; rejects where it ends before. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts `heddle` with arguments. */
export function start(...args: string[]): Running {
  const child = spawn(process.execPath, ["--conditions=@heddle/source", MAIN, ...args]);
  let out = "";
  let err = "";
  let isOver = false;
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.on("data", (chunk) => {
    out += chunk;
    tell();
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ran>((resolve) => {
    child.on("close", (code) => {
      isOver = true;
      resolve({ code, out, err });
      tell();
    });
  });
  const saw = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(out);
        if (found === null && !isOver) return;
        watchers.delete(look);
        if (found !== null) resolve(found);
        else reject(new Error(`ended without ${pattern}\n${out}${err}`));
      };
      watchers.add(look);
      look();
    });
  return { child, out: () => out, ended, saw };
}

/** Runs `heddle` to its end. */
export function heddle(...args: string[]): Promise<Ran> {
  return start(...args).ended;
}
