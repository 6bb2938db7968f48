// What the tests of this room and its bench need from outside.

import { env } from "../block/env";
import { initialiseBlake2 } from "../hash/blake2";
import { initialiseKeccak } from "../hash/keccak";
import { allocateChunks, arenaMark, arenaRewind, beginArena, resetBlockChunks } from "../memory/arena";
import { Chunk, control } from "../memory/layout";
import { currentExecution } from "../state/current";
import { internReset } from "../state/host";
import { KNOWN_SLOT, LocalSlot } from "../state/local";
import { allowDeltas, MODE_PARALLEL, setViewMode } from "../state/mode";
import { SlotRecord } from "../state/records";
import { viewBegin } from "../state/view";
import { Deltas, Halt } from "../status";
import { resultGasLeft, runCall } from "./call";
import { initialiseCode } from "./code";
import { vmBeginTransaction, vmTrace } from "./context";
import { Op } from "./opcode";

export { ENV_BASE_FEE, ENV_BLOB_BASE_FEE, ENV_COINBASE, ENV_DIFFICULTY } from "../block/env";
export { keccak256 } from "../hash/keccak";
export { arenaAllocate, arenaMark, arenaRewind, setWorkerId } from "../memory/arena";
export { BLOCK_ENV, OPCODE_TABLE } from "../memory/layout";
export { codesEvict } from "../state/evict";
export { stateLoadAccount, stateLoadSlot } from "../state/host";
export { logData, logTopics } from "../state/local";
export { setViewMode } from "../state/mode";
export { predicatesHold } from "../state/predicates";
export * from "../state/view";
export {
  resultGasLeft,
  resultOutput,
  resultOutputLength,
  runCall,
  runCreate,
} from "./call";
export { codeFind, codeHash, codeIndexGrow, codeIntern, codeIsDelegation, EMPTY_CODE } from "./code";
export { vmBeginTransaction } from "./context";
export { createAddress, createAddress2 } from "./create-address";
export { codeDecoded, decode, decodedSize } from "./decode";
export { keccak256OfPair } from "./mapping-slots";
export { stateGasLeft, stateGasSpilled } from "./state-gas";

/** Sets up an empty state; the opcode table is the host's to write. */
export function prepare(): void {
  const shared = control();
  shared.memoryLimit = 0xffff0000;
  shared.epoch = 1;
  shared.seed = 0x1234567890abcdef;
  initialiseKeccak();
  initialiseBlake2();
  initialiseCode();
  internReset();
}

/** Forgets all accounts and slots. */
export function forget(): void {
  internReset();
}

export function setSlotNumber(slot: u64): void {
  env().slotNumber = slot;
}

/** Begins a transaction under the rules of `fork` and `eips`; ORIGIN and GASPRICE give what stands at the pointers. */
export function begin(
  fork: u32,
  eips: u32,
  stepping: bool,
  origin: usize,
  gasPrice: usize,
  hashes: usize,
  count: u32,
): void {
  resetBlockChunks();
  // What a worker keeps in the block's chunks is tagged with the epoch.
  control().epoch += 1;
  beginArena();
  env().fork = fork;
  env().eips = eips;
  viewBegin(1);
  vmTrace(stepping);
  vmBeginTransaction(origin, gasPrice, hashes, count);
}

export function setBlock(number: u64, timestamp: u64, gasLimit: u64, chainId: u64, hashes: usize): void {
  const block = env();
  block.number = number;
  block.timestamp = timestamp;
  block.gasLimit = gasLimit;
  block.chainId = chainId;
  block.blockHashes = <u32>hashes;
}

/** Chunks of 256 KiB that stay. */
export function testChunk(count: u32): usize {
  return allocateChunks(count, Chunk.Worker);
}

/**
 * `count` transactions' worth of calls for the bench: the i-th is from the i-th of `callers` (words, taken in turn)
 * with the i-th input of `inputLength` bytes. Returns the gas used by all, or the number of the call that failed,
 * negative.
 */
export function repeatCalls(
  count: u32,
  callers: usize,
  callerCount: u32,
  recipient: usize,
  inputs: usize,
  inputLength: u32,
  zero: usize,
  gas: u64,
): i64 {
  let used: u64 = 0;
  const mark = arenaMark();
  for (let i: u32 = 0; i < count; i++) {
    arenaRewind(mark);
    const at = i % callerCount;
    viewBegin(1);
    vmBeginTransaction(zero, zero, 0, 0);
    const caller = callers + ((<usize>at) << 5);
    const input = inputs + <usize>at * inputLength;
    if (
      runCall(Op.CALL, caller, recipient, recipient, zero, zero, input, inputLength, gas, false) !=
      Halt.Success
    ) {
      return -1 - <i64>i;
    }
    used += gas - resultGasLeft;
  }
  return <i64>used;
}

/** 1 = what is not in memory is asked of the host. */
export function setColdSource(cold: u32): void {
  control().coldSource = cold;
}

export function cacheBytes(): u64 {
  return control().cacheBytes;
}

/** Gives the block up, or takes that back. */
export function setCancelled(cancelled: u32): void {
  control().cancelled = cancelled;
}

/** After `begin`: every slot is tried as a delta, as in speculative executions. */
export function tryDeltas(): void {
  control().deltas = Deltas.Always;
  setViewMode(MODE_PARALLEL);
  allowDeltas();
}

/** The newest slot that the running transaction has read, or with `after` the one before that; 0 = there is none. */
export function slotBefore(after: usize): usize {
  let s: usize = after == 0 ? currentExecution().slots : changetype<LocalSlot>(after).previous;
  while (s != 0 && (changetype<LocalSlot>(s).flags & KNOWN_SLOT) == 0) s = changetype<LocalSlot>(s).previous;
  return s;
}

/** Address of the word that is the slot's key. */
export function slotKey(s: usize): usize {
  return <usize>changetype<LocalSlot>(s).record + offsetof<SlotRecord>("key0");
}

export function slotAccount(s: usize): usize {
  return changetype<LocalSlot>(s).account;
}

export function firstLog(): usize {
  return currentExecution().firstLog;
}
