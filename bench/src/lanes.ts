// A workload on more lanes than the machine has cores, simulated.

import { rulesAt } from "@heddle/engine";
import { LaneSimulation, type SimulatedBlock, type SimulatedRun } from "@heddle/engine/testing";
import { type Chain, type ChainBlock, makeChain } from "./chain.ts";
import type { Shape, Workload } from "./workloads/index.ts";

export interface LanesOptions {
  /** Numbers of lanes. */
  lanes: readonly number[];
  /** Transactions of the one block. */
  size: number;
  shape?: Partial<Shape>;
  note?: (what: string) => void;
}

/** Blocks before the simulated one, of which the scheduler learns. */
const BEFORE = 2;

function simulatedBlock({ config }: Chain, { header, packed, senders }: ChainBlock): SimulatedBlock {
  return { rules: rulesAt(config, header), input: { header, transactions: packed, senders } };
}

/**
 * How a workload's third block would run on each number of lanes, recorded transactions in their one block; the engine's
 * simulation says what it holds.
 */
export async function simulateLanes(workload: Workload, options: LanesOptions): Promise<SimulatedRun[]> {
  const { lanes, size, shape = {}, note = () => {} } = options;
  const chain = await makeChain(workload, { size, blocks: BEFORE + 1, shape, signed: false, note });
  const blocks = chain.blocks.map((block) => simulatedBlock(chain, block));
  const simulation = await LaneSimulation.create(chain.alloc, blocks.pop()!, blocks);
  const runs: SimulatedRun[] = [];
  for (const count of lanes) {
    note(`simulating ${count} lanes`);
    runs.push(await simulation.run(count));
  }
  return runs;
}
