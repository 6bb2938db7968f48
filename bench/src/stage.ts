// An engine with a workload set up on it, on which the same block can be timed again and again.

import { createEngine, type Engine } from "@heddle/engine";
import { CANCUN } from "./forks.ts";
import { type Batch, ENDOWMENT, Script } from "./script.ts";
import type { Workload } from "./workloads/index.ts";

const FEE_RECIPIENT = "0xfee0000000000000000000000000000000000000";

export interface Run {
  /** Milliseconds on the wall. */
  wall: number;
  /** Milliseconds of CPU, all threads of this process. */
  cpu: number;
  gasUsed: bigint;
  receiptsRoot: string;
  stateRoot: string | undefined;
  aborts: number;
  inOrderFrom: number | undefined;
  longestChain: number;
  criticalGas: bigint;
  /** The block's access list, where the rules have lists. */
  accessList: Uint8Array | undefined;
  onAccessList: boolean;
}

export interface RunOptions {
  /** The access list that came with the block (EIP-7928). */
  accessList?: Uint8Array;
  mode: "parallel" | "sequential";
  workers?: number;
  stateRoot: boolean;
}

/** An engine on which one workload's scene is set; its block can be run again and again. */
export class Stage {
  readonly transactions: number;
  readonly #engine: Engine;
  readonly #block: Batch;
  #number = 1n;

  private constructor(engine: Engine, block: Batch) {
    this.#engine = engine;
    this.#block = block;
    this.transactions = block.transactions.length;
  }

  /** Sets the scene of `workload` with about `size` transactions on a new engine. */
  static async create(
    workload: Workload,
    size: number,
    workers: number,
    eips: readonly number[] = [],
  ): Promise<Stage> {
    // Senders are given: nobody looks at the signatures.
    const script = new Script({ signed: false });
    const scene = await workload.write(script, size, {});
    const funded = script.accounts.map((address) => [address, { balance: ENDOWMENT }]);
    const alloc = { ...Object.fromEntries(funded), ...scene.alloc };
    const engine = await createEngine({
      workers,
      chain: { ...CANCUN, eips },
      genesis: { alloc },
      memoryLimit: 4 * 2 ** 30 - 65536,
    });
    const stage = new Stage(engine, scene.block);
    for (const batch of scene.setup) {
      const result = await engine.execute({
        header: stage.#header(batch),
        transactions: batch.transactions,
        senders: batch.senders,
        mode: "sequential",
      });
      for (const receipt of result.receipts) {
        if (!receipt.success) throw new Error(`${workload.name}: a transaction of the set-up failed`);
      }
      await result.commit();
      stage.#number++;
    }
    return stage;
  }

  #header(batch: Batch) {
    return {
      number: this.#number,
      timestamp: this.#number * 12n,
      gasLimit: batch.gasLimits.reduce((sum, gas) => sum + gas, 0n),
      coinbase: FEE_RECIPIENT,
      baseFeePerGas: 7n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: `0x${"00".repeat(32)}`,
    } as const;
  }

  /** Executes the block once and discards the result. */
  async run({ mode, workers, stateRoot, accessList }: RunOptions): Promise<Run> {
    const { transactions, senders } = this.#block;
    const packed = new Uint8Array(senders.length * 20);
    senders.forEach((sender, i) => {
      packed.set(sender, i * 20);
    });
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    const result = await this.#engine.execute({
      header: this.#header(this.#block),
      transactions,
      senders: packed,
      mode,
      computeStateRoot: stateRoot,
      ...(accessList === undefined ? {} : { blockAccessList: accessList }),
      ...(workers === undefined ? {} : { workers }),
    });
    const wall = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpuBefore);
    const { schedule, roots } = result;
    result.discard();
    return {
      wall,
      cpu: (user + system) / 1000,
      gasUsed: result.gasUsed,
      receiptsRoot: roots.receipts,
      stateRoot: roots.state,
      aborts: schedule.aborts,
      inOrderFrom: schedule.inOrderFrom,
      longestChain: schedule.longestChain,
      criticalGas: schedule.criticalGas,
      accessList: result.blockAccessList,
      onAccessList: schedule.onAccessList,
    };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
