// Decoding of a transaction's envelope: EIP-2718, and the payloads of EIP-155, 2930, 1559, 4844 and 7702.

import { env, FLAG_SIMULATED } from "../block/env";
import { keccak256 } from "../hash/keccak";
import { keccak256Pair } from "../hash/keccak2";
import { recoverAddress } from "../host";
import { arenaAllocate, arenaMark, arenaRewind } from "../memory/arena";
import { rlpCount, rlpIsList, rlpItem, rlpLength, rlpNext, rlpPayload } from "../rlp/read";
import { rlpWriteListHeader, rlpWriteU64 } from "../rlp/write";
import { Fork, Invalid } from "../status";
import { wordCopy, wordFitsU64, wordFromAddress, wordLow, wordZero } from "../word/word";
import {
  fieldBytes,
  fieldInteger,
  fieldLength,
  fieldList,
  fieldPayload,
  fieldScalar,
  fieldsOpen,
  fieldsPosition,
  fieldU64,
  fieldWord,
} from "./fields";
import { scalarInRange, scalarIsLow } from "./signature";
import {
  Transaction,
  TYPE_ACCESS_LIST,
  TYPE_BLOB,
  TYPE_DYNAMIC_FEE,
  TYPE_LEGACY,
  TYPE_SET_CODE,
  transactionCreated,
  transactionHash,
  transactionMaxBlobFee,
  transactionMaxFee,
  transactionPriorityFee,
  transactionR,
  transactionS,
  transactionSender,
  transactionSigningHash,
  transactionTo,
  transactionValue,
} from "./transaction";

function typeSupported(type: u32, fork: u32): bool {
  switch (type) {
    case TYPE_ACCESS_LIST:
      return fork >= Fork.Berlin;
    case TYPE_DYNAMIC_FEE:
      return fork >= Fork.London;
    case TYPE_BLOB:
      return fork >= Fork.Cancun;
    case TYPE_SET_CODE:
      return fork >= Fork.Prague;
    default:
      return false;
  }
}

/** Items of a type's list, signature included. */
function fieldCount(type: u32): i32 {
  switch (type) {
    case TYPE_LEGACY:
      return 9;
    case TYPE_ACCESS_LIST:
      return 11;
    case TYPE_DYNAMIC_FEE:
      return 12;
    case TYPE_BLOB:
      return 14;
    default:
      return 13;
  }
}

/** The access list whose payload was just read: counts its addresses and keys. */
function decodeAccessList(t: Transaction): bool {
  t.accessList = <u32>fieldPayload;
  t.accessListLength = <u32>fieldLength;
  const end = fieldPayload + fieldLength;
  let at = fieldPayload;
  let addresses: u32 = 0;
  let keys: u32 = 0;
  while (at < end) {
    if (!rlpItem(at, end) || !rlpIsList) return false;
    const entryEnd = rlpPayload + rlpLength;
    if (!rlpItem(rlpPayload, entryEnd) || rlpIsList || rlpLength != 20) return false;
    if (!rlpItem(rlpNext, entryEnd) || !rlpIsList || rlpNext != entryEnd) return false;
    let key = rlpPayload;
    while (key < entryEnd) {
      if (!rlpItem(key, entryEnd) || rlpIsList || rlpLength != 32) return false;
      key = rlpNext;
      keys++;
    }
    addresses++;
    at = entryEnd;
  }
  t.accessListAddresses = addresses;
  t.accessListKeys = keys;
  return true;
}

function decodeBlobHashes(t: Transaction): bool {
  const hashes = arenaAllocate(fieldLength);
  t.blobHashes = <u32>hashes;
  const end = fieldPayload + fieldLength;
  let at = fieldPayload;
  let count: u32 = 0;
  while (at < end) {
    if (!rlpItem(at, end) || rlpIsList || rlpLength != 32) return false;
    memory.copy(hashes + ((<usize>count) << 5), rlpPayload, 32);
    at = rlpNext;
    count++;
  }
  t.blobCount = count;
  return true;
}

