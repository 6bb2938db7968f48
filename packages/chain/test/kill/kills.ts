// Kills a process with a chain in a directory again and again, and looks at what it leaves.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkStore } from "@heddle/store";
import { type Said, type Sight, sequence, type Work } from "./said.ts";

const LOAD = fileURLToPath(new URL("./load.ts", import.meta.url));
/** A directory is used for so many kills. */
const KILLS_PER_DIRECTORY = 25;

export interface KillReport {
  kills: number;
  /** Kills while a checkpoint was being written, as far as that was told. */
  inCheckpoint: number;
  /** What was being done, and how often. */
  during: Record<string, number>;
  acknowledged: number;
}

/** Lets a process run until it is killed; what it had said. */
async function runUntilKilled(
  args: string[],
  random: (below: number) => number,
): Promise<{ output: string }> {
  const child = spawn(process.execPath, ["--conditions=@heddle/source", LOAD, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const wantsCheckpoint = random(2) === 0;
  const acknowledged = 1 + random(40);
  /** Milliseconds; a checkpoint of a few blocks takes some ten. */
  const delay = random(30);
  let output = "";
  let errors = "";
  let isOrdered = false;
  const kill = () => {
    if (isOrdered) return;
    isOrdered = true;
    setTimeout(() => child.kill("SIGKILL"), wantsCheckpoint ? delay / 4 : delay);
  };
  child.stderr.on("data", (data) => {
    errors += data;
  });
  child.stdout.on("data", (data) => {
    output += data;
    const told = output.split("\ndone").length;
    if (told < acknowledged) return;
    if (!wantsCheckpoint || String(data).includes("checkpoint") || told > acknowledged + 60) kill();
  });
  const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
  assert.equal(signal, "SIGKILL", errors);
  return { output };
}

/** Kills `count` times; the chain is forked from the one at `forkUrl`, where that is given. @throws AssertionError where something acknowledged is lost, or the directory is not whole */
export async function killAgainAndAgain(
  count: number,
  seed: number,
  told: (line: string) => void,
  forkUrl?: string,
): Promise<KillReport> {
  const random = sequence(seed);
  const report: KillReport = { kills: 0, inCheckpoint: 0, during: {}, acknowledged: 0 };
  const place = mkdtempSync(join(tmpdir(), "heddle-kills-"));
  const saidFile = join(place, "said.json");
  try {
    let said: Said | undefined;
    for (; report.kills < count; report.kills++) {
      const round = Math.floor(report.kills / KILLS_PER_DIRECTORY);
      if (report.kills % KILLS_PER_DIRECTORY === 0) said = undefined;
      writeFileSync(saidFile, JSON.stringify(said ?? null));
      const directory = join(place, String(round));
      const args = [
        directory,
        String(random(2 ** 31)),
        saidFile,
        ...(forkUrl === undefined ? [] : [forkUrl]),
      ];
      const { output } = await runUntilKilled(args, random);
      const lines = output.split("\n").slice(0, -1);
      // Nothing new where it was killed before it was open.
      said = lastSaid(lines) ?? said;
      report.acknowledged += lines.filter((line) => line.startsWith("done")).length;
      const during = lines.some((line) => line.startsWith("done"))
        ? (said!.tried?.kind ?? "nothing")
        : "opening";
      report.during[during] = (report.during[during] ?? 0) + 1;
      const checkpoint = lines.findLast((line) => /^(checkpoint|written)/.test(line));
      if (checkpoint?.startsWith("checkpoint")) report.inCheckpoint++;
      const { problems } = await checkStore(directory);
      assert.deepEqual(problems, [], `kill ${report.kills} of seed ${seed}`);
      told(`kill ${report.kills + 1}: during ${during}, head ${said?.done.number}`);
    }
    return report;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function lastSaid(lines: readonly string[]): Said | undefined {
  const at = lines.findLastIndex((line) => line.startsWith("done"));
  if (at < 0) return undefined;
  const done = JSON.parse(lines[at]!.slice("done".length)) as Sight;
  const tried = lines.slice(at + 1).find((line) => line.startsWith("try"));
  return tried === undefined ? { done } : { done, tried: JSON.parse(tried.slice("try".length)) as Work };
}
