// This engine behind a chain: executes and commits its blocks one on the other, in one of the ways that are compared.

import {
  type BlockResult,
  checkResult,
  createEngine,
  type Engine,
  type ExecuteInput,
  type Schedule,
} from "@heddle/engine";
import { type Chain, type ChainBlock, MEMORY } from "./chain.ts";

/** How blocks are executed. */
export interface Way {
  mode: "sequential" | "parallel" | "import";
  workers: number;
  /** "included": signers are recovered from the signatures within the time; "before": they are given. */
  signatures: "included" | "before";
  /** With the state root of every block. The receipts' root is always there. */
  root: boolean;
}

/** What one round of any engine or peer took, and what it was. */
export interface Round {
  /** Milliseconds on the wall. */
  wall: number;
  /** Milliseconds of CPU, all threads that took part. */
  cpu: number;
  transactions: number;
  gas: number;
}

export interface OwnRound extends Round {
  aborts: number;
  /** Transactions that were run in order by one worker because too many had to be executed again. */
  inOrder: number;
  schedules: Schedule[];
}

/** What both a result by itself and one of a pipeline tell. */
type Outcome = Parameters<typeof checkResult>[1] & Pick<BlockResult, "schedule">;

/** One engine that follows one chain. Blocks must be given in their order. */
export class Follower {
  readonly #engine: Engine;
  readonly #chain: Chain;
  readonly #way: Way;

  private constructor(engine: Engine, chain: Chain, way: Way) {
    this.#engine = engine;
    this.#chain = chain;
    this.#way = way;
  }

  static async create(chain: Chain, way: Way): Promise<Follower> {
    const { config, alloc } = chain;
    const engine = await createEngine({
      workers: way.mode === "sequential" ? 1 : way.workers,
      chain: config,
      genesis: { alloc },
      memoryLimit: MEMORY,
      computeStateRoot: way.root,
    });
    if (way.root && engine.stateRoot !== chain.genesis.stateRoot) {
      throw new Error(`${chain.workload.name}: the state at the beginning is another one`);
    }
    return new Follower(engine, chain, way);
  }

  /**
   * Executes and commits some blocks, one after the other; more than one go through the engine's pipeline. The time is that
   * from the blocks' raw transactions to their roots and the changed state. The block of a chain that repeats is discarded.
   * @throws InvalidBlockError where a block's outcome is not what its header says
   */
  async follow(blocks: readonly ChainBlock[]): Promise<OwnRound> {
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    const results = blocks.length > 1 ? await this.#pipeline(blocks) : [await this.#execute(blocks[0]!)];
    const wall = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpuBefore);
    const round: OwnRound = {
      wall,
      cpu: (user + system) / 1000,
      transactions: 0,
      gas: 0,
      aborts: 0,
      inOrder: 0,
      schedules: [],
    };
    for (const [i, result] of results.entries()) {
      this.#check(blocks[i]!, result);
      const { schedule } = result;
      const count = blocks[i]!.transactions.length;
      round.schedules.push(schedule);
      round.aborts += schedule.aborts;
      if (this.#way.mode !== "sequential") round.inOrder += count - (schedule.inOrderFrom ?? count);
      round.gas += Number(result.gasUsed);
      round.transactions += count;
    }
    return round;
  }

  async #execute(block: ChainBlock): Promise<Outcome> {
    const result = await this.#engine.execute(this.#input(block));
    if (this.#chain.repeats) result.discard();
    else await result.commit();
    return result;
  }

  async #pipeline(blocks: readonly ChainBlock[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const inputs = blocks.map((block) => this.#input(block));
    for await (const outcome of this.#engine.pipeline(inputs)) outcomes.push(outcome);
    return outcomes;
  }

  #input({ header, packed, senders, accessList }: ChainBlock): ExecuteInput {
    const { mode, signatures } = this.#way;
    return {
      header,
      transactions: packed,
      ...(signatures === "before" ? { senders } : {}),
      ...(mode === "import" ? { blockAccessList: accessList } : {}),
      mode: mode === "sequential" ? "sequential" : "parallel",
      computeStateRoot: this.#way.root,
    };
  }

  #check(block: ChainBlock, result: Outcome): void {
    checkResult(block.header, result);
    if (this.#way.mode === "import" && !result.schedule.onAccessList) {
      throw new Error(`${this.#chain.workload.name}: the block was not executed on its access list`);
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
