// Whether the claims on which a block was executed were true.
//
// By induction over the block: the first execution reads nothing but the state before the block. Where it gives exactly
// the changes that the list claims of it, the next one has read what it would have read in order, and so on. The list
// made out of the executions names all their changes, so that it only has to be compared. What a list cannot name is
// whether an account exists; from EIP-161 on that follows from its fields, but for empty accounts out of the time
// before, which vanish when they are touched: a block that removes one is not executed on claims.

import { blockResult } from "../block/result";
import { claims } from "./claims";

/** Whether the list that the executions gave (block/access-list.ts) is the one given, byte for byte. */
export function claimsHold(): bool {
  const result = blockResult();
  const given = claims();
  if (given.remainder != 0 || result.accessListLength != given.listLength) return false;
  return memory.compare(<usize>result.accessList, <usize>given.list, given.listLength) == 0;
}
