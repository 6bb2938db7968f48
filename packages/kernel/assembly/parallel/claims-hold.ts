// Whether the claims on which a block was executed were true.
//
// By induction over the block: the first execution reads nothing but the state before the block. Where it gives exactly
// the changes that the list claims of it, the next one has read what it would have read in order, and so on. The list
// made out of the executions names all their changes, so that it only has to be compared. What a list cannot name is
// whether an account exists; from EIP-161 on that follows from its fields, but for empty accounts out of the time
// before, which vanish when they are touched: a block that removes one is not executed on claims.

import { blockExecution } from "../block/change-list";
import { blockResult } from "../block/result";
import { hashIsEmpty } from "../state/empty";
import { Execution } from "../state/execution";
import { LocalAccount, WRITTEN_LIFE } from "../state/local";
import { wordIsZero } from "../word/word";
import { claims } from "./claims";
import { scheduler } from "./scheduler";

function removesRemainder(execution: Execution): bool {
  for (let a = <usize>execution.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    const account = changetype<LocalAccount>(a);
    if (
      (account.flags & WRITTEN_LIFE) != 0 &&
      account.existsRead != 0 &&
      account.nonceRead == 0 &&
      hashIsEmpty(a + offsetof<LocalAccount>("codeHashRead0")) &&
      wordIsZero(a + offsetof<LocalAccount>("balanceRead0"))
    ) {
      return true;
    }
  }
  return false;
}

/** Whether the list that the executions gave (block/access-list.ts) is the one given, byte for byte. */
export function claimsHold(): bool {
  const result = blockResult();
  const given = claims();
  if (result.accessListLength != given.listLength) return false;
  if (memory.compare(<usize>result.accessList, <usize>given.list, given.listLength) != 0) return false;
  const count = scheduler().count + 2;
  for (let i: u32 = 0; i < count; i++) {
    if (removesRemainder(changetype<Execution>(<usize>blockExecution(i)))) return false;
  }
  return true;
}
