// What a node's memory grows by with every transaction that it has executed.

import { fillPool, mine } from "./node-marks.ts";
import { NODES, type NodeName, NodeProcess } from "./processes.ts";
import { Traffic } from "./traffic.ts";

/** Transactions a block. */
const BLOCK = 20_000;
/** What the mark speaks of. */
export const MEMORY_TRANSACTIONS = 1_000_000;

export interface MemoryFigures {
  /** Bytes before the first transaction, and after the last. */
  before: number;
  after: number;
  /** Bytes a transaction, over the later half of the blocks: what is allocated once is behind it then. */
  slope: number;
  /** Bytes after 1,000,000 transactions: measured, or by the slope where fewer were executed. */
  atMillion: number;
  cpuSeconds: number;
}

/** Slope of the straight line with the least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  const above = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const below = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return above / below;
}

/** Executes `count` transactions on both nodes, block by block, and looks at their memory after each. */
export async function measureMemory(
  count: number,
  note: (what: string) => void,
): Promise<Record<NodeName, MemoryFigures>> {
  const traffic = new Traffic();
  const nodes: NodeProcess[] = [];
  try {
    for (const name of NODES) nodes.push(await NodeProcess.start(name, traffic.beginning));
    const clients = nodes.map((node) => node.client());
    const points = nodes.map((node): [number, number][] => [[0, node.memory]]);
    for (let done = 0; done < count; ) {
      const transactions = traffic.transfers(Math.min(BLOCK, count - done));
      done += transactions.length;
      for (const [i, node] of nodes.entries()) {
        note(`memory: ${done.toLocaleString("en-US")} transactions, ${node.name}`);
        await fillPool({ node, transactions });
        await mine({ node, client: clients[i]!, transactions });
        points[i]!.push([done, node.memory]);
      }
    }
    const figures = nodes.map((node, i): [NodeName, MemoryFigures] => {
      const all = points[i]!;
      const [before, after] = [all[0]![1], all.at(-1)![1]];
      const late = all.slice(Math.floor(all.length / 2));
      const slope = slopeOf(late.length > 1 ? late : all);
      const atMillion = after + slope * Math.max(0, MEMORY_TRANSACTIONS - count);
      return [node.name, { before, after, slope, atMillion, cpuSeconds: node.cpu / 1000 }];
    });
    return Object.fromEntries(figures) as Record<NodeName, MemoryFigures>;
  } finally {
    for (const node of nodes) await node.close();
  }
}
