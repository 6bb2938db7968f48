// The list of locations that a transaction says it will use (EIP-2930).

import { rlpItem, rlpNext, rlpPayload } from "../rlp/read";
import { accountWarm, slotWarm, viewAccount, viewSlot } from "../state/view";
import { wordFromAddress, wordFromBytes } from "../word/word";
import { Transaction } from "./transaction";

/** Reads no value: naming a location only makes it warm. `scratch`: a word to work in. */
export function warmAccessList(t: Transaction, scratch: usize): void {
  const end = <usize>t.accessList + t.accessListLength;
  let at: usize = t.accessList;
  while (at < end) {
    rlpItem(at, end);
    at = rlpNext;
    rlpItem(rlpPayload, at);
    wordFromAddress(scratch, rlpPayload);
    const account = viewAccount(scratch);
    accountWarm(account);
    rlpItem(rlpNext, at);
    // Every key is a string of 32 bytes behind a header of one.
    for (let key = rlpPayload; key < at; key += 33) {
      wordFromBytes(scratch, key + 1, 32);
      slotWarm(viewSlot(account, scratch));
    }
  }
}
