// `npm run bench -- node`: Heddle's node beside Anvil, both asked over HTTP as clients ask them, taking turns in one run.

import { isDeepStrictEqual } from "node:util";
import { median } from "../measure.ts";
import { PeerError } from "../peers/peer.ts";
import type { Client } from "./client.ts";
import { MEMORY_TRANSACTIONS, measureMemory } from "./memory.ts";
import { CONNECTIONS, type NodeMark, nodeMarks } from "./node-marks.ts";
import { NODES, type NodeName, NodeProcess } from "./processes.ts";
import { IDLE_MOST, measureIdle, measureStart, START_MOST } from "./start.ts";
import { Traffic } from "./traffic.ts";

/** Marks by name: those of `nodeMarks`, and those that look at a node from outside. */
export const NODE_MARKS = [...Object.keys(nodeMarks), "memory", "start", "idle"] as const;

/** A mark as it was met. */
export interface NodeResult {
  name: string;
  says: string;
  unit: string;
  /** How many times as good as Anvil, by the medians; and what it must be at least. */
  ratio: number;
  wanted: number;
  /** The highest value where one is wanted whatever Anvil has; the ratio is told only then. */
  most?: number;
  met: boolean;
  /** The same ratio of the CPU time that the nodes took: of what others do on the machine it knows little. */
  cpuRatio: number;
  /** Medians of the rounds in the mark's unit, and CPU seconds of a round. */
  heddle: number;
  anvil: number;
  heddleCpuSeconds: number;
  anvilCpuSeconds: number;
  rounds: number;
  /** Transactions of a round; of "memory" all. */
  transactions: number;
}

export interface NodeOptions {
  marks: readonly string[];
  rounds: number;
  uncounted: number;
  /** Transactions of a block of "mine", and all of "memory". */
  size: number | undefined;
  note: (what: string) => void;
}

interface Measured {
  value: number;
  cpuSeconds: number;
}

const rounded = (value: number): number => Number(value.toPrecision(5));

function resultOf(
  name: string,
  mark: Pick<NodeMark, "says" | "unit" | "isRate" | "wanted">,
  rounds: Readonly<Record<NodeName, readonly Measured[]>>,
  transactions: number,
): NodeResult {
  const middle = (node: NodeName, of: (one: Measured) => number) => median(rounds[node].map(of));
  const [heddle, anvil] = [middle("heddle", ({ value }) => value), middle("anvil", ({ value }) => value)];
  const cpu = (node: NodeName) => middle(node, ({ cpuSeconds }) => cpuSeconds);
  const ratio = mark.isRate ? heddle / anvil : anvil / heddle;
  return {
    name,
    says: mark.says,
    unit: mark.unit,
    ratio: rounded(ratio),
    wanted: mark.wanted,
    met: ratio >= mark.wanted,
    cpuRatio: rounded(cpu("anvil") / cpu("heddle")),
    heddle: rounded(heddle),
    anvil: rounded(anvil),
    heddleCpuSeconds: rounded(cpu("heddle")),
    anvilCpuSeconds: rounded(cpu("anvil")),
    rounds: rounds.heddle.length,
    transactions,
  };
}

interface Connected {
  node: NodeProcess;
  client: Client;
  clients: Client[];
}

async function connected(name: NodeName, traffic: Traffic): Promise<Connected> {
  const node = await NodeProcess.start(name, traffic.beginning);
  const clients = Array.from({ length: CONNECTIONS }, () => node.client());
  return { node, client: clients[0]!, clients };
}

