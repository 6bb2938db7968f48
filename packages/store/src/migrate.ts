// From an earlier format to this version's, one step after the other.

import { ForeignFolderError, NewerFolderError, StoreError } from "./errors.ts";
import { FORMAT, readStamp, writeStamp } from "./folder.ts";
import { takeLock } from "./lock.ts";

/** Brings a store from one format to the next. */
export interface MigrationStep {
  /** The format that it begins with; it ends with the one after. */
  from: number;
  /** What changes, for people. */
  title: string;
  /** May be cut off at any moment, and is then run again on what it left. */
  run(directory: string): Promise<void>;
}

/** One step for every format before `FORMAT`. Format 1 is the first. */
const STEPS: readonly MigrationStep[] = [];

export interface MigrateOptions {
  /** Is told of every step before it runs. */
  onStep?: (step: Pick<MigrationStep, "from" | "title">) => void;
}

/**
 * Brings a store that is not open to the format of this version. A step that fails, or is cut off, can be run again.
 * @returns the formats before and after; the same where there was nothing to do
 * @throws ForeignFolderError, NewerFolderError, StoreLockedError
 *
 * @example
 * ```ts
 * const { from, to } = await migrateStore("data", { onStep: ({ title }) => console.log(title) });
 * ```
 */
export function migrateStore(
  directory: string,
  options: MigrateOptions = {},
): Promise<{ from: number; to: number }> {
  return migrateBy(STEPS, FORMAT, directory, options);
}

/** @internal `migrateStore` with a table of steps and the format that it leads to. */
export async function migrateBy(
  steps: readonly MigrationStep[],
  to: number,
  directory: string,
  { onStep }: MigrateOptions = {},
): Promise<{ from: number; to: number }> {
  const from = readStamp(directory);
  if (from === undefined) throw new ForeignFolderError(directory, "it is empty");
  if (from > to) throw new NewerFolderError(directory, to, from);
  const unlock = takeLock(directory);
  try {
    for (let format = from; format < to; format++) {
      const step = steps.find((candidate) => candidate.from === format);
      if (step === undefined) {
        throw new StoreError("NO_MIGRATION", `there is no step from format ${format}`, {
          path: directory,
          met: format,
        });
      }
      onStep?.(step);
      await step.run(directory);
      writeStamp(directory, format + 1);
    }
  } finally {
    unlock();
  }
  return { from, to };
}
