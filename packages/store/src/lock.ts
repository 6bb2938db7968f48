// One process at a time: a file that names the one that has the folder.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreLockedError, systemCode } from "./errors.ts";

export const LOCK_FILE = "LOCK";

/** Who has the folder. A pid alone is given to other processes again; with the time of its start it is not. */
interface Holder {
  pid: number;
  /** When the process was started, as the system tells it; null where the system does not. */
  started: string | null;
}

/** Start of a process in ticks since a boot, with that boot's id; null where the system does not tell or it is gone. */
function startOf(pid: number): string | null {
  try {
    // The name of the program, in brackets, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but another user's.
    if (systemCode(error) !== "EPERM") return false;
  }
  return started === null || startOf(pid) === null || startOf(pid) === started;
}

function holderOf(file: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? { pid, started: started ?? null } : undefined;
  } catch {
    return undefined;
  }
}

let taken = 0;

/**
 * Takes the folder for this process; what a process left that is not there any more is taken over.
 * @returns gives the folder back
 * @throws StoreLockedError where a living process has it, this one included
 */
export function takeLock(directory: string): () => void {
  const file = join(directory, LOCK_FILE);
  const own = `${file}.${process.pid}.${taken++}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    for (;;) {
      try {
        // Fails where the name is taken, and the file is whole from the first moment on.
        linkSync(own, file);
        break;
      } catch (error) {
        if (systemCode(error) !== "EEXIST") throw error;
      }
      const holder = holderOf(file);
      if (holder !== undefined && isAlive(holder)) throw new StoreLockedError(directory, holder.pid);
      putAway(directory, file, `${own}.old`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** Takes a dead process's file away, unless another process was faster and it is its own by now. */
function putAway(directory: string, file: string, aside: string): void {
  try {
    renameSync(file, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  const holder = holderOf(aside);
  if (holder !== undefined && isAlive(holder)) {
    linkSync(aside, file);
    rmSync(aside);
    throw new StoreLockedError(directory, holder.pid);
  }
  rmSync(aside);
}
