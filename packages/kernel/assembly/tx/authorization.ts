// EIP-7702: accounts that let a contract's code be theirs.

import { env, hasEip } from "../block/env";
import { keccak256 } from "../hash/keccak";
import { recoverAddress } from "../host";
import { arenaAllocate } from "../memory/arena";
import { rlpItem, rlpLength, rlpNext, rlpPayload } from "../rlp/read";
import { rlpWriteListHeader } from "../rlp/write";
import {
  accountCode,
  accountExists,
  accountNonce,
  accountSetCode,
  accountSetNonce,
  accountWarm,
  viewAccount,
  viewAddRefund,
} from "../state/view";
import { Eip } from "../status";
import { codeIntern, codeIsDelegation, EMPTY_CODE } from "../vm/code";
import { ACCOUNT_BYTES, stateGasOf, stateGasReturn } from "../vm/state-gas";
import { wordEquals, wordFromAddress, wordFromBytes, wordIsZero, wordSet, wordZero } from "../word/word";
import { AUTHORIZATION_REFUND } from "./intrinsic";
import { scalarInRange, scalarIsLow } from "./signature";
import { Transaction } from "./transaction";

/** First byte of the message that an authority signs. */
const MAGIC: u8 = 5;
/** Length of a delegation designator: 0xef0100 and the address. */
const DESIGNATOR_BYTES: u32 = 23;

// The tuple that is being processed. Decoding has made sure of its form.
let tupleChainId: usize = 0;
let tupleAddress: usize = 0;
let tupleNonce: u64 = 0;
let tupleParity: u32 = 0;
let tupleR: usize = 0;
let tupleS: usize = 0;
/** The first three fields, which are what is signed. */
let signedFields: usize = 0;
let signedLength: usize = 0;

function readScalar(result: usize, at: usize, end: usize): void {
  rlpItem(at, end);
  wordZero(result);
  memory.copy(result + 32 - rlpLength, rlpPayload, rlpLength);
}

function readU64(at: usize, end: usize): u64 {
  rlpItem(at, end);
  let value: u64 = 0;
  for (let i: usize = 0; i < rlpLength; i++) value = (value << 8) | load<u8>(rlpPayload + i);
  return value;
}

/** Reads the tuple at `at`; returns where the next one starts. `scratch` holds what the fields above point to. */
function readTuple(at: usize, end: usize, scratch: usize): usize {
  rlpItem(at, end);
  const next = rlpNext;
  signedFields = rlpPayload;
  tupleChainId = scratch;
  tupleR = scratch + 32;
  tupleS = scratch + 64;
  rlpItem(rlpPayload, next);
  wordFromBytes(tupleChainId, rlpPayload, <u32>rlpLength);
  rlpItem(rlpNext, next);
  tupleAddress = rlpPayload;
  tupleNonce = readU64(rlpNext, next);
  signedLength = rlpNext - signedFields;
  tupleParity = <u32>readU64(rlpNext, next);
  readScalar(tupleR, rlpNext, next);
  readScalar(tupleS, rlpNext, next);
  return next;
}

/** The signer's address in `result`; false where the signature fits none. */
function recoverAuthority(result: usize, scratch: usize): bool {
  if (tupleParity > 1 || !scalarInRange(tupleR) || !scalarInRange(tupleS) || !scalarIsLow(tupleS))
    return false;
  // The signed message is at most 1 + 3 + 33 + 21 + 9 bytes.
  store<u8>(scratch, MAGIC);
  const body = rlpWriteListHeader(scratch + 1, <u32>signedLength);
  memory.copy(body, signedFields, signedLength);
  const hash = scratch + 96;
  keccak256(hash, scratch, <u32>(body + signedLength - scratch));
  if (!recoverAddress(hash, tupleR, tupleS, tupleParity, scratch)) return false;
  wordFromAddress(result, scratch);
  return true;
}

function isZeroAddress(bytes: usize): bool {
  return (load<u64>(bytes) | load<u64>(bytes + 8) | load<u32>(bytes + 16)) == 0;
}

function delegate(authority: usize, scratch: usize): void {
  if (isZeroAddress(tupleAddress)) {
    accountSetCode(authority, EMPTY_CODE);
    return;
  }
  store<u8>(scratch, 0xef);
  store<u8>(scratch + 1, 0x01);
  store<u8>(scratch + 2, 0x00);
  memory.copy(scratch + 3, tupleAddress, 20);
  accountSetCode(authority, codeIntern(scratch, DESIGNATOR_BYTES, 0));
}

/** The authority was charged for as if it were new. */
function refundExisting(): void {
  if (hasEip(Eip.E8037)) stateGasReturn(stateGasOf(ACCOUNT_BYTES));
  else viewAddRefund(AUTHORIZATION_REFUND);
}

/** One tuple. What is wrong with it only skips it. */
function applyTuple(scratch: usize): void {
  const chainId = scratch + 96;
  wordSet(chainId, env().chainId);
  if (!wordIsZero(tupleChainId) && !wordEquals(tupleChainId, chainId)) return;
  if (tupleNonce == u64.MAX_VALUE) return;
  const address = scratch + 96;
  if (!recoverAuthority(address, scratch + 128)) return;
  const authority = viewAccount(address);
  accountWarm(authority);
  const code = accountCode(authority);
  if (code != EMPTY_CODE && !codeIsDelegation(code)) return;
  if (accountNonce(authority) != tupleNonce) return;
  if (accountExists(authority)) refundExisting();
  delegate(authority, scratch + 128);
  accountSetNonce(authority, tupleNonce + 1);
}

/** Processes the authorizations in their order. They stay even if the transaction's call is reverted. */
export function applyAuthorizations(t: Transaction): void {
  const scratch = arenaAllocate(288);
  const end = <usize>t.authorizations + t.authorizationsLength;
  let at: usize = t.authorizations;
  while (at < end) {
    at = readTuple(at, end, scratch);
    applyTuple(scratch);
  }
}
