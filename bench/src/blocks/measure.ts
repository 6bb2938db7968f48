// One case on this engine and on its peers, in one run, taking turns.

import { median } from "../measure.ts";
import { AnvilPeer } from "../peers/anvil.ts";
import { EthereumJsPeer } from "../peers/ethereumjs-block.ts";
import { PeerError } from "../peers/peer.ts";
import type { BenchmarkCase } from "./cases.ts";
import { HeddleStage, type Time } from "./heddle.ts";

export const PEERS = ["anvil", "ethereumjs"] as const;
export type PeerName = (typeof PEERS)[number];

export interface MeasureOptions {
  peers: readonly PeerName[];
  /** Counted rounds; one more before them is not counted. */
  rounds: number;
  /** Workers of the parallel runs. */
  workers: number;
  /** Milliseconds that EthereumJS may take for a block that no other peer has run. */
  limit: number;
  /** What is compared: time on the wall, or of CPU where others work on the machine. */
  by: keyof Time;
}

/** Medians, or why there are none. */
export type PeerTime = Time | { reason: string };

export interface CaseResult {
  name: string;
  mgas: number;
  /** Gas that the block uses, in millions. */
  gasUsed: number;
  inOrder: Time;
  parallel: Time;
  peers: Partial<Record<PeerName, PeerTime>>;
  /** The peer with the shortest time; undefined where none could run the block. */
  best: PeerName | undefined;
  /** Time in order on one core, by that of the best peer. */
  ratio: number | undefined;
}

/** What EthereumJS gets beyond the time of a peer that has run the block: below that it might be the best one. */
const GRACE = 50;
/** Milliseconds in which EthereumJS has to start and to make the state. */
const SETTING_UP = 60_000;

function medians(times: readonly Time[]): Time {
  return { wall: median(times.map(({ wall }) => wall)), cpu: median(times.map(({ cpu }) => cpu)) };
}

/** Runs `body`; where the peer cannot, the reason. Anything else is thrown. */
async function attempt<Result>(body: () => Promise<Result>): Promise<Result | { reason: string }> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof PeerError) return { reason: error.message };
    throw error;
  }
}

/** This engine and Anvil in turn, so that drift of the machine meets all alike; the first round is not counted. */
async function takeTurns(benchmark: BenchmarkCase, stage: HeddleStage, options: MeasureOptions) {
  let anvil: AnvilPeer | { reason: string } | undefined;
  if (options.peers.includes("anvil")) anvil = await attempt(() => AnvilPeer.create(benchmark));
  const inOrder: Time[] = [];
  const parallel: Time[] = [];
  const theirs: Time[] = [];
  try {
    for (let round = 0; round <= options.rounds; round++) {
      if (anvil instanceof AnvilPeer) {
        const peer = anvil;
        const time = await attempt(() => peer.run());
        if ("reason" in time) {
          await peer.close();
          anvil = time;
        } else if (round > 0) theirs.push(time);
      }
      const first = await stage.run("sequential");
      const second = await stage.run("parallel");
      if (round > 0) {
        inOrder.push(first);
        parallel.push(second);
      }
    }
  } finally {
    if (anvil instanceof AnvilPeer) await anvil.close();
  }
  const anvilTime = anvil instanceof AnvilPeer ? medians(theirs) : anvil;
  return { inOrder: medians(inOrder), parallel: medians(parallel), anvil: anvilTime };
}

/**
 * EthereumJS by itself: where another peer took `other` milliseconds it is stopped as soon as it is slower for sure, as
 * only the best peer counts.
 */
async function measureEthereumJs(
  benchmark: BenchmarkCase,
  { rounds, limit }: MeasureOptions,
  other: number | undefined,
): Promise<PeerTime> {
  const patience = other === undefined ? limit : other * 1.5 + GRACE;
  const peer = await attempt(() => EthereumJsPeer.create(benchmark, SETTING_UP));
  if ("reason" in peer) return peer;
  try {
    return await attempt(async () => {
      const times: Time[] = [];
      for (let round = 0; round <= rounds; round++) {
        // Its first runs are slow; more than a second a run is measured once.
        const time = await peer.run(round === 0 ? Math.max(patience, GRACE * 20) : patience);
        if (round > 0 || time.wall > 1000) times.push(time);
        if (time.wall > 1000) break;
      }
      return medians(times);
    });
  } finally {
    await peer.close();
  }
}

/**
 * Measures one case.
 * @throws InvalidBlockError where this engine's result is not what the block's header says
 */
export async function measureCase(benchmark: BenchmarkCase, options: MeasureOptions): Promise<CaseResult> {
  const stage = await HeddleStage.create(benchmark, options.workers);
  const peers: Partial<Record<PeerName, PeerTime>> = {};
  let turns: Awaited<ReturnType<typeof takeTurns>>;
  try {
    turns = await takeTurns(benchmark, stage, options);
  } finally {
    await stage.close();
  }
  if (turns.anvil !== undefined) peers.anvil = turns.anvil;
  if (options.peers.includes("ethereumjs")) {
    const other = turns.anvil !== undefined && "wall" in turns.anvil ? turns.anvil.wall : undefined;
    peers.ethereumjs = await measureEthereumJs(benchmark, options, other);
  }
  let best: PeerName | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of PEERS) {
    const time = peers[name];
    if (time === undefined || !("wall" in time) || time[options.by] >= least) continue;
    best = name;
    least = time[options.by];
  }
  return {
    name: benchmark.name,
    mgas: benchmark.mgas,
    gasUsed: Number(benchmark.block.header.gasUsed) / 1e6,
    inOrder: turns.inOrder,
    parallel: turns.parallel,
    peers,
    best,
    ratio: best === undefined ? undefined : turns.inOrder[options.by] / least,
  };
}
