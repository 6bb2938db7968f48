// What a run gave against what the chain says.

import type { BlockFixture } from "../fixture/mainnet-block.ts";

/** One field in which a run differs from the chain. */
export interface BlockDifference {
  /** "sequential" or "2 workers". */
  mode: string;
  /** Index of the transaction, or null where the field is the block's. */
  transaction: number | null;
  field: string;
  ours: string;
  theirs: string;
}

/** What a run of a block gave, in the names of the header's fields. */
export interface RunOutcome {
  gasUsed: bigint;
  logsBloom: string;
  transactionsRoot: string;
  receiptsRoot: string;
  withdrawalsRoot: string | undefined;
  requestsHash: string | undefined;
  /** null where the pre-state has no trie that a root could be made of. */
  stateRoot: string | null;
  receipts: readonly { status: number | null; gasUsed: bigint; cumulativeGasUsed: bigint; logs: number }[];
}

/** The comparison of one field: a mark in the table. */
export type Mark = "same" | "differs" | "unknown";

export type RootMarks = Record<"gas" | "bloom" | "transactions" | "receipts" | "withdrawals" | "state", Mark>;

const BLOCK_FIELDS = [
  "gasUsed",
  "logsBloom",
  "transactionsRoot",
  "withdrawalsRoot",
  "receiptsRoot",
  "requestsHash",
  "stateRoot",
] as const;

/**
 * All differences of a run, those of single transactions first: the first of them is where to look. `expectedOnly`
 * fields that the source does not know are not compared.
 */
export function compareRun(fixture: BlockFixture, outcome: RunOutcome, mode: string): BlockDifference[] {
  const found: BlockDifference[] = [];
  const { receipts } = fixture.expected;
  if (receipts !== null) {
    if (receipts.length !== outcome.receipts.length) {
      found.push(difference(mode, null, "receipts", outcome.receipts.length, receipts.length));
    }
    for (const [i, theirs] of receipts.entries()) {
      const ours = outcome.receipts[i];
      if (ours === undefined) break;
      for (const field of ["status", "gasUsed", "cumulativeGasUsed", "logs"] as const) {
        if (theirs[field] === null || ours[field] === null) continue;
        if (String(theirs[field]) !== String(ours[field])) {
          found.push(difference(mode, i, field, ours[field], theirs[field]));
        }
      }
    }
  }
  for (const field of BLOCK_FIELDS) {
    const theirs = fixture.expected[field];
    const ours = outcome[field];
    if (theirs === null || ours === null) continue;
    if (String(theirs).toLowerCase() !== String(ours).toLowerCase()) {
      found.push(difference(mode, null, field, ours, theirs));
    }
  }
  return found;
}

function difference(
  mode: string,
  transaction: number | null,
  field: string,
  ours: unknown,
  theirs: unknown,
): BlockDifference {
  return { mode, transaction, field, ours: String(ours), theirs: String(theirs) };
}

/** Which of the header's fields agree over all runs. */
export function rootMarks(
  fixture: BlockFixture,
  differences: readonly BlockDifference[],
  hasState: boolean,
): RootMarks {
  const mark = (field: (typeof BLOCK_FIELDS)[number]): Mark => {
    if (fixture.expected[field] === null || (field === "stateRoot" && !hasState)) return "unknown";
    return differences.some((each) => each.transaction === null && each.field === field) ? "differs" : "same";
  };
  return {
    gas: mark("gasUsed"),
    bloom: mark("logsBloom"),
    transactions: mark("transactionsRoot"),
    receipts: mark("receiptsRoot"),
    withdrawals: mark("withdrawalsRoot"),
    state: mark("stateRoot"),
  };
}
