// What the state room's tests call.

import { ENV_COINBASE, env } from "../block/env";
import { initialiseKeccak } from "../hash/keccak";
import { arenaAllocate, beginArena, resetBlockChunks, setWorkerId } from "../memory/arena";
import { control } from "../memory/layout";
import { initialiseCode } from "../vm/code";
import { wordCopy } from "../word/word";
import { changesForget } from "./apply";
import { Execution } from "./execution";
import { internReset } from "./host";
import { setViewMode } from "./mode";

export * from "../parallel/publish";
export * from "../parallel/reads";
export * from "../parallel/versions";
export { codeFind, codeHash, codeIntern, EMPTY_CODE } from "../vm/code";
export * from "./apply";
export * from "./changes";
export { ACCOUNT_CHANGE_SIZE, SLOT_CHANGE_SIZE } from "./changes-layout";
export { codesEvict, internEvict } from "./evict";
export * from "./host";
export * from "./intern";
export { logData, logTopics } from "./local";
export * from "./predicates";
export { setRacing } from "./races";
export * from "./view";
export { arenaAllocate, beginArena, setViewMode, setWorkerId };

/** Sets up an empty state. */
export function testState(seed: u64, coldSource: u32): void {
  const shared = control();
  shared.memoryLimit = 1 << 30;
  shared.epoch = 1;
  shared.seed = seed;
  shared.coldSource = coldSource;
  initialiseKeccak();
  initialiseCode();
  internReset();
}

/** Begins a block, the one before being finished. */
export function testBlock(fork: u32, coinbase: usize): void {
  control().epoch += 1;
  resetBlockChunks();
  beginArena();
  changesForget();
  env().fork = fork;
  wordCopy(ENV_COINBASE, coinbase);
}

export function testCount(which: u32): u32 {
  return which == 0 ? control().accountCount : control().slotCount;
}

export function testIncarnation(execution: usize, incarnation: u32): void {
  changetype<Execution>(execution).incarnation = incarnation;
}

export function testExecutionFirstLog(execution: usize): u32 {
  return changetype<Execution>(execution).firstLog;
}

export function testCacheBytes(): u64 {
  return control().cacheBytes;
}

export function testMemoryLimit(bytes: u64): void {
  control().memoryLimit = bytes;
}

export function testEpoch(): u32 {
  return control().epoch;
}
