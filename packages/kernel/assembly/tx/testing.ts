// What test/tx-*.test.ts call.

export { beginArena, resetBlockChunks } from "../memory/arena";
export { initialiseKeccak } from "../hash/keccak";
export { transactionComputeHash, transactionDecode } from "./decode";
