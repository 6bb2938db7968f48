// A worker that runs nothing: an entry `{}` of a file's tests passes, unless its test says otherwise.

import { parentPort, workerData } from "node:worker_threads";
import type { Job, JobDone, WorkerOptions } from "../../src/job.ts";
import type { Case } from "../../src/outcome.ts";
import { runCases } from "../../src/run-file.ts";

const options = workerData as WorkerOptions;
const rules = options.rules.map(([key, reason]) => ({ key: new RegExp(key), reason }));

function* cases(job: Job): Generator<Case> {
  const file = JSON.parse(new TextDecoder().decode(job.bytes)) as Record<
    string,
    { post: Record<string, unknown[]> }
  >;
  for (const [name, { post }] of Object.entries(file)) {
    for (const [fork, entries] of Object.entries(post)) {
      for (const _ of entries) {
        yield {
          fork,
          test: name,
          run: () => {
            if (options.selection.filter.includes("good") && fork === "London") process.exit(7);
            return [];
          },
        };
      }
    }
  }
}

parentPort!.on("message", async (job: Job) => {
  const result = await runCases(job.file, cases(job), { ...options, rules });
  const done: JobDone = { id: job.id, result };
  parentPort!.postMessage(done);
});
