// A workload on more lanes than the machine has cores, simulated.

import { rulesAt } from "@heddle/engine";
import { LaneSimulation, type SimulatedRun } from "@heddle/engine/testing";
import { makeChain } from "./chain.ts";
import type { Shape, Workload } from "./workloads/index.ts";

export interface LanesOptions {
  /** Numbers of lanes. */
  lanes: readonly number[];
  /** Transactions of the one block. */
  size: number;
  shape?: Partial<Shape>;
  note?: (what: string) => void;
}

/** How a workload's first block would run on each number of lanes; the engine's simulation says what it holds. */
export async function simulateLanes(workload: Workload, options: LanesOptions): Promise<SimulatedRun[]> {
  const { lanes, size, shape = {}, note = () => {} } = options;
  const chain = await makeChain(workload, { size, blocks: 1, shape, signed: false, note });
  const { header, packed, senders } = chain.blocks[0]!;
  const simulation = await LaneSimulation.create(chain.alloc, {
    rules: rulesAt(chain.config, header),
    input: { header, transactions: packed, senders },
  });
  const runs: SimulatedRun[] = [];
  for (const count of lanes) {
    note(`simulating ${count} lanes`);
    // What a block teaches the scheduler is known from the second one on.
    await simulation.run(count);
    runs.push(await simulation.run(count));
  }
  return runs;
}
