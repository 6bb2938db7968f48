// heddle doctor: whether a node can run here, and what to do where it cannot.

import { styleText } from "node:util";
import type { Finding } from "./finding.ts";
import { checkDatabase, checkEngine, checkMachine } from "./machine.ts";
import { checkDisk, checkFolder, checkPort } from "./place.ts";

export interface DoctorOptions {
  port: number;
  host: string;
  dataDir: string;
  json?: boolean;
}

const SIGNS = { good: ["✓", "green"], poor: ["!", "yellow"], bad: ["✗", "red"] } as const;

/** A finding for people: a line, and another one for what to do. */
export function findingLines({ subject, state, met, advice }: Finding): string {
  const [sign, colour] = SIGNS[state];
  const line = `${styleText(colour, sign)} ${subject.padEnd(12)} ${met}`;
  return advice === undefined ? line : `${line}\n  ${"".padEnd(12)} → ${advice}`;
}

/** Looks at everything; the exit code: 1 where something is bad. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { port, host, dataDir } = options;
  const findings = [
    ...checkMachine(),
    await checkEngine(),
    await checkDatabase(),
    checkFolder(dataDir),
    checkDisk(dataDir),
    await checkPort(host, port),
  ];
  const bad = findings.filter(({ state }) => state === "bad").length;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ok: bad === 0, findings })}\n`);
  } else {
    const verdict = bad === 0 ? "A node can run here." : "A node cannot run here as it is.";
    process.stdout.write(`${[...findings.map(findingLines), "", verdict].join("\n")}\n`);
  }
  return bad === 0 ? 0 : 1;
}
