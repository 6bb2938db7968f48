// One line of the benchmark's table: a workload's chain, followed in several ways and by the peers, block by block in turn.

import type { SimulatedRun } from "@heddle/engine/testing";
import { type Chain, type ChainBlock, EIP_ACCESS_LISTS, makeChain } from "./chain.ts";
import { Follower, type OwnRound, type Round, type Way } from "./follower.ts";
import { simulateLanes } from "./lanes.ts";
import { type ChainPeer, startPeer } from "./peers/chain-peer.ts";
import { PeerError } from "./peers/peer.ts";
import { type PeerName, type Row, rowOf } from "./rows.ts";
import type { Shape, Workload } from "./workloads/index.ts";

export interface LineOptions {
  workers: number;
  /** Transactions a block. */
  size: number;
  /** Counted rounds, and how many before them are not (1 unless given), the same for everybody. */
  rounds: number;
  uncounted?: number;
  /** Consecutive blocks of a round. */
  blocks: number;
  shape: Partial<Shape>;
  peers: readonly PeerName[];
  /** Transactions of the block that is simulated on more lanes; 0 = none is. */
  simulated?: number;
  /** Blocks come with access lists (EIP-7928): they are built with them in every way, and imported on them as well. */
  lists?: boolean;
  /** By name, in the order of the columns; those of `standardWays` unless given. */
  ways?: Readonly<Record<string, Way>>;
  note?: (what: string) => void;
}

/** The columns of a line; `lists`: blocks have access lists. */
export function standardWays(workers: number, lists = false): Record<string, Way> {
  const imported: Way = { mode: "import", workers, signatures: "before", root: true };
  return {
    sequential: { mode: "sequential", workers: 1, signatures: "before", root: false },
    parallel: { mode: "parallel", workers, signatures: "before", root: false },
    "with roots": { mode: "parallel", workers, signatures: "before", root: true },
    "with roots and signatures": { mode: "parallel", workers, signatures: "included", root: true },
    ...(lists ? { "on its list": imported } : {}),
  };
}

/** What was measured of one workload. */
export interface Line {
  workload: string;
  title: string;
  /** Transactions of a block, and the bytes and the gas limit of it. */
  transactions: number;
  blockBytes: number;
  gasLimit: number;
  rows: Row[];
  /** By way or peer: each round's figures, in their order. */
  rounds: Record<string, Round[]>;
  /** Peers that could not follow, and why. */
  refused: Partial<Record<PeerName, string>>;
  /** Transactions in the longest chain of dependent ones. */
  longestChain: number;
  /** Part of the block's gas that lies on the most expensive such chain, 0 to 1. */
  criticalShare: number;
  aborts: number;
  /** Transactions that ran in order after a fallback, in a round. */
  inOrder: number;
  /** Simulated runs on SIMULATED_LANES lanes; none where nothing was simulated. */
  simulated: SimulatedRun[];
}

/** Numbers of lanes of the simulation and of Amdahl's limit. */
export const SIMULATED_LANES = [4, 16, 32, 64] as const;

interface Runner {
  name: string;
  follow(blocks: readonly ChainBlock[]): Promise<Round>;
  close(): Promise<void>;
}

/** Runs all runners over the chain; each round another one begins, so that none always follows the same one. */
async function takeTurns(
  runners: Runner[],
  chain: Chain,
  { rounds, blocks, uncounted = 1, note = () => {} }: LineOptions,
  onRefused: (name: string, reason: string) => void,
): Promise<Record<string, Round[]>> {
  const taken: Record<string, Round[]> = Object.fromEntries(runners.map(({ name }) => [name, []]));
  const alive = [...runners];
  for (let turn = 0; turn < uncounted + rounds; turn++) {
    const round = turn - uncounted + 1;
    const part = chain.repeats ? chain.blocks : chain.blocks.slice(turn * blocks, (turn + 1) * blocks);
    if (part.length === 0) break;
    const order = alive.map((_, i) => alive[(i + turn) % alive.length]!);
    for (const runner of order) {
      note(round <= 0 ? `${runner.name}: warming up` : `${runner.name}: round ${round} of ${rounds}`);
      try {
        const result = await runner.follow(part);
        if (round > 0) taken[runner.name]!.push(result);
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        onRefused(runner.name, error.message);
        alive.splice(alive.indexOf(runner), 1);
        delete taken[runner.name];
      }
    }
  }
  return taken;
}