async function measureMark(
  name: string,
  nodes: readonly Connected[],
  traffic: Traffic,
  { rounds, uncounted, size, note }: NodeOptions,
): Promise<NodeResult> {
  const mark = nodeMarks[name]!;
  const count = mark.isSizable ? (size ?? mark.transactions) : mark.transactions;
  const before = Math.max(uncounted, mark.warmUp ?? 0);
  const measured: Record<NodeName, Measured[]> = { heddle: [], anvil: [] };
  for (let round = 0; round < before + rounds; round++) {
    const transactions = traffic.transfers(count);
    const results: unknown[] = [];
    for (const { node, client, clients } of nodes) {
      note(`${name}: round ${round + 1} of ${before + rounds}, ${node.name}`);
      const { token, senders } = traffic;
      const task = { node, client, clients, transactions, token, senders };
      const { value, cpu, result } = await mark.measure(task).catch((error: unknown) => {
        throw new PeerError(`${name}, ${node.name}`, { cause: error });
      });
      results.push(result);
      if (round >= before) measured[node.name].push({ value, cpuSeconds: cpu / 1000 });
    }
    if (!isDeepStrictEqual(results[0], results[1])) {
      throw new PeerError(
        `${name}: the nodes do not answer the same: ${JSON.stringify(results).slice(0, 500)}`,
      );
    }
  }
  return resultOf(name, mark, measured, count);
}

async function memoryResult({ size = MEMORY_TRANSACTIONS, note }: NodeOptions): Promise<NodeResult> {
  const figures = await measureMemory(size, note);
  const megabytes = (node: NodeName): Measured[] => [
    { value: figures[node].atMillion / 1e6, cpuSeconds: figures[node].cpuSeconds },
  ];
  const bytes = NODES.map((node) => `${node} ${Math.round(figures[node].slope)} bytes a transaction`).join(
    ", ",
  );
  const how = size < MEMORY_TRANSACTIONS ? `, by the slope over ${size.toLocaleString("en-US")}` : "";
  const mark = {
    says: `memory after 1,000,000 transactions${how}; ${bytes}`,
    unit: "MB",
    isRate: false,
    wanted: 2,
  };
  return resultOf("memory", mark, { heddle: megabytes("heddle"), anvil: megabytes("anvil") }, size);
}

async function startResult({ rounds, uncounted, note }: NodeOptions): Promise<NodeResult> {
  const figures = await measureStart(rounds, uncounted, (what) => note(`start: ${what}`));
  const once = (node: NodeName): Measured[] => [
    { value: figures[node].wall, cpuSeconds: figures[node].cpu / 1000 },
  ];
  const says = "from the start of the program to its first answer (median)";
  const mark = { says, unit: "ms", isRate: false, wanted: 0 };
  const result = resultOf("start", mark, { heddle: once("heddle"), anvil: once("anvil") }, 0);
  return { ...result, rounds, most: START_MOST, met: result.heddle <= START_MOST };
}

async function idleResult({ note }: NodeOptions): Promise<NodeResult> {
  const spent = await measureIdle((what) => note(`idle: ${what}`));
  const once = (node: NodeName): Measured[] => [{ value: spent[node], cpuSeconds: spent[node] / 1000 }];
  const says = "CPU time of a node that nobody asks";
  const mark = { says, unit: "ms a second", isRate: false, wanted: 0 };
  const result = resultOf("idle", mark, { heddle: once("heddle"), anvil: once("anvil") }, 0);
  return { ...result, most: IDLE_MOST, met: result.heddle <= IDLE_MOST };
}

/** Marks that start programs of their own. */
const OUTSIDE: Readonly<Record<string, (options: NodeOptions) => Promise<NodeResult>>> = {
  memory: memoryResult,
  start: startResult,
  idle: idleResult,
};

/**
 * Measures marks one after the other, each on both nodes in turn.
 * @throws PeerError where a node does not answer, or not as the other does
 */
export async function measureNodes(options: NodeOptions): Promise<NodeResult[]> {
  const results: NodeResult[] = [];
  const names = options.marks.filter((name) => !Object.hasOwn(OUTSIDE, name));
  if (names.length > 0) {
    const traffic = new Traffic();
    const nodes: Connected[] = [];
    try {
      for (const name of NODES) nodes.push(await connected(name, traffic));
      for (const name of names) results.push(await measureMark(name, nodes, traffic, options));
    } finally {
      for (const { node } of nodes) await node.close();
    }
  }
  for (const [name, measure] of Object.entries(OUTSIDE)) {
    if (options.marks.includes(name)) results.push(await measure(options));
  }
  return results;
}
