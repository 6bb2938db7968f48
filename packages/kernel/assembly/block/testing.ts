// What test/block-*.test.ts and test/receipt-*.test.ts call: whole blocks and their parts, over the state's own doors.

export { initialiseBlake2 } from "../hash/blake2";
export { initialiseKeccak } from "../hash/keccak";
export * from "../layouts";
export { arenaAllocate, beginArena, resetBlockChunks, setWorkerId } from "../memory/arena";
export { versionPublish } from "../parallel/publish";
export * from "../state/host";
export { setViewMode } from "../state/mode";
export {
  accountBalance,
  accountCode,
  accountExists,
  accountNonce,
  slotValue,
  viewAccount,
  viewBegin,
  viewEnd,
  viewSlot,
} from "../state/view";
export { initialiseTrie } from "../trie/commit";
export { transactionComputeHash, transactionDecode } from "../tx/decode";
export { transactionExecute } from "../tx/execute";
export { receiptEncode } from "../tx/receipt";
export { codeIntern, initialiseCode } from "../vm/code";
export { resultReset } from "./result";
export { runBlockSequential } from "./run";
