// Gas that a transaction costs before its first instruction.

import { Fork } from "../status";
import { Transaction } from "./transaction";

const TRANSACTION_GAS: u64 = 21000;
/** EIP-2: creating by transaction costs what CREATE costs. */
const CREATE_GAS: u64 = 32000;
const ZERO_BYTE_GAS: u64 = 4;
const NON_ZERO_BYTE_GAS: u64 = 68;
/** EIP-2028. */
const NON_ZERO_BYTE_GAS_ISTANBUL: u64 = 16;
/** EIP-2930. */
const ACCESS_ADDRESS_GAS: u64 = 2400;
const ACCESS_KEY_GAS: u64 = 1900;
/** EIP-3860. */
const INITCODE_WORD_GAS: u64 = 2;
/** EIP-7702: charged as if the account were new; AUTHORIZATION_REFUND comes back where it was not. */
const AUTHORIZATION_GAS: u64 = 25000;
export const AUTHORIZATION_REFUND: i64 = 12500;
/** EIP-7623. A token is a zero byte, or a quarter of a non-zero one. */
const FLOOR_TOKEN_GAS: u64 = 10;
const TOKENS_NON_ZERO_BYTE: u64 = 4;

export function intrinsicGas(t: Transaction, fork: u32): u64 {
  const nonZero = <u64>t.dataNonZero;
  const nonZeroGas = fork >= Fork.Istanbul ? NON_ZERO_BYTE_GAS_ISTANBUL : NON_ZERO_BYTE_GAS;
  let gas = TRANSACTION_GAS + nonZero * nonZeroGas + (<u64>t.dataLength - nonZero) * ZERO_BYTE_GAS;
  if (t.isCreate) {
    if (fork >= Fork.Homestead) gas += CREATE_GAS;
    if (fork >= Fork.Shanghai) gas += ((<u64>t.dataLength + 31) >> 5) * INITCODE_WORD_GAS;
  }
  gas += <u64>t.accessListAddresses * ACCESS_ADDRESS_GAS + <u64>t.accessListKeys * ACCESS_KEY_GAS;
  return gas + <u64>t.authorizationCount * AUTHORIZATION_GAS;
}

/** EIP-7623: the least that a transaction pays, however little it executes. Zero before Prague. */
export function floorGas(t: Transaction, fork: u32): u64 {
  if (fork < Fork.Prague) return 0;
  const nonZero = <u64>t.dataNonZero;
  const tokens = <u64>t.dataLength - nonZero + nonZero * TOKENS_NON_ZERO_BYTE;
  return TRANSACTION_GAS + tokens * FLOOR_TOKEN_GAS;
}
