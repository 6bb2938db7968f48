// A benchmark block on this engine.

import {
  type BlockResult,
  checkResult,
  createEngine,
  decodeBlock,
  type Engine,
  headerHash,
} from "@heddle/engine";
import type { BenchmarkCase } from "./cases.ts";

/** Milliseconds of one run: on the wall, and of CPU on all threads that took part. */
export interface Time {
  wall: number;
  cpu: number;
}

/** An engine with a case's state, on which its block can be run again and again. */
export class HeddleStage {
  readonly #engine: Engine;
  readonly #case: BenchmarkCase;

  private constructor(engine: Engine, benchmark: BenchmarkCase) {
    this.#engine = engine;
    this.#case = benchmark;
  }

  static async create(benchmark: BenchmarkCase, workers: number): Promise<HeddleStage> {
    const engine = await createEngine({
      workers,
      chain: benchmark.config,
      genesis: { alloc: benchmark.alloc },
      memoryLimit: 4 * 2 ** 30 - 65536,
    });
    const stage = new HeddleStage(engine, benchmark);
    try {
      for (const block of benchmark.setup) {
        const result = await engine.execute({ ...block, mode: "sequential" });
        checkResult(block.header, result);
        await result.commit();
      }
    } catch (error) {
      await engine.close();
      throw error;
    }
    return stage;
  }

  /**
   * From the block's bytes to a checked result: decoding, execution, all roots. The code is decoded anew, as it is for a
   * block that calls a contract for the first time. `sequential`: in order on one worker, the signers known as they are
   * of transactions that were in the pool. `parallel`: on all workers, the signers recovered too. The result is discarded.
   */
  async run(mode: "sequential" | "parallel"): Promise<Time> {
    this.#forgetDecodedCode();
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    const block = decodeBlock(this.#case.rlp.at(-1)!);
    headerHash(block.header);
    const known = mode === "sequential" ? { senders: this.#case.senders } : {};
    const result: BlockResult = await this.#engine.execute({ ...block, ...known, mode });
    checkResult(block.header, result);
    const wall = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpuBefore);
    result.discard();
    return { wall, cpu: (user + system) / 1000 };
  }

  /** Between blocks: all decoded forms go, the codes themselves come back to the cache. */
  #forgetDecodedCode(): void {
    const { host } = this.#engine;
    const source = host.layout.CONTROL + host.layout.Control_coldSource;
    host.exports.blockOpen();
    // Code is dropped only where a source could bring it again; here that is this function.
    host.setU32(source, 1);
    host.exports.codesEvict();
    host.setU32(source, 0);
    for (const code of this.#case.codes) {
      const at = host.allocate(code.length);
      host.write(at, code);
      host.exports.codeIntern(at, code.length, 0);
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
