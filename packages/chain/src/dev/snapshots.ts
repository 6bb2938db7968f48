// The places that a local chain can go back to, by number.

import type { Notes } from "../directory/log-records.ts";
import { type Snapshot, snapshotNotes } from "./kept-settings.ts";

export class Snapshots {
  readonly #kept = new Map<number, Snapshot>();

  /** Numbers of all that can be gone back to, oldest first. */
  get ids(): number[] {
    return [...this.#kept.keys()];
  }

  get(id: number): Snapshot | undefined {
    return this.#kept.get(id);
  }

  set(id: number, snapshot: Snapshot): void {
    this.#kept.set(id, snapshot);
  }

  /** Those that `isGone` says cannot be gone back to. */
  which(isGone: (snapshot: Snapshot, id: number) => boolean): number[] {
    return this.ids.filter((id) => isGone(this.#kept.get(id)!, id));
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) this.#kept.delete(id);
  }
}

/** What a directory keeps of snapshots that are forgotten. */
export function forgottenNotes(ids: readonly number[]): Notes {
  return new Map(ids.flatMap((id) => [...snapshotNotes(id, undefined)]));
}
