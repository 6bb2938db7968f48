// A worker thread with an instance of the trie room: runs the tasks of state-root phases as they are announced.

import { workerData } from "node:worker_threads";
import { TrieWorker } from "./trie.ts";

/** Places in the shared Int32Array between the test and its threads. */
export const Signal = { Round: 0, Phase: 1, Next: 2, Count: 3, Done: 4 } as const;
/** Announced instead of a phase: forget the arena of the block before. */
export const BEGIN_ARENA = 100;

interface ThreadData {
  id: number;
  memory: WebAssembly.Memory;
  signals: Int32Array;
  /** Value of Signal.Round that this thread has seen. */
  round: number;
}

function serve({ id, memory, signals, round }: ThreadData): void {
  const worker = new TrieWorker(id, memory);
  for (let seen = round; ; seen++) {
    Atomics.wait(signals, Signal.Round, seen);
    const phase = Atomics.load(signals, Signal.Phase);
    if (phase === BEGIN_ARENA) {
      worker.call("beginArena");
    } else {
      const count = Atomics.load(signals, Signal.Count);
      for (let task = 0; ; ) {
        task = Atomics.add(signals, Signal.Next, 1);
        if (task >= count) break;
        worker.call("stateRootTask", phase, task);
      }
    }
    Atomics.add(signals, Signal.Done, 1);
    Atomics.notify(signals, Signal.Done);
  }
}

if (workerData !== null && typeof workerData === "object" && "signals" in workerData) {
  serve(workerData as ThreadData);
}
