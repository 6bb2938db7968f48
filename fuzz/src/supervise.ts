// Runs the loop in a child process, because the oracle is native code that takes its process along where it panics: the
// child is started again behind the case that did it, and what was counted until then is kept.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Progress } from "@heddle/cli";
import type { Failure, FuzzOptions, FuzzResult } from "./run.ts";
import { Statistics, type StatisticsSnapshot } from "./statistics.ts";

/** What a child is told: the options that can be sent. */
export type ChildOptions = Omit<FuzzOptions, "signal" | "distort" | "onCase" | "onFailure" | "onTry">;

/** What a child tells. */
export type ChildMessage =
  | { kind: "case"; index: number; statistics: StatisticsSnapshot }
  | { kind: "failure"; failure: Failure }
  | { kind: "try"; tries: number }
  | { kind: "done"; statistics: StatisticsSnapshot; failure: Failure | undefined };

/** A child ended before it was done, and not because the oracle panicked. */
export class ChildFailedError extends Error {
  override readonly name = "ChildFailedError";
}

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
const PANIC = /thread '[^']*' \(\d+\) panicked|thread '[^']*' panicked/;

/** What one child came to. */
interface ChildEnd {
  statistics: StatisticsSnapshot | undefined;
  failure: Failure | undefined;
  /** Number of the last case that was gone through; -1 for none. */
  last: number;
  done: boolean;
  /** What it wrote where errors are written. */
  errors: string;
}

function runChild(
  file: string,
  options: ChildOptions,
  onMessage: (message: ChildMessage) => void,
  signal: AbortSignal | undefined,
): Promise<ChildEnd> {
  const child: ChildProcess = fork(file, {
    execArgv: ["--conditions=@heddle/source"],
    serialization: "advanced",
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  const end: ChildEnd = { statistics: undefined, failure: undefined, last: -1, done: false, errors: "" };
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    end.errors = (end.errors + text).slice(-20_000);
  });
  child.on("message", (message: ChildMessage) => {
    onMessage(message);
    if (message.kind === "case") end.last = message.index;
    if (message.kind === "done") end.done = true;
    if (message.kind === "case" || message.kind === "done") end.statistics = message.statistics;
    if (message.kind === "failure" || message.kind === "done") end.failure = message.failure;
  });
  const stop = () => child.kill("SIGINT");
  signal?.addEventListener("abort", stop);
  child.send(options);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      signal?.removeEventListener("abort", stop);
      resolve(end);
    });
  });
}

/**
 * `fuzz`, surviving the oracle. Where `signal` fires, the child ends behind its case.
 * @throws ChildFailedError where a child ends otherwise
 */
export async function superviseFuzz(options: FuzzOptions, file = CHILD): Promise<FuzzResult> {
  const { seed, time, workers, fork: only, speculation, shrinkTime, signal } = options;
  const started = performance.now();
  const end = options.first + options.count;
  const statistics = new Statistics();
  const progress = new Progress(Math.ceil(time / 1000), "s");
  const onMessage = (message: ChildMessage): void => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    if (message.kind === "try") progress.update(seconds, `making the case smaller: try ${message.tries}`);
    if (message.kind === "case") progress.update(seconds, `case ${message.index}`);
  };
  let failure: Failure | undefined;
  for (let first = options.first; first < end && failure === undefined && !signal?.aborted; ) {
    const left = time - (performance.now() - started);
    if (left <= 0) break;
    const count = end - first;
    const child = await runChild(
      file,
      { seed, first, count, time: left, workers, fork: only, speculation, shrinkTime },
      onMessage,
      signal,
    );
    if (child.statistics !== undefined) statistics.add(child.statistics);
    failure = child.failure;
    if (child.done) {
      if (child.errors !== "") process.stderr.write(child.errors);
      break;
    }
    if (!PANIC.test(child.errors) && !signal?.aborted) {
      throw new ChildFailedError(
        `case ${Math.max(first, child.last + 1)} ended the process:\n${child.errors}`,
      );
    }
    if (!signal?.aborted) statistics.gaveUp("EDR panicked");
    first = Math.max(first, child.last + 1) + 1;
  }
  progress.clear();
  return { statistics, failure, seconds: (performance.now() - started) / 1000 };
}