function isIntegerUpTo(bytes: usize): bool {
  if (rlpIsList || rlpLength > bytes) return false;
  return rlpLength == 0 || load<u8>(rlpPayload) != 0;
}

/** EIP-7702: chain id < 2^256, address of 20 bytes, nonce < 2^64, y parity < 2^8, r and s < 2^256. */
function decodeAuthorizations(t: Transaction): bool {
  t.authorizations = <u32>fieldPayload;
  t.authorizationsLength = <u32>fieldLength;
  const end = fieldPayload + fieldLength;
  let at = fieldPayload;
  let count: u32 = 0;
  while (at < end) {
    if (!rlpItem(at, end) || !rlpIsList) return false;
    const tupleEnd = rlpPayload + rlpLength;
    if (!rlpItem(rlpPayload, tupleEnd) || !isIntegerUpTo(32)) return false;
    if (!rlpItem(rlpNext, tupleEnd) || rlpIsList || rlpLength != 20) return false;
    if (!rlpItem(rlpNext, tupleEnd) || !isIntegerUpTo(8)) return false;
    if (!rlpItem(rlpNext, tupleEnd) || !isIntegerUpTo(1)) return false;
    if (!rlpItem(rlpNext, tupleEnd) || !isIntegerUpTo(32)) return false;
    if (!rlpItem(rlpNext, tupleEnd) || !isIntegerUpTo(32)) return false;
    if (rlpNext != tupleEnd) return false;
    count++;
    at = tupleEnd;
  }
  t.authorizationCount = count;
  return true;
}

/** `to` and value and data, in this order in every type. */
function decodeCall(t: Transaction): Invalid {
  if (!fieldBytes()) return Invalid.Malformed;
  if (fieldLength == 0) {
    t.isCreate = 1;
    wordZero(transactionTo(t));
  } else if (fieldLength == 20) {
    t.isCreate = 0;
    wordFromAddress(transactionTo(t), fieldPayload);
  } else {
    return Invalid.Malformed;
  }
  const problem = fieldWord(transactionValue(t), Invalid.ValueOverflow);
  if (problem != Invalid.None) return problem;
  if (!fieldBytes()) return Invalid.Malformed;
  t.data = <u32>fieldPayload;
  t.dataLength = <u32>fieldLength;
  t.dataNonZero = countNonZero(fieldPayload, fieldLength);
  return Invalid.None;
}

function countNonZero(bytes: usize, length: usize): u32 {
  let count: u32 = 0;
  const end = bytes + length;
  let at = bytes;
  const zero = i8x16.splat(0);
  for (; at + 16 <= end; at += 16) {
    count += 16 - <u32>popcnt(i8x16.bitmask(i8x16.eq(v128.load(at), zero)));
  }
  for (; at < end; at++) count += <u32>(load<u8>(at) != 0);
  return count;
}

function decodeNonce(t: Transaction): Invalid {
  const problem = fieldU64(Invalid.NonceOverflow);
  t.nonce = fieldInteger;
  return problem;
}

function decodeGasLimit(t: Transaction): Invalid {
  const problem = fieldU64(Invalid.GasLimitOverflow);
  t.gasLimit = fieldInteger;
  return problem;
}

function decodeLegacyFields(t: Transaction): Invalid {
  let problem = decodeNonce(t);
  if (problem != Invalid.None) return problem;
  problem = fieldWord(transactionMaxFee(t), Invalid.GasPriceOverflow);
  if (problem != Invalid.None) return problem;
  wordCopy(transactionPriorityFee(t), transactionMaxFee(t));
  problem = decodeGasLimit(t);
  if (problem != Invalid.None) return problem;
  return decodeCall(t);
}

