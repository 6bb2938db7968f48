// How soon a node answers, and what it costs while nobody asks: both programs as they are installed, with no options but a port.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../measure.ts";
import { anvilProgram } from "../peers/anvil-process.ts";
import { cpuOf, freePort } from "../peers/node-program.ts";
import { PeerError } from "../peers/peer.ts";
import { Client } from "./client.ts";
import { NODES, type NodeName } from "./processes.ts";

/** Milliseconds until the first answer, at most. */
export const START_MOST = 600;
/** Milliseconds of CPU time a second while nothing happens, at most. */
export const IDLE_MOST = 10;
/** Milliseconds between two tries to be answered. */
const POLL = 2;
/** Milliseconds for what is done behind the first answer. */
const SETTLE = 2_000;
/** Milliseconds for which it is watched then. */
const WATCH = 5_000;
const PATIENCE = 60_000;

export interface StartFigures {
  /** Milliseconds from the start to the first answer; medians. */
  wall: number;
  /** CPU milliseconds until then. */
  cpu: number;
}

interface Command {
  program: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

/** The programs that users have; Heddle's as `npm run build` leaves it. @throws PeerError where that was not run */
function commandOf(name: NodeName, cache: string): Command {
  if (name === "anvil") return { program: anvilProgram(), args: [], env: process.env };
  const require = createRequire(import.meta.url);
  const main = join(require.resolve("@heddle/cli/package.json"), "../dist/main.js");
  if (!existsSync(main)) throw new PeerError("there is no apps/cli/dist/main.js: npm run build makes it");
  // The command keeps what V8 compiled, as Node does where this is set.
  return {
    program: process.execPath,
    args: [main, "dev"],
    env: { ...process.env, NODE_COMPILE_CACHE: cache, NODE_OPTIONS: "" },
  };
}

interface Started {
  child: ChildProcess;
  figures: StartFigures;
}

async function start({ program, args, env }: Command, options: readonly string[]): Promise<Started> {
  const port = await freePort();
  const begun = performance.now();
  const all = [...args, "--port", String(port), ...options];
  const child = spawn(program, all, { env, stdio: ["ignore", "ignore", "inherit"] });
  const client = new Client(port);
  for (;;) {
    try {
      await client.call("eth_chainId");
      break;
    } catch (cause) {
      if (child.exitCode !== null || performance.now() > begun + PATIENCE) {
        child.kill("SIGKILL");
        throw new PeerError(`${program} does not start`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }
  const figures = { wall: performance.now() - begun, cpu: cpuOf(child.pid!) };
  client.close();
  return { child, figures };
}

/** As its user ends it: what V8 compiled is kept for the next start only then. */
async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.kill("SIGTERM")) await ended;
}

/** Calls `work` for each node in turn, `rounds` times and `uncounted` times before. */
async function inTurns<T>(
  rounds: number,
  uncounted: number,
  note: (what: string) => void,
  work: (command: Command) => Promise<T>,
): Promise<Record<NodeName, T[]>> {
  const cache = mkdtempSync(join(tmpdir(), "heddle-start-"));
  const results: Record<NodeName, T[]> = { heddle: [], anvil: [] };
  try {
    for (let round = 0; round < uncounted + rounds; round++) {
      for (const name of NODES) {
        note(`round ${round + 1} of ${uncounted + rounds}, ${name}`);
        const result = await work(commandOf(name, cache));
        if (round >= uncounted) results[name].push(result);
      }
    }
    return results;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Starts both nodes again and again. */
export async function measureStart(
  rounds: number,
  uncounted: number,
  note: (what: string) => void,
): Promise<Record<NodeName, StartFigures>> {
  const results = await inTurns(rounds, Math.max(1, uncounted), note, async (command) => {
    const { child, figures } = await start(command, []);
    await end(child);
    return figures;
  });
  const middle = (name: NodeName): StartFigures => ({
    wall: median(results[name].map(({ wall }) => wall)),
    cpu: median(results[name].map(({ cpu }) => cpu)),
  });
  return { heddle: middle("heddle"), anvil: middle("anvil") };
}

/** CPU milliseconds a second of nodes that nobody asks; the one that waits to make blocks counts where it is the larger. */
export async function measureIdle(note: (what: string) => void): Promise<Record<NodeName, number>> {
  const results = await inTurns(1, 0, note, async (command) => {
    const spent: number[] = [];
    for (const options of [["--no-mining"], ["--block-time", "3600"]]) {
      const { child } = await start(command, options);
      await new Promise((resolve) => setTimeout(resolve, SETTLE));
      const before = cpuOf(child.pid!);
      await new Promise((resolve) => setTimeout(resolve, WATCH));
      spent.push(((cpuOf(child.pid!) - before) * 1000) / WATCH);
      await end(child);
    }
    return Math.max(...spent);
  });
  return { heddle: results.heddle[0]!, anvil: results.anvil[0]! };
}
