// A worker thread: runs one file after another and sends back what came of it.

import { parentPort, workerData } from "node:worker_threads";
import { casesOf } from "./cases.ts";
import { useSpeculation } from "./executor.ts";
import type { Job, JobDone, WorkerOptions } from "./job.ts";
import { emptyResult, type FileResult, thrown } from "./outcome.ts";
import { runCases } from "./run-file.ts";
import type { SkipRule } from "./skips.ts";

const options = workerData as WorkerOptions;
const rules: SkipRule[] = options.rules.map(([key, reason]) => ({ key: new RegExp(key), reason }));
const port = parentPort!;
useSpeculation(options.speculation);

async function run(job: Job): Promise<FileResult> {
  try {
    return await runCases(job.file, await casesOf(job), { ...options, rules });
  } catch (error) {
    const result = emptyResult();
    result.failures.push({
      key: job.file,
      fork: "any",
      test: "reading the file",
      differences: [thrown(error, "a test file")],
    });
    return result;
  }
}

// One file at a time: the thread has one executor, and its state is that of the case being run.
let busy: Promise<void> = Promise.resolve();
port.on("message", (job: Job) => {
  busy = busy.then(async () => {
    const done: JobDone = { id: job.id, result: await run(job) };
    port.postMessage(done);
  });
});
