// What test/block-*.test.ts and test/receipt-*.test.ts call: whole blocks and their parts, over the state's own doors.

import { initialiseCurve } from "../curve/initialise";
import { initialiseBlake2 } from "../hash/blake2";
import { initialiseKeccak } from "../hash/keccak";
import { initialiseSha256 } from "../hash/sha256";
import { beginArena, resetBlockChunks } from "../memory/arena";
import { BLOCK_ENV, control } from "../memory/layout";
import { internReset } from "../state/host";
import { initialiseTrie } from "../trie/commit";
import { initialiseCode } from "../vm/code";
import { BLOCK_RESULT, resultReset } from "./result";

export * from "../layouts";
export { arenaAllocate } from "../memory/arena";
export { versionPublish } from "../parallel/publish";
export { stateLoadAccount, stateLoadSlot } from "../state/host";
export { setViewMode } from "../state/mode";
export {
  accountBalance,
  accountCode,
  accountCodeHash,
  accountExists,
  accountNonce,
  slotValue,
  viewAccount,
  viewBegin,
  viewEnd,
  viewExecution,
  viewSlot,
} from "../state/view";
export { transactionInspect } from "../tx/check";
export { transactionComputeHash, transactionDecode } from "../tx/decode";
export { togetherBegin, togetherEnd, transactionDecodeTogether } from "../tx/decode-together";
export { transactionExecute } from "../tx/execute";
export { receiptEncode } from "../tx/receipt";
export { codeIntern } from "../vm/code";
export { commitTransaction } from "./commit";
export { runBlockSequential } from "./run";
export * from "./testing-layouts";
export { blockTransactions } from "./transactions";

/** Sets up an empty state; the opcode table is the host's to write. */
export function prepare(): void {
  const shared = control();
  shared.memoryLimit = 0xffff0000;
  shared.epoch = 1;
  shared.seed = 0x1234567890abcdef;
  initialiseKeccak();
  initialiseBlake2();
  initialiseSha256();
  initialiseCurve();
  initialiseTrie();
  initialiseCode();
  internReset();
}

/** Begins a block: memory and versions of the one before are gone. */
export function openBlock(): void {
  control().epoch += 1;
  resetBlockChunks();
  beginArena();
  memory.fill(BLOCK_ENV, 0, BLOCK_RESULT - BLOCK_ENV);
  resultReset();
}
