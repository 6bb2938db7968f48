// EthereumJS as a peer for whole blocks: in a thread of its own, so that it can be ended where it takes too long.

import { Worker } from "node:worker_threads";
import type { BenchmarkCase } from "../blocks/cases.ts";
import type { Time } from "../blocks/heddle.ts";
import { PeerError } from "./peer.ts";

/** First byte of an EIP-4844 transaction. */
const BLOB_TRANSACTION = 3;

/** What the thread is told: set up a case, then run its block as often as asked. */
export type EthereumJsRequest = { kind: "case"; benchmark: EthereumJsCase } | { kind: "run" };

/** A case as messages between threads can carry it. */
export interface EthereumJsCase {
  accounts: {
    address: string;
    nonce: bigint;
    balance: bigint;
    code: Uint8Array;
    storage: [slot: string, value: bigint][];
  }[];
  /** RLP of the blocks, the measured one last. */
  blocks: Uint8Array[];
  /** Whether a transaction carries blobs. */
  blobs: boolean;
}

export type EthereumJsAnswer =
  | { kind: "ready" }
  | { kind: "time"; time: Time }
  | { kind: "failed"; reason: string };

/** A thread that runs one case's block. */
export class EthereumJsPeer {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** @throws PeerError where the setting up fails or takes more than `limit` milliseconds */
  static async create(benchmark: BenchmarkCase, limit: number): Promise<EthereumJsPeer> {
    const worker = new Worker(new URL("./ethereumjs-thread.ts", import.meta.url));
    const peer = new EthereumJsPeer(worker);
    const accounts = Object.entries(benchmark.alloc).map(([address, { nonce, balance, code, storage }]) => ({
      address,
      nonce: BigInt(nonce ?? 0),
      balance: BigInt(balance ?? 0),
      code: code instanceof Uint8Array ? code : new Uint8Array(0),
      storage: Object.entries(storage ?? {}).map(([slot, value]): [string, bigint] => [slot, BigInt(value)]),
    }));
    const blobs = benchmark.block.transactions.some(([type]) => type === BLOB_TRANSACTION);
    try {
      await peer.#ask({ kind: "case", benchmark: { accounts, blocks: benchmark.rlp, blobs } }, limit);
    } catch (error) {
      await peer.close();
      throw error;
    }
    return peer;
  }

  #ask(request: EthereumJsRequest, limit: number): Promise<EthereumJsAnswer> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const refuse = (reason: string): void => {
        release();
        reject(new PeerError(reason));
      };
      const onError = (error: unknown): void => refuse(String(error));
      const onMessage = (answer: EthereumJsAnswer): void => {
        if (answer.kind === "failed") {
          refuse(answer.reason);
        } else {
          release();
          resolve(answer);
        }
      };
      const timer = setTimeout(() => refuse(`more than ${limit.toFixed(0)} ms`), limit);
      const release = (): void => {
        clearTimeout(timer);
        worker.off("error", onError);
        worker.off("message", onMessage);
      };
      worker.on("error", onError);
      worker.on("message", onMessage);
      worker.postMessage(request);
    });
  }

  /** @throws PeerError where it takes more than `limit` milliseconds or gives another result than the header says */
  async run(limit: number): Promise<Time> {
    const answer = await this.#ask({ kind: "run" }, limit);
    if (answer.kind !== "time") throw new PeerError("no time");
    return answer.time;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
