// Orders to the thread that writes checkpoints, one after the other.

import { Worker } from "node:worker_threads";
import { packageConditions } from "@heddle/engine";
import type { ChainIdentity, Checkpoint } from "./database.ts";
import { DiskFullError, StoreError, WrongRootError } from "./errors.ts";

/** @internal What the thread is started with. */
export interface CheckpointThread {
  folder: string;
  memoryLimit: number;
}

/** @internal Blocks are as `encodeBlock` makes them. */
export type CheckpointOrder =
  | { kind: "initialise"; chain: ChainIdentity; genesis: Uint8Array; edits: Uint8Array }
  | { kind: "advance"; blocks: Uint8Array[] }
  | { kind: "goBack"; number: bigint; position: number }
  | { kind: "close" };

/** @internal */
export interface CheckpointAnswer {
  checkpoint?: Checkpoint;
  wrongRoot?: { block: bigint; expected: string; met: string | undefined };
  full?: { message: string; path: string };
  failed?: string;
}

// The thread starts from source under tests and from the built file in the package.
const SOURCE = import.meta.url.endsWith(".ts") ? "./checkpoint-worker.ts" : "./checkpoint-worker.js";

export class Checkpointer {
  private readonly data: CheckpointThread;
  private thread: Worker | undefined;
  private answered: ((answer: CheckpointAnswer) => void) | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, memoryLimit: number) {
    this.data = { folder, memoryLimit };
  }

  /** @throws WrongRootError, DiskFullError; StoreError with code CHECKPOINT_FAILED. Then the checkpoint is as it was. */
  order(order: CheckpointOrder): Promise<Checkpoint> {
    const result = this.turn.then(() => this.send(order));
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async send(order: CheckpointOrder): Promise<Checkpoint> {
    this.thread ??= this.start();
    const { thread } = this;
    const answer = await new Promise<CheckpointAnswer>((resolve) => {
      this.answered = resolve;
      thread.ref();
      thread.postMessage(order);
    });
    this.answered = undefined;
    // It holds no process open while it has nothing to do.
    this.thread?.unref();
    const { checkpoint, wrongRoot, full, failed } = answer;
    if (checkpoint !== undefined) return checkpoint;
    if (wrongRoot !== undefined) throw new WrongRootError(wrongRoot.block, wrongRoot.expected, wrongRoot.met);
    if (full !== undefined) throw new DiskFullError(full.path, 0, new Error(full.message));
    throw new StoreError("CHECKPOINT_FAILED", `the checkpoint could not be written: ${failed}`, {
      path: this.data.folder,
      remedy: "the blocks since the last one are in the log",
    });
  }

  private start(): Worker {
    const thread = new Worker(new URL(SOURCE, import.meta.url), {
      workerData: this.data,
      name: "heddle checkpoints",
      execArgv: packageConditions(process.execArgv),
    });
    const gone = (failed: string) => {
      if (this.thread === thread) this.thread = undefined;
      this.answered?.({ failed });
    };
    thread.on("message", (answer: CheckpointAnswer) => this.answered?.(answer));
    thread.on("error", (error) => gone(`its thread died of ${error}`));
    thread.on("exit", () => gone("its thread ended"));
    return thread;
  }

  /** @internal Tests: the thread dies in what it does; false where it does nothing. */
  kill(): boolean {
    if (this.answered !== undefined) void this.thread?.terminate();
    return this.answered !== undefined;
  }

  /** Ends the thread when what was ordered is done. */
  async close(): Promise<void> {
    await this.turn;
    const { thread } = this;
    if (thread === undefined) return;
    const ended = new Promise((resolve) => thread.once("exit", resolve));
    thread.ref();
    thread.postMessage({ kind: "close" } satisfies CheckpointOrder);
    await ended;
  }
}
