// What the tests of this room and its bench need from outside.

export { env } from "../block/env";
export { initialiseKeccak } from "../hash/keccak";
export { beginArena, resetBlockChunks } from "../memory/arena";
export { control } from "../memory/layout";
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
export { codeFind, codeIndexGrow, codeIntern, EMPTY_CODE, initialiseCode } from "./code";
export { vmBeginTransaction } from "./context";
export { codeDecoded, decode, decodedSize } from "./decode";
