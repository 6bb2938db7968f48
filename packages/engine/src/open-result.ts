// The result object that a caller holds: what the block gave, and the two ways to close it.

import type { Changes } from "./changes.ts";
import type { Hex } from "./hex.ts";
import type { Receipts } from "./receipts.ts";
import type { BlockResult } from "./result.ts";
import type { BlockUndo } from "./undo.ts";

/** Who applies or drops a result: the engine. */
export interface ResultCloser {
  commitResult(result: OpenResult): Promise<void>;
  discardResult(result: OpenResult): void;
}

type ResultFacts = Omit<BlockResult, "commit" | "discard" | "retain" | "undo"> & {
  /** The block's number. */
  number: bigint;
  blockUndo: BlockUndo;
};

/** A result that is neither committed nor discarded yet, or was. */
export class OpenResult implements BlockResult {
  private readonly closer: ResultCloser;
  readonly gasUsed: bigint;
  readonly blobGasUsed: bigint;
  readonly logsBloom: Hex;
  readonly receipts: Receipts;
  readonly requests: readonly Hex[];
  readonly changes: Changes;
  readonly schedule: BlockResult["schedule"];
  readonly roots: BlockResult["roots"];
  readonly simulated: BlockResult["simulated"];
  readonly blockAccessList: BlockResult["blockAccessList"];
  readonly blockAccessListHash: BlockResult["blockAccessListHash"];
  readonly number: bigint;
  private readonly blockUndo: BlockUndo;
  readonly notable: BlockResult["notable"];

  constructor(closer: ResultCloser, facts: ResultFacts) {
    this.closer = closer;
    this.gasUsed = facts.gasUsed;
    this.blobGasUsed = facts.blobGasUsed;
    this.logsBloom = facts.logsBloom;
    this.receipts = facts.receipts;
    this.requests = facts.requests;
    this.changes = facts.changes;
    this.schedule = facts.schedule;
    this.roots = facts.roots;
    this.simulated = facts.simulated;
    this.blockAccessList = facts.blockAccessList;
    this.blockAccessListHash = facts.blockAccessListHash;
    this.number = facts.number;
    this.blockUndo = facts.blockUndo;
    this.notable = facts.notable;
  }

  commit(): Promise<void> {
    return this.closer.commitResult(this);
  }

  discard(): void {
    this.closer.discardResult(this);
  }

  undo(): Uint8Array {
    return this.blockUndo.read();
  }

  retain(): this {
    this.receipts.retain();
    this.changes.retain();
    this.blockUndo.read();
    return this;
  }
}
