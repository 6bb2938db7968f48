// SELFDESTRUCT through the forks.

import { traceSelfDestruct } from "../host";
import {
  accountAddBalance,
  accountAddress,
  accountBalance,
  accountDestruct,
  accountExists,
  accountIsDestructed,
  accountIsEmpty,
  accountSetBalance,
  accountTouch,
  accountWarm,
  accountWasCreated,
  viewAccount,
  viewAddRefund,
} from "../state/view";
import { Fork, Halt } from "../status";
import { wordCopy, wordIsZero, wordTruncateAddress } from "../word/word";
import { chargeGas, fork, stepping, wordA, wordB, zeroWord } from "./context";
import { logBurn, logTransfer } from "./ether-logs";
import { Frame, frameAddress } from "./frame";
import { chargeNewAccount } from "./state-gas";

const REFUND: i64 = 24000;
const COLD_BENEFICIARY: u64 = 2600;

/** SELFDESTRUCT in favour of the address at `sp`. */
export function operationSelfDestruct(frame: Frame, sp: usize): Halt {
  if (frame.isStatic != 0) return Halt.StaticViolation;
  wordTruncateAddress(wordA, sp);
  const beneficiary = viewAccount(wordA);
  const self: usize = frame.account;
  if (fork >= Fork.Berlin && accountWarm(beneficiary) && !chargeGas(COLD_BENEFICIARY)) return Halt.OutOfGas;
  if (fork >= Fork.Spurious) {
    if (!wordIsZero(accountBalance(self)) && accountIsEmpty(beneficiary) && !chargeNewAccount()) {
      return Halt.OutOfGas;
    }
  } else if (fork >= Fork.Tangerine) {
    if (!accountExists(beneficiary) && !chargeNewAccount()) return Halt.OutOfGas;
  }
  if (fork < Fork.London && !accountIsDestructed(self)) viewAddRefund(REFUND);
  // EIP-6780: only a contract of this very transaction is removed, and only then a balance sent to oneself is burnt.
  const removes = fork < Fork.Cancun || accountWasCreated(self);
  if (stepping)
    traceSelfDestruct(changetype<usize>(frame), accountAddress(beneficiary), accountBalance(self));
  accountTouch(beneficiary);
  if (beneficiary != self) {
    wordCopy(wordB, accountBalance(self));
    logTransfer(frameAddress(frame), accountAddress(beneficiary), wordB);
    if (!wordIsZero(wordB)) accountAddBalance(beneficiary, wordB);
    if (!wordIsZero(wordB)) accountSetBalance(self, zeroWord);
  } else if (removes) {
    logBurn(frameAddress(frame), accountBalance(self));
    accountSetBalance(self, zeroWord);
  }
  if (removes) accountDestruct(self);
  return Halt.Success;
}
