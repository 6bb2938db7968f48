// How large a contract's code and initcode may be.

import { env, FLAG_UNLIMITED_CODE, hasEip } from "../block/env";
import { Eip } from "../status";

/** EIP-170, EIP-7954: bytes that a contract's code may have. */
export function maxCodeSize(): u32 {
  if ((env().flags & FLAG_UNLIMITED_CODE) != 0) return u32.MAX_VALUE;
  return hasEip(Eip.E7954) ? 32768 : 24576;
}

/** EIP-3860, EIP-7954: twice that for the code that creates it. */
export function maxInitcodeSize(): u32 {
  const size = maxCodeSize();
  return size == u32.MAX_VALUE ? size : size << 1;
}
