// EIP-6110: deposits to the beacon chain, read from the logs of the deposit contract.

import { arenaAllocate } from "../memory/arena";
import { Log, logData, logTopics } from "../state/local";
import { Halt } from "../status";
import { wordEquals, wordIsZero } from "../word/word";
import { ENV_DEPOSIT_CONTRACT, env } from "./env";
import { BLOCK_RESULT, BlockResult, blockResult } from "./result";
import { mainnetDepositAddress } from "./system-contracts";
import { blockTransaction } from "./transactions";

/** A request: public key 48, withdrawal credentials 32, amount 8, signature 96, index 8 bytes. */
const REQUEST_BYTES: u32 = 192;
/** ABI encoding of the event's five byte strings. */
const EVENT_BYTES: u32 = 576;

const DEPOSIT_LOGGED: usize = BLOCK_RESULT + offsetof<BlockResult>("depositLogged");

/** Topic of DepositEvent(bytes,bytes,bytes,bytes,bytes): 0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5. */
function isDepositTopic(topic: usize): bool {
  return (
    load<u64>(topic) == 0xa790803be39038c5 &&
    load<u64>(topic, 8) == 0xe7e1ee912fc0889a &&
    load<u64>(topic, 16) == 0xafea4e5cd82d4049 &&
    load<u64>(topic, 24) == 0x649bbc62d0e31342
  );
}

function isDepositEvent(log: Log): bool {
  return log.topicCount != 0 && isDepositTopic(logTopics(changetype<usize>(log)));
}

/**
 * Told of every log, by its first topic: most blocks have no deposit, and whoever ends them need not go through all their
 * logs, alone and with nothing of them at hand.
 */
export function depositsNoteLog(topic: usize): void {
  if (isDepositTopic(topic)) atomic.store<u32>(DEPOSIT_LOGGED, 1);
}

/** The 32-byte big-endian integer at `at` is `value`. */
function isNumber(at: usize, value: u32): bool {
  return (
    (load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16)) == 0 && bswap(load<u64>(at, 24)) == <u64>value
  );
}

/** Copies a byte string of the event, which stands where and is as long as the contract writes it. */
function copyField(out: usize, data: usize, field: u32, offset: u32, length: u32): bool {
  if (!isNumber(data + <usize>field * 32, offset) || !isNumber(data + offset, length)) return false;
  memory.copy(out, data + offset + 32, length);
  return true;
}

/** The request of one log; false where its layout is not the deposit contract's. */
function copyRequest(out: usize, log: Log): bool {
  if (log.dataLength != EVENT_BYTES) return false;
  const data = logData(changetype<usize>(log));
  return (
    copyField(out, data, 0, 160, 48) &&
    copyField(out + 48, data, 1, 256, 32) &&
    copyField(out + 80, data, 2, 320, 8) &&
    copyField(out + 88, data, 3, 384, 96) &&
    copyField(out + 184, data, 4, 512, 8)
  );
}

/**
 * Leaves the deposit requests of the committed transactions in the result. False where a log of the deposit
 * contract is malformed, which makes the block invalid.
 */
export function collectDeposits(): bool {
  if (atomic.load<u32>(DEPOSIT_LOGGED) == 0) return true;
  let contract = ENV_DEPOSIT_CONTRACT;
  if (wordIsZero(contract)) {
    contract = arenaAllocate(32);
    mainnetDepositAddress(contract);
  }
  let count: u32 = 0;
  for (let pass = 0; pass < 2; pass++) {
    let out: usize = 0;
    if (pass == 1) {
      out = arenaAllocate(<usize>count * REQUEST_BYTES + 8);
      blockResult().depositRequests = <u32>out;
      blockResult().depositRequestsLength = count * REQUEST_BYTES;
    }
    for (let i: u32 = 0; i < env().transactionCount; i++) {
      const t = blockTransaction(i);
      if (t.status != Halt.Success) continue;
      for (let at: usize = t.logs; at != 0; at = changetype<Log>(at).next) {
        const log = changetype<Log>(at);
        if (!wordEquals(at + offsetof<Log>("address0"), contract) || !isDepositEvent(log)) continue;
        if (pass == 0) {
          count++;
        } else {
          if (!copyRequest(out, log)) return false;
          out += REQUEST_BYTES;
        }
      }
    }
    if (count == 0) break;
  }
  return true;
}
