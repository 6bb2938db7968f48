// A worker thread of the state room's tests: interns keys or publishes versions beside others, over one memory.

import { parentPort, workerData } from "node:worker_threads";
import { State } from "./state.ts";

export interface Task {
  kind: "intern" | "publish";
  memory: WebAssembly.Memory;
  worker: number;
  workers: number;
  count: number;
  /** Where all workers meet before they begin: a counter at the start of the scratch range. */
  gate: number;
  locations: number[];
}

const task = workerData as Task;
const state = new State(task.memory, task.worker + 1);
state.call.beginArena();
state.word(0n);

const gate = new Int32Array(task.memory.buffer, task.gate, 1);
Atomics.add(gate, 0, 1);
Atomics.notify(gate, 0);
for (let seen = Atomics.load(gate, 0); seen < task.workers; seen = Atomics.load(gate, 0)) {
  Atomics.wait(gate, 0, seen, 1000);
}

const records: number[] = [];
if (task.kind === "intern") {
  for (let i = 0; i < task.count; i++) {
    // All the same keys in the same order, so that the workers meet at the same entries.
    const key = BigInt(i);
    records.push(state.call.internAccount(state.word(key << 100n)));
    records.push(state.call.internSlot(task.locations[0], state.word(key)));
  }
} else {
  for (let i = 0; i < task.count; i++) {
    const transaction = 1 + i * task.workers + ((task.worker + i) % task.workers);
    for (const location of task.locations) {
      const node = state.call.versionNew(transaction, 0);
      state.write(state.call.versionValue(node), BigInt(transaction));
      state.call.versionLink(location, node);
    }
  }
}
parentPort!.postMessage(records);