const blockBytes = ({ transactions }: ChainBlock): number =>
  transactions.reduce((total, { length }) => total + length, 0);

/**
 * Measures one workload.
 * @throws Error where an engine's outcome is not the one of running in order
 */
export async function measureLine(workload: Workload, options: LineOptions): Promise<Line> {
  const { size, rounds, uncounted = 1, blocks, shape, lists = false, peers } = options;
  const eips = lists ? [EIP_ACCESS_LISTS] : [];
  const note = options.note ?? (() => {});
  const ways = options.ways ?? standardWays(options.workers, lists);
  const chain = await makeChain(workload, { size, blocks: blocks * (rounds + uncounted), shape, eips, note });
  if (!chain.repeats && chain.blocks.length <= uncounted * blocks) {
    throw new Error(
      `${workload.name} has ${chain.blocks.length} blocks, too few for a round after those that are not counted`,
    );
  }
  const refused: Line["refused"] = {};
  const runners: Runner[] = [];
  const peerRunners = new Map<PeerName, ChainPeer>();
  try {
    for (const [name, way] of Object.entries(ways)) {
      note(`starting: ${name}`);
      const follower = await Follower.create(chain, way);
      runners.push({ name, follow: (part) => follower.follow(part), close: () => follower.close() });
    }
    for (const name of peers) {
      note(`starting: ${name}`);
      try {
        const peer = await startPeer(name, chain);
        peerRunners.set(name, peer);
        runners.push({ name, follow: (part) => peer.follow(part), close: () => peer.close() });
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        refused[name] = error.message;
      }
    }
    const taken = await takeTurns(runners, chain, options, (name, reason) => {
      refused[name as PeerName] = reason;
    });
    const line = summary(chain, ways, taken, refused, peerRunners);
    const simulated = await simulate(workload, options);
    return { ...line, simulated };
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** A small block of the workload on simulated lanes: recorded ones as they are. */
function simulate(workload: Workload, { simulated = 0, shape, note }: LineOptions): Promise<SimulatedRun[]> {
  if (simulated === 0) return Promise.resolve([]);
  const options = { lanes: SIMULATED_LANES, size: simulated, shape, ...(note === undefined ? {} : { note }) };
  return simulateLanes(workload, options);
}

function summary(
  chain: Chain,
  ways: Readonly<Record<string, Way>>,
  taken: Record<string, Round[]>,
  refused: Line["refused"],
  peers: ReadonlyMap<PeerName, ChainPeer>,
): Omit<Line, "simulated"> {
  const { workload, shape } = chain;
  const rows: Row[] = [];
  for (const [name, way] of Object.entries(ways)) {
    const facts = { ...way, shape, workload: workload.name, engine: "heddle", boundary: "engine" } as const;
    rows.push(rowOf(facts, taken[name] as OwnRound[]));
  }
  for (const [name, { boundary, mode, workers, root }] of peers) {
    const rounds = taken[name];
    if (rounds === undefined) continue;
    const way = { mode, workers, root, signatures: "before" } as const;
    rows.push(rowOf({ ...way, shape, workload: workload.name, engine: name, boundary }, rounds));
  }
  const parallel = Object.keys(ways).find((name) => ways[name]!.mode !== "sequential");
  const own = (taken[parallel ?? Object.keys(ways)[0]!] as OwnRound[]).at(-1)!;
  const schedule = own.schedules.at(-1)!;
  const last = chain.blocks.at(-1)!;
  return {
    workload: workload.name,
    title: workload.title,
    transactions: last.transactions.length,
    blockBytes: blockBytes(last),
    gasLimit: Number(last.header.gasLimit),
    rows,
    rounds: taken,
    refused,
    longestChain: schedule.longestChain,
    criticalShare: Number(schedule.criticalGas) / (own.gas / own.schedules.length),
    aborts: own.aborts,
    inOrder: own.inOrder,
  };
}

/** Amdahl's limit for `cores` cores where `share` of the work, 0 to 1, cannot be done by more than one at a time. */
export function amdahl(share: number, cores: number): number {
  return 1 / (share + (1 - share) / cores);
}
