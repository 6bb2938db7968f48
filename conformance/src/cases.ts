// From a file's bytes to the cases in it, by suite.

import type { PooledSuite } from "./corpus.ts";
import type { Job } from "./job.ts";
import type { Case } from "./outcome.ts";

/** A suite's reading of a file. May throw for a file that is not one of its tests. */
export type ReadCases = (path: string, bytes: Uint8Array) => Iterable<Case> | Promise<Iterable<Case>>;

/** Loaded on first use: a run of one suite does not pay for the others' libraries. */
const READERS: Record<PooledSuite, () => Promise<ReadCases>> = {
  state: async () => (await import("./suites/state.ts")).stateCases,
  blocks: async () => (await import("./suites/blocks.ts")).blockCases,
  precompiles: async () => (await import("./suites/precompiles.ts")).precompileCases,
  codec: async () => (await import("./suites/codec.ts")).codecCases,
  misc: async () => (await import("./suites/misc.ts")).miscCases,
};

export async function casesOf(job: Pick<Job, "suite" | "path" | "bytes">): Promise<Iterable<Case>> {
  const read = await READERS[job.suite]();
  return read(job.path, job.bytes);
}
