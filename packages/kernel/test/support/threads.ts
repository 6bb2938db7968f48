// Several threads at once over the memory of a state room test.

import { Worker } from "node:worker_threads";
import type { State } from "./state.ts";
import type { Task } from "./state-worker.ts";

/** Runs the task on several threads at once; what each sent back. */
export function onWorkers(state: State, workers: number, task: Pick<Task, "kind" | "count" | "locations">) {
  const gate = 256_000;
  state.room.write(gate, new Uint8Array(4));
  return Promise.all(
    Array.from({ length: workers }, (_, worker) => {
      const data: Task = { ...task, memory: state.room.memory, worker, workers, gate };
      return new Promise<number[]>((resolve, reject) => {
        const thread = new Worker(new URL("./state-worker.ts", import.meta.url), { workerData: data });
        thread.once("message", resolve).once("error", reject);
      });
    }),
  );
}
