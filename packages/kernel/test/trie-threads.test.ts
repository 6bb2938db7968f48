import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { seededRandom } from "./support/random.ts";
import { TrieWorker } from "./support/trie.ts";
import { applyBlock, type BlockChange, Records, randomBlock, type State } from "./support/trie-state.ts";
import { BEGIN_ARENA, Signal } from "./support/trie-thread.ts";

/** The test's own instance, which begins and commits, and threads that run the tasks. */
class Pool {
  readonly main = new TrieWorker();
  readonly records = new Records(this.main);
  readonly signals = new Int32Array(new SharedArrayBuffer(64));
  readonly threads: Worker[];

  constructor(count: number) {
    this.threads = Array.from({ length: count }, (_, index) => this.#start(index + 1));
  }

  #start(id: number): Worker {
    const round = this.signals[Signal.Round];
    return new Worker(new URL("./support/trie-thread.ts", import.meta.url), {
      workerData: { id, memory: this.main.room.memory, signals: this.signals, round },
    });
  }

  /** Runs a round to its end. */
  async round(phase: number, tasks: number): Promise<void> {
    this.announce(phase, tasks);
    for (let done = 0; done < this.threads.length; done = Atomics.load(this.signals, Signal.Done)) {
      await Atomics.waitAsync(this.signals, Signal.Done, done).value;
    }
  }

  announce(phase: number, tasks: number): void {
    Atomics.store(this.signals, Signal.Phase, phase);
    Atomics.store(this.signals, Signal.Next, 0);
    Atomics.store(this.signals, Signal.Count, tasks);
    Atomics.store(this.signals, Signal.Done, 0);
    Atomics.add(this.signals, Signal.Round, 1);
    Atomics.notify(this.signals, Signal.Round);
  }

  async root(changes: readonly BlockChange[]): Promise<string> {
    this.main.call("stateRootBegin", this.records.changeList(changes), changes.length);
    for (let phase = 0; phase < 4; phase++) await this.round(phase, this.main.call("stateRootTasks", phase));
    return this.main.read(this.main.call("stateRootResult"), 32);
  }

  async commit(): Promise<void> {
    this.main.room.exports["stateRootCommit"]();
    await this.endBlock();
  }

  async endBlock(): Promise<void> {
    this.main.endBlock();
    await this.round(BEGIN_ARENA, 0);
  }

  async replace(index: number): Promise<void> {
    await this.threads[index]!.terminate();
    this.threads[index] = this.#start(index + 1);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}

/** One worker with a memory of its own: what the pool must equal. */
class Alone {
  readonly worker = new TrieWorker();
  readonly records = new Records(this.worker);

  run(changes: readonly BlockChange[]): string {
    const out = this.worker.allocate(32);
    this.worker.call("stateRootSequential", this.records.changeList(changes), changes.length, out);
    const root = this.worker.read(out, 32);
    this.worker.room.exports["stateRootCommit"]();
    this.worker.endBlock();
    return root;
  }
}

describe("state root on worker threads", () => {
  it("equals that of one worker", async () => {
    for (const count of [2, 4]) {
      const random = seededRandom(40 + count);
      const pool = new Pool(count);
      try {
        const alone = new Alone();
        const state: State = new Map();
        for (let block = 0; block < 25; block++) {
          const changes = randomBlock(random, state, 60);
          applyBlock(state, changes);
          assert.equal(await pool.root(changes), alone.run(changes), `block ${block}`);
          await pool.commit();
          assert.equal(pool.main.cacheBytes(), alone.worker.cacheBytes());
        }
      } finally {
        await pool.close();
      }
    }
  });

  it("is the same in the rerun after a thread was killed in any phase", async () => {
    const random = seededRandom(50);
    const pool = new Pool(2);
    try {
      const alone = new Alone();
      const state: State = new Map();
      for (let block = 0; block < 20; block++) {
        const changes = randomBlock(random, state, 60);
        applyBlock(state, changes);
        pool.main.call("stateRootBegin", pool.records.changeList(changes), changes.length);
        const last = block % 4;
        for (let phase = 0; phase < last; phase++) {
          await pool.round(phase, pool.main.call("stateRootTasks", phase));
        }
        pool.announce(last, pool.main.call("stateRootTasks", last));
        const until = performance.now() + random() * 2;
        while (performance.now() < until);
        // The others leave the phase before anything is dropped: here they are simply replaced, too.
        await Promise.all([pool.replace(0), pool.replace(1)]);
        assert.equal(pool.main.call("stateRootDiscard"), 0);
        await pool.endBlock();
        assert.equal(await pool.root(changes), alone.run(changes), `block ${block}`);
        await pool.commit();
      }
    } finally {
      await pool.close();
    }
  });
});
