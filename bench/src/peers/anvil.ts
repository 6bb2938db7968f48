// Anvil as a peer for the benchmark blocks of the execution specs.

import type { Block } from "@heddle/engine";
import type { BenchmarkCase } from "../blocks/cases.ts";
import type { Time } from "../blocks/heddle.ts";
import { AnvilProcess } from "./anvil-process.ts";

/** An Anvil with a case's state. */
export class AnvilPeer {
  readonly #anvil: AnvilProcess;
  readonly #case: BenchmarkCase;

  private constructor(anvil: AnvilProcess, benchmark: BenchmarkCase) {
    this.#anvil = anvil;
    this.#case = benchmark;
  }

  /**
   * Starts Anvil on the case's genesis and mines the blocks before the measured one.
   * @throws PeerError where it does not take them
   */
  static async create(benchmark: BenchmarkCase): Promise<AnvilPeer> {
    const { config, genesis, alloc } = benchmark;
    const anvil = await AnvilProcess.start({ chainId: Number(config.chainId), genesis, alloc });
    const peer = new AnvilPeer(anvil, benchmark);
    try {
      for (const block of benchmark.setup) await peer.#mine(block);
    } catch (error) {
      await peer.close();
      throw error;
    }
    return peer;
  }

  async #mine({ header, transactions }: Block): Promise<Time> {
    await this.#anvil.send(transactions);
    return this.#anvil.mine(header);
  }

  /**
   * Mines the measured block, whose transactions are in the pool by then, and takes it back.
   * @throws PeerError where it does not take the transactions or gives another result
   */
  async run(): Promise<Time> {
    const snapshot = await this.#anvil.request("evm_snapshot");
    const time = await this.#mine(this.#case.block);
    await this.#anvil.request("evm_revert", snapshot);
    return time;
  }

  close(): Promise<void> {
    return this.#anvil.close();
  }
}
