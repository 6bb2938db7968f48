// What each instruction's operands are.

/** What an operand is, so that it is usually given a value that makes sense. Uppermost first. */
export type Kind =
  | "offset"
  | "size"
  | "address"
  | "slot"
  | "word"
  | "gas"
  | "value"
  | "small"
  | "block"
  | "returned";

const COPY: Kind[] = ["offset", "offset", "size"];
/** By the instruction's name; those that are not here take any words. */
export const OPERANDS: Readonly<Record<string, readonly Kind[]>> = {
  BYTE: ["small", "word"],
  SIGNEXTEND: ["small", "word"],
  SHL: ["small", "word"],
  SHR: ["small", "word"],
  SAR: ["small", "word"],
  EXP: ["word", "small"],
  KECCAK256: ["offset", "size"],
  BALANCE: ["address"],
  CALLDATALOAD: ["offset"],
  CALLDATACOPY: COPY,
  CODECOPY: COPY,
  EXTCODESIZE: ["address"],
  EXTCODECOPY: ["address", ...COPY],
  RETURNDATACOPY: ["offset", "returned", "returned"],
  EXTCODEHASH: ["address"],
  BLOCKHASH: ["block"],
  BLOBHASH: ["small"],
  MLOAD: ["offset"],
  MSTORE: ["offset", "word"],
  MSTORE8: ["offset", "word"],
  SLOAD: ["slot"],
  SSTORE: ["slot", "word"],
  TLOAD: ["slot"],
  TSTORE: ["slot", "word"],
  MCOPY: COPY,
  CREATE: ["value", "offset", "size"],
  CREATE2: ["value", "offset", "size", "small"],
  CALL: ["gas", "address", "value", "offset", "size", "offset", "size"],
  CALLCODE: ["gas", "address", "value", "offset", "size", "offset", "size"],
  DELEGATECALL: ["gas", "address", "offset", "size", "offset", "size"],
  STATICCALL: ["gas", "address", "offset", "size", "offset", "size"],
  RETURN: ["offset", "size"],
  REVERT: ["offset", "size"],
  SELFDESTRUCT: ["address"],
  LOG0: ["offset", "size"],
  LOG1: ["offset", "size", "word"],
  LOG2: ["offset", "size", "word", "word"],
  LOG3: ["offset", "size", "word", "word", "word"],
  LOG4: ["offset", "size", "word", "word", "word", "word"],
};
