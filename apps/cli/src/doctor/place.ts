// The folder that a chain is to be kept in, and the port that it is to answer on.

import { mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { bad, type Finding, good, poor } from "./finding.ts";

const GIB = 2 ** 30;
const LEAST_ROOM = GIB / 16;
const ENOUGH_ROOM = GIB;

/** The folder, or the nearest one above it that is there: where it would be made. */
function existing(folder: string): string {
  let at = resolve(folder);
  while (statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) at = dirname(at);
  return at;
}

/** Whether files can be written in a folder, or the folder be made. */
export function checkFolder(folder: string): Finding {
  const at = existing(folder);
  if (!statSync(at).isDirectory()) {
    return bad("Folder", `${at} is a file`, "choose another folder with --data-dir");
  }
  try {
    const probe = mkdtempSync(join(at, ".heddle-doctor-"));
    try {
      writeFileSync(join(probe, "probe"), "probe");
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return bad(
      "Folder",
      `${at} cannot be written (${code})`,
      "change its rights, or choose another with --data-dir",
    );
  }
  return good("Folder", `${at} can be written`);
}

/** Room on the disk that a folder is on. */
export function checkDisk(folder: string): Finding {
  const { bavail, bsize } = statfsSync(existing(folder));
  const free = bavail * bsize;
  const met = `${(free / GIB).toFixed(1)} GiB free`;
  if (free < LEAST_ROOM) return bad("Disk", met, "make room, or choose another folder with --data-dir");
  if (free < ENOUGH_ROOM) return poor("Disk", met, "a long chain needs 1 GiB and more");
  return good("Disk", met);
}

/** Whether a node could listen. */
export function checkPort(host: string, port: number): Promise<Finding> {
  const subject = "Port";
  return new Promise((done) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const taken = code === "EADDRINUSE";
      const met = `${port} on ${host} ${taken ? "is in use" : `cannot be opened (${code})`}`;
      const advice = taken
        ? "end the program that has it (another node?), or choose another with --port"
        : "choose another with --port, or another address with --host";
      done(taken ? poor(subject, met, advice) : bad(subject, met, advice));
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => done(good(subject, `${port} on ${host} is free`)));
    });
  });
}
