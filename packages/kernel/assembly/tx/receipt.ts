// Receipts and their encoding: EIP-2718 envelopes, status from Byzantium on (EIP-658), state root before.

import { env } from "../block/env";
import { keccak256 } from "../hash/keccak";
import { arenaAllocate } from "../memory/arena";
import { rlpWriteListHeader, rlpWriteU64 } from "../rlp/write";
import { Log, logData, logTopics } from "../state/local";
import { Fork, Halt } from "../status";
import { wordToAddress, wordToBytes } from "../word/word";
import { bloomAdd, bloomBegin, bloomEnd } from "./bloom";
import { Transaction, TYPE_LEGACY, transactionStateRoot } from "./transaction";

const BLOOM_BYTES: u32 = 256;
const ADDRESS_ITEM: u32 = 21;
const HASH_ITEM: u32 = 33;
/** String header of 256 bytes. */
const BLOOM_ITEM: u32 = 3 + BLOOM_BYTES;

function headerLength(payload: u32): u32 {
  return payload < 56 ? 1 : 2 + ((31 - <u32>clz(payload)) >> 3);
}

function bytesItemLength(bytes: usize, length: u32): u32 {
  if (length == 1 && load<u8>(bytes) < 0x80) return 1;
  return headerLength(length) + length;
}

function u64ItemLength(value: u64): u32 {
  if (value < 0x80) return 1;
  return 1 + 8 - <u32>(clz(value) >> 3);
}

function writeBytes(out: usize, bytes: usize, length: u32): usize {
  if (length == 1 && load<u8>(bytes) < 0x80) {
    store<u8>(out, load<u8>(bytes));
    return out + 1;
  }
  let at = out;
  if (length < 56) {
    store<u8>(at++, <u8>(0x80 + length));
  } else {
    const lengthBytes: u32 = headerLength(length) - 1;
    store<u8>(at++, <u8>(0xb7 + lengthBytes));
    for (let i: u32 = lengthBytes; i > 0; i--) store<u8>(at++, <u8>(length >> ((i - 1) << 3)));
  }
  memory.copy(at, bytes, length);
  return at + length;
}

function topicsPayload(log: Log): u32 {
  return log.topicCount * HASH_ITEM;
}

function logPayload(log: Log): u32 {
  const topics = topicsPayload(log);
  const data = bytesItemLength(logData(changetype<usize>(log)), log.dataLength);
  return ADDRESS_ITEM + headerLength(topics) + topics + data;
}

/** Bytes of all logs' RLP items, without the header of their list. */
function logsPayload(firstLog: usize): u32 {
  let length: u32 = 0;
  for (let at = firstLog; at != 0; at = changetype<Log>(at).next) {
    const payload = logPayload(changetype<Log>(at));
    length += headerLength(payload) + payload;
  }
  return length;
}

/** Writes one log; adds address and topics to `bloom` unless that is 0. */
function writeLog(out: usize, log: Log, bloom: usize): usize {
  const pointer = changetype<usize>(log);
  const topics = log.topicCount;
  let at = rlpWriteListHeader(out, logPayload(log));
  store<u8>(at, 0x94);
  const address = at + 1;
  wordToAddress(address, pointer + offsetof<Log>("address0"));
  at = rlpWriteListHeader(at + ADDRESS_ITEM, topicsPayload(log));
  const topicItems = at;
  for (let i: u32 = 0; i < topics; i++) {
    store<u8>(at, 0xa0);
    wordToBytes(at + 1, logTopics(pointer) + ((<usize>i) << 5));
    at += HASH_ITEM;
  }
  if (bloom != 0) {
    bloomAdd(bloom, address, 20);
    for (let i: u32 = 0; i < topics; i++) bloomAdd(bloom, topicItems + i * HASH_ITEM + 1, 32);
  }
  return writeBytes(at, logData(pointer), log.dataLength);
}

/** Writes the items of a list of logs; returns their end. */
function writeLogs(out: usize, firstLog: usize, bloom: usize): usize {
  let at = out;
  if (bloom != 0) bloomBegin();
  for (let log = firstLog; log != 0; log = changetype<Log>(log).next) {
    at = writeLog(at, changetype<Log>(log), bloom);
  }
  if (bloom != 0) bloomEnd(bloom);
  return at;
}

/**
 * Encodes the receipt of a committed transaction into the block arena: `t.receipt`, `t.receiptLength` and
 * `t.bloom`, which points to the filter inside it. Any worker may do it, once `cumulativeGas` (and before
 * Byzantium the state root) is set.
 */
export function receiptEncode(t: Transaction): void {
  const byStatus = env().fork >= Fork.Byzantium;
  const logs = logsPayload(t.logs);
  const payload =
    (byStatus ? 1 : HASH_ITEM) + u64ItemLength(t.cumulativeGas) + BLOOM_ITEM + headerLength(logs) + logs;
  const out = arenaAllocate(1 + headerLength(payload) + payload);
  let at = out;
  if (t.type != TYPE_LEGACY) store<u8>(at++, <u8>t.type);
  at = rlpWriteListHeader(at, payload);
  if (byStatus) {
    store<u8>(at++, t.status == Halt.Success ? 1 : 0x80);
  } else {
    store<u8>(at, 0xa0);
    memory.copy(at + 1, transactionStateRoot(t), 32);
    at += HASH_ITEM;
  }
  at = rlpWriteU64(at, t.cumulativeGas);
  store<u8>(at, 0xb9);
  store<u8>(at + 1, 0x01);
  store<u8>(at + 2, 0x00);
  const bloom = at + 3;
  memory.fill(bloom, 0, BLOOM_BYTES);
  at = rlpWriteListHeader(bloom + BLOOM_BYTES, logs);
  at = writeLogs(at, t.logs, bloom);
  t.receipt = <u32>out;
  t.receiptLength = <u32>(at - out);
  t.bloom = <u32>bloom;
}

/** keccak256 of the RLP list of the logs of `count` transactions (an array of pointers): what state tests state. */
export function logsHash(result: usize, transactions: usize, count: u32): void {
  let payload: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    payload += logsPayload(changetype<Transaction>(<usize>load<u32>(transactions + ((<usize>i) << 2))).logs);
  }
  const out = arenaAllocate(9 + <usize>payload);
  let at = rlpWriteListHeader(out, payload);
  for (let i: u32 = 0; i < count; i++) {
    at = writeLogs(at, changetype<Transaction>(<usize>load<u32>(transactions + ((<usize>i) << 2))).logs, 0);
  }
  keccak256(result, out, <u32>(at - out));
}
