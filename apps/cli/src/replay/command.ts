// heddle replay

import { AbortedError } from "@heddle/engine";
import { type BlockFixture, readBlockFixture } from "../fixture/mainnet-block.ts";
import type { RemoteCommandOptions } from "../remote/options.ts";
import { Progress } from "../terminal/progress.ts";
import type { BlockRange } from "./block-range.ts";
import { findInputs, readInput } from "./inputs.ts";
import { type ReplayedBlock, Replayer, type ReplaySource } from "./replayer.ts";
import { blockJson, formatDifferences, formatReplay, totals } from "./report.ts";

export interface ReplayOptions extends RemoteCommandOptions {
  workers?: number;
  sequential?: boolean;
  runs: number;
  json?: boolean;
  /** Address of a node, and which of its blocks. */
  rpc?: string;
  block?: BlockRange;
  header?: Readonly<Record<string, string>>;
  hardfork?: string;
}

/** The first interrupt ends the run after the block that is being run; the second is the system's. */
export function interruptible(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    process.off("SIGINT", stop);
  };
  process.on("SIGINT", stop);
  return { signal: controller.signal, release: () => process.off("SIGINT", stop) };
}

/** A replayed block; null where it was interrupted. */
export async function replayUnlessAborted(
  replayer: Replayer,
  fixture: BlockFixture,
  signal: AbortSignal,
  source?: ReplaySource,
): Promise<ReplayedBlock | null> {
  try {
    return await replayer.replay(fixture, signal, source);
  } catch (error) {
    if (error instanceof AbortedError) return null;
    throw error;
  }
}

/** Replays all blocks of the inputs; the exit code: 0 all as on the chain, 1 a difference, 130 interrupted. */
export async function runReplay(paths: readonly string[], options: ReplayOptions): Promise<number> {
  const inputs = findInputs(paths);
  const size = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const progress = new Progress(Math.ceil(size / 1000), "kB");
  const { signal, release } = interruptible();
  const replayer = new Replayer(options);
  const blocks: ReplayedBlock[] = [];
  let before = 0;
  try {
    for (const input of inputs) {
      let read = 0;
      for await (const file of readInput(input, (bytes) => (read = bytes))) {
        if (signal.aborted) break;
        const block = await replayUnlessAborted(replayer, readBlockFixture(file.path, file.bytes), signal);
        if (block === null) break;
        blocks.push(block);
        progress.clear();
        if (options.json) process.stdout.write(`${blockJson(block)}\n`);
        progress.update(Math.ceil((before + read) / 1000), `block ${block.number}`);
      }
      before += input.bytes;
      if (signal.aborted) break;
    }
  } finally {
    progress.clear();
    release();
  }
  return tellTotals(blocks, options, signal);
}

/** Writes what came of all blocks; the exit code. */
export function tellTotals(
  blocks: readonly ReplayedBlock[],
  options: ReplayOptions,
  signal: AbortSignal,
): number {
  const all = totals(blocks);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...all, gasUsed: all.gasUsed.toString() })}\n`);
  else if (blocks.length > 0) {
    process.stdout.write(`${formatReplay(blocks)}\n`);
    process.stdout.write("✓ as on the chain   ✗ differs   · cannot be told from this source\n");
  }
  if (all.failed > 0) process.stderr.write(`${formatDifferences(blocks)}\n`);
  if (signal.aborted) {
    process.stderr.write(`heddle: stopped after ${blocks.length} blocks\n`);
    return 130;
  }
  if (blocks.length === 0) {
    process.stderr.write("heddle: no block was found\n");
    return 2;
  }
  return all.failed > 0 ? 1 : 0;
}
