// How much of a block's time is the interpreter's own, and so what compiling contracts to WebAssembly could give at most: a
// profile of blocks in order in this thread, on the kernel's test build, which has the names of its functions.

import { type Profiler, Session } from "node:inspector/promises";
import { rulesAt } from "@heddle/engine";
import { LocalExecutor } from "@heddle/engine/testing";
import { makeChain } from "../chain.ts";
import type { Workload } from "../workloads/index.ts";

/** All that compiled code could be put in place of: the loops, and the words, stack and memory that their instructions move. */
const INTERPRETER = /^assembly\/(vm\/(interpreter|stack|memory)|word\/\w+)\//;
/** What executes a block from its transactions, as they lie in memory, to its roots. */
const BLOCK = /\/runBlockSequential$/;
/** Microseconds between two samples. */
const INTERVAL = 100;
/** Blocks before those that are counted: code is decoded, and compiled by V8, by then. */
const UNCOUNTED = 3;

export interface InterpreterShare {
  workload: string;
  title: string;
  transactions: number;
  /** Whether the state root is part of the time. */
  root: boolean;
  samples: number;
  /** The interpreter's part of the block's time, 0 to 1. */
  share: number;
}

/** How many samples of a profile were met within a block, and how many of these in the interpreter's own code. */
export function countSamples({ nodes }: Pick<Profiler.Profile, "nodes">): {
  block: number;
  interpreter: number;
} {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counts = { block: 0, interpreter: 0 };
  const add = ({ callFrame, hitCount = 0, children = [] }: Profiler.ProfileNode): void => {
    counts.block += hitCount;
    if (INTERPRETER.test(callFrame.functionName)) counts.interpreter += hitCount;
    for (const child of children) add(byId.get(child)!);
  };
  for (const node of nodes) if (BLOCK.test(node.callFrame.functionName)) add(node);
  return counts;
}

/**
 * Executes a workload's block again and again, each time on the same state, and profiles it.
 * @throws Error where an outcome is not what the block's header says
 */
export async function interpreterShare(
  workload: Workload,
  { size, rounds, root }: { size: number; rounds: number; root: boolean },
): Promise<InterpreterShare> {
  const chain = await makeChain(workload, { size, blocks: 1, signed: false });
  const { header, packed, senders } = chain.blocks[0]!;
  const rules = rulesAt(chain.config, header);
  const executor = await LocalExecutor.create({ stateRoot: root, build: "test" });
  executor.load(chain.alloc);
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: INTERVAL });
  const all = { block: 0, interpreter: 0 };
  for (let round = -UNCOUNTED; round < rounds; round++) {
    await session.post("Profiler.start");
    const outcome = executor.runBlock(rules, { header, transactions: packed, senders }, [], "discard");
    const { profile } = await session.post("Profiler.stop");
    if (outcome.gasUsed !== header.gasUsed || outcome.roots.receipts !== header.receiptsRoot) {
      throw new Error(`${workload.name}: another outcome than the block's header says`);
    }
    if (round < 0) continue;
    const { block, interpreter } = countSamples(profile);
    all.block += block;
    all.interpreter += interpreter;
  }
  session.disconnect();
  return {
    workload: workload.name,
    title: workload.title,
    transactions: chain.blocks[0]!.transactions.length,
    root,
    samples: all.block,
    share: Number((all.interpreter / all.block).toFixed(4)),
  };
}

/** How many times as fast a block would be at most, were the interpreter's part of it done in no time (Amdahl, 1967). */
export const amdahlBound = (share: number): number => 1 / (1 - share);

/** A line for the screen. */
export function shareText({ title, root, share, samples }: InterpreterShare): string {
  const part = `${(100 * share).toFixed(1)} % of ${samples} samples`;
  return `${title}, ${root ? "with" : "without"} state root: interpreter ${part}, at most ${amdahlBound(share).toFixed(2)} times as fast without`;
}
