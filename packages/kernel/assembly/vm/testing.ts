// What the tests of this room and its bench need from outside.

import { env } from "../block/env";
import { initialiseBlake2 } from "../hash/blake2";
import { initialiseKeccak } from "../hash/keccak";
import { allocateChunks, beginArena, resetBlockChunks } from "../memory/arena";
import { Chunk, control } from "../memory/layout";
import { internReset } from "../state/host";
import { viewBegin } from "../state/view";
import { initialiseCode } from "./code";
import { vmBeginTransaction } from "./context";

export { ENV_BASE_FEE, ENV_BLOB_BASE_FEE, ENV_COINBASE, ENV_DIFFICULTY } from "../block/env";
export { arenaAllocate, arenaMark, arenaRewind } from "../memory/arena";
export { BLOCK_ENV, OPCODE_TABLE } from "../memory/layout";
export { stateLoadAccount, stateLoadSlot } from "../state/host";
export * from "../state/view";
export {
  createAddress,
  createAddress2,
  resultGasLeft,
  resultOutput,
  resultOutputLength,
  runCall,
  runCreate,
} from "./call";
export { codeFind, codeHash, codeIndexGrow, codeIntern, codeIsDelegation, EMPTY_CODE } from "./code";
export { vmBeginTransaction } from "./context";
export { codeDecoded, decode, decodedSize } from "./decode";

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

/** Begins a transaction under the rules of `fork`; ORIGIN and GASPRICE give what stands at the pointers. */
export function begin(
  fork: u32,
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
  env().flags = stepping ? 1 : 0;
  viewBegin(1);
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

/** 512 KiB that stay. */
export function testChunk(): usize {
  return allocateChunks(2, Chunk.Worker);
}
