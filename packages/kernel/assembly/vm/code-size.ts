// How large a contract's code and initcode may be.

import { Eip } from "../status";

/** EIP-170, EIP-7954: bytes that a contract's code may have. */
export function maxCodeSize(eips: u32): u32 {
  return (eips & Eip.E7954) != 0 ? 32768 : 24576;
}

/** EIP-3860, EIP-7954: twice that for the code that creates it. */
export function maxInitcodeSize(eips: u32): u32 {
  return maxCodeSize(eips) << 1;
}