function decodeTypedFields(t: Transaction): Invalid {
  let problem = fieldU64(Invalid.InvalidChainId);
  if (problem != Invalid.None) return problem;
  t.chainId = fieldInteger;
  t.hasChainId = 1;
  problem = decodeNonce(t);
  if (problem != Invalid.None) return problem;
  if (t.type == TYPE_ACCESS_LIST) {
    problem = fieldWord(transactionMaxFee(t), Invalid.GasPriceOverflow);
    if (problem != Invalid.None) return problem;
    wordCopy(transactionPriorityFee(t), transactionMaxFee(t));
  } else {
    problem = fieldWord(transactionPriorityFee(t), Invalid.GasPriceOverflow);
    if (problem != Invalid.None) return problem;
    problem = fieldWord(transactionMaxFee(t), Invalid.GasPriceOverflow);
    if (problem != Invalid.None) return problem;
  }
  problem = decodeGasLimit(t);
  if (problem != Invalid.None) return problem;
  problem = decodeCall(t);
  if (problem != Invalid.None) return problem;
  if (!fieldList() || !decodeAccessList(t)) return Invalid.Malformed;
  if (t.type == TYPE_BLOB) {
    problem = fieldWord(transactionMaxBlobFee(t), Invalid.GasPriceOverflow);
    if (problem != Invalid.None) return problem;
    if (!fieldList() || !decodeBlobHashes(t)) return Invalid.Malformed;
  } else if (t.type == TYPE_SET_CODE) {
    if (!fieldList()) return Invalid.Malformed;
    if (!decodeAuthorizations(t)) return Invalid.AuthorizationMalformed;
  }
  return Invalid.None;
}

/** No key has signed the block's transactions. */
function isSimulated(): bool {
  return (env().flags & FLAG_SIMULATED) != 0;
}

/** v of a legacy transaction: 27 and 28, or chain id and parity by EIP-155 from Spurious Dragon on. */
function decodeLegacyV(t: Transaction): Invalid {
  const v = transactionR(t);
  const problem = fieldWord(v, Invalid.InvalidSignature);
  if (problem != Invalid.None) return problem;
  const protectedAllowed = env().fork >= Fork.Spurious;
  if (!wordFitsU64(v)) return protectedAllowed ? Invalid.InvalidChainId : Invalid.InvalidSignature;
  const number = wordLow(v);
  if (number == 27 || number == 28) {
    t.hasChainId = 0;
    t.yParity = <u32>(number - 27);
    return Invalid.None;
  }
  if (number == 0 && isSimulated()) {
    t.hasChainId = 0;
    return Invalid.None;
  }
  // 0 and 1 are what unsigned transactions carry: no attempt at a chain id.
  if (!protectedAllowed || number < 2) return Invalid.InvalidSignature;
  if (number < 35) return Invalid.InvalidChainId;
  t.hasChainId = 1;
  t.chainId = (number - 35) >> 1;
  t.yParity = <u32>((number - 35) & 1);
  return Invalid.None;
}

/** Decodes y parity (or v), r and s, which end every type. */
function decodeSignature(t: Transaction): Invalid {
  if (t.type == TYPE_LEGACY) {
    const problem = decodeLegacyV(t);
    if (problem != Invalid.None) return problem;
  } else {
    const problem = fieldU64(Invalid.InvalidSignature);
    if (problem != Invalid.None) return problem;
    if (fieldInteger > 1) return Invalid.InvalidSignature;
    t.yParity = <u32>fieldInteger;
  }
  let problem = fieldScalar(transactionR(t));
  if (problem != Invalid.None) return problem;
  problem = fieldScalar(transactionS(t));
  if (problem != Invalid.None) return problem;
  if (t.hasChainId && t.chainId != env().chainId) return Invalid.InvalidChainId;
  if (isSimulated()) return Invalid.None;
  if (!scalarInRange(transactionR(t)) || !scalarInRange(transactionS(t))) return Invalid.InvalidSignature;
  if (env().fork >= Fork.Homestead && !scalarIsLow(transactionS(t))) return Invalid.InvalidSignature;
  return Invalid.None;
}

