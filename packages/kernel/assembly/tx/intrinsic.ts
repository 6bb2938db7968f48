// Gas that a transaction costs before its first instruction.

import { hasEip } from "../block/env";
import { Eip, Fork } from "../status";
import { ACCOUNT_BYTES, DESIGNATOR_BYTES, stateGasOf } from "../vm/state-gas";
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
/** EIP-8037: without the state that they make. */
const CREATE_REGULAR_GAS: u64 = 9000;
const AUTHORIZATION_REGULAR_GAS: u64 = 7500;
export const AUTHORIZATION_REFUND: i64 = 12500;
/** EIP-7623. A token is a zero byte, or a quarter of a non-zero one. */
const FLOOR_TOKEN_GAS: u64 = 10;
const TOKENS_NON_ZERO_BYTE: u64 = 4;
/** EIP-7976, EIP-7981: what a byte of calldata costs at least, and a byte of the access list besides its names. */
const FLOOR_BYTE_GAS: u64 = 64;
const ADDRESS_BYTES: u64 = 20;
const KEY_BYTES: u64 = 32;

/** EIP-7981: the access list as data, which counts in full and for the floor. */
function accessListDataGas(t: Transaction): u64 {
  if (!hasEip(Eip.E7981)) return 0;
  return (<u64>t.accessListAddresses * ADDRESS_BYTES + <u64>t.accessListKeys * KEY_BYTES) * FLOOR_BYTE_GAS;
}

/** What a transaction costs before its first instruction, without what of it is state gas. */
export function intrinsicGas(t: Transaction, fork: u32): u64 {
  const nonZero = <u64>t.dataNonZero;
  const nonZeroGas = fork >= Fork.Istanbul ? NON_ZERO_BYTE_GAS_ISTANBUL : NON_ZERO_BYTE_GAS;
  let gas = TRANSACTION_GAS + nonZero * nonZeroGas + (<u64>t.dataLength - nonZero) * ZERO_BYTE_GAS;
  if (t.isCreate) {
    if (fork >= Fork.Homestead) gas += hasEip(Eip.E8037) ? CREATE_REGULAR_GAS : CREATE_GAS;
    if (fork >= Fork.Shanghai) gas += ((<u64>t.dataLength + 31) >> 5) * INITCODE_WORD_GAS;
  }
  gas += <u64>t.accessListAddresses * ACCESS_ADDRESS_GAS + <u64>t.accessListKeys * ACCESS_KEY_GAS;
  gas += accessListDataGas(t);
  const authorization = hasEip(Eip.E8037) ? AUTHORIZATION_REGULAR_GAS : AUTHORIZATION_GAS;
  return gas + <u64>t.authorizationCount * authorization;
}

/** EIP-8037: the state that a transaction makes by itself: its contract, delegations to accounts that may be new. */
export function intrinsicStateGas(t: Transaction): u64 {
  if (!hasEip(Eip.E8037)) return 0;
  const bytes =
    (t.isCreate ? ACCOUNT_BYTES : 0) + <u64>t.authorizationCount * (ACCOUNT_BYTES + DESIGNATOR_BYTES);
  return stateGasOf(bytes);
}

/** EIP-7623, EIP-7976: the least that a transaction pays, however little it executes. Zero before Prague. */
export function floorGas(t: Transaction, fork: u32): u64 {
  if (fork < Fork.Prague) return 0;
  const nonZero = <u64>t.dataNonZero;
  const tokens = <u64>t.dataLength - nonZero + nonZero * TOKENS_NON_ZERO_BYTE;
  const data = hasEip(Eip.E7976) ? <u64>t.dataLength * FLOOR_BYTE_GAS : tokens * FLOOR_TOKEN_GAS;
  return TRANSACTION_GAS + data + accessListDataGas(t);
}