/**
 * Both hashes of the transaction. The signed message is the list without its last three fields; what stands
 * before them is contiguous in the envelope and canonical, so that it is copied behind a new header.
 */
function hashTransaction(t: Transaction, fields: usize, signature: usize): void {
  const mark = arenaMark();
  let length = signature - fields;
  const buffer = arenaAllocate(length + 48);
  // The longest header is 9 bytes, the type 1; chain id and two zeros are 11 at most.
  const body = buffer + 16;
  memory.copy(body, fields, length);
  if (t.type == TYPE_LEGACY && t.hasChainId) {
    const tail = rlpWriteU64(body + length, t.chainId);
    store<u8>(tail, 0x80);
    store<u8>(tail + 1, 0x80);
    length = tail + 2 - body;
  }
  const headerLength = rlpWriteListHeader(buffer, <u32>length) - buffer;
  let start = body - headerLength;
  memory.copy(start, buffer, headerLength);
  if (t.type != TYPE_LEGACY) store<u8>(--start, <u8>t.type);
  keccak256Pair(
    transactionSigningHash(t),
    start,
    <u32>(body + length - start),
    transactionHash(t),
    t.raw,
    t.rawLength,
  );
  arenaRewind(mark);
}

/** Transaction hash of a transaction whose sender was given, where decoding does not compute it. */
export function transactionComputeHash(t: Transaction): void {
  keccak256(transactionHash(t), t.raw, t.rawLength);
}

/** Recovers the sender by the host's library. */
export function transactionRecoverSender(t: Transaction): void {
  // The place of the created contract is free until execution.
  const address = transactionCreated(t);
  if (recoverAddress(transactionSigningHash(t), transactionR(t), transactionS(t), t.yParity, address)) {
    wordFromAddress(transactionSender(t), address);
  } else {
    t.invalid = Invalid.InvalidSignature;
  }
}

function decodeEnvelope(t: Transaction): Invalid {
  let at: usize = t.raw;
  const end = at + t.rawLength;
  if (t.rawLength == 0) return Invalid.Malformed;
  const first = load<u8>(at);
  if (first >= 0xc0) {
    t.type = TYPE_LEGACY;
  } else {
    // 0x80 to 0xbf begin an RLP string, which is no envelope of any type.
    t.type = first;
    if (!typeSupported(first, env().fork)) return Invalid.TypeNotSupported;
    at++;
  }
  if (!rlpItem(at, end) || !rlpIsList || rlpNext != end) return Invalid.Malformed;
  const fields = rlpPayload;
  fieldsOpen(fields, rlpLength);
  if (rlpCount(fields, end) != fieldCount(t.type)) return Invalid.Malformed;
  let problem = t.type == TYPE_LEGACY ? decodeLegacyFields(t) : decodeTypedFields(t);
  if (problem != Invalid.None) return problem;
  const signature = fieldsPosition();
  problem = decodeSignature(t);
  if (problem != Invalid.None) return problem;
  if (!t.senderGiven) hashTransaction(t, fields, signature);
  return Invalid.None;
}

/**
 * Fills the decoded part of `t` from its envelope. Forms are strict: an item too many or too few, an integer
 * with a leading zero or a length that is not minimal make it Malformed. Types follow the block's fork. Where no sender
 * is given both hashes are computed. The outcome stands in `t.invalid`; true = the sender is still to be recovered.
 */
export function transactionRead(t: Transaction): bool {
  // What the host gives stands before it.
  const found = offsetof<Transaction>("type");
  memory.fill(changetype<usize>(t) + found, 0, offsetof<Transaction>() - found);
  t.invalid = decodeEnvelope(t);
  return t.invalid == Invalid.None && t.senderGiven == 0;
}

/** As `transactionRead`, and recovers the sender. */
export function transactionDecode(t: Transaction): Invalid {
  if (transactionRead(t)) transactionRecoverSender(t);
  return <Invalid>t.invalid;
}
