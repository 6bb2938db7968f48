// Numbers that cross the border to the host. packages/kernel/src/codes.ts names them for TypeScript.

/** Why a transaction's run was given up before its end (host.abortTransaction). */
export enum Abort {
  /** A location's value is not in the cache: detail = its record. Run again when the value has come. */
  Cold = 1,
  /** Read an estimate, a value that an earlier aborted transaction will write again: detail = its index. */
  Estimate = 2,
  /** Must see the state of all earlier transactions (touches the fee recipient's balance): run in its turn. */
  NeedsTurn = 3,
  /** The block was cancelled (AbortSignal, another worker died). */
  Cancelled = 4,
  /** An index table is full: detail = which. The host grows it and runs the block again. */
  IndexFull = 5,
  /** A state root between transactions needs trie nodes that are not in the cache (trie/missing.ts lists them). */
  MissingNodes = 6,
}

/** Which locations are tried as deltas (docs/deltas.md); the host's choice stands in Control.deltas. */
export enum Deltas {
  /** Those on which conflicts were met. */
  Learned = 0,
  Off = 1,
  /** All: for tests. */
  Always = 2,
}

/** For which calls locations are predicted (docs/predictor.md); the host's choice stands in Control.predictor. */
export enum Predictor {
  /** Those that have met conflicts. */
  Learned = 0,
  Off = 1,
  /** All: for tests. */
  Always = 2,
}

/** How a frame or a transaction's outermost frame ended. */
export enum Halt {
  Success = 0,
  Revert = 1,
  OutOfGas = 2,
  StackUnderflow = 3,
  StackOverflow = 4,
  InvalidOpcode = 5,
  InvalidJump = 6,
  StaticViolation = 7,
  ReturnDataOutOfBounds = 8,
  CallDepth = 9,
  InsufficientBalance = 10,
  CreateCollision = 11,
  CodeSize = 12,
  InvalidCode = 13,
  NonceOverflow = 14,
  PrecompileFailure = 15,
  InitcodeSize = 16,
  /** A creation cannot pay for the code that it has made. */
  CodeDepositOutOfGas = 17,
}

/** Why a transaction is not valid in its block. Names are those of the execution-spec tests. 0 = valid. */
export enum Invalid {
  None = 0,
  Malformed = 1,
  TypeNotSupported = 2,
  InvalidSignature = 3,
  InvalidChainId = 4,
  NonceTooLow = 5,
  NonceTooHigh = 6,
  NonceIsMax = 7,
  InsufficientFunds = 8,
  IntrinsicGasTooLow = 9,
  FloorGasTooLow = 10,
  InitcodeSizeExceeded = 11,
  SenderNotEoa = 12,
  MaxFeeBelowBaseFee = 13,
  PriorityAboveMaxFee = 14,
  GasAllowanceExceeded = 15,
  GasLimitAboveMaximum = 16,
  MaxBlobFeeTooLow = 17,
  NoBlobs = 18,
  TooManyBlobs = 19,
  BlobGasAllowanceExceeded = 20,
  BlobVersion = 21,
  BlobCreate = 22,
  EmptyAuthorizations = 23,
  AuthorizationCreate = 24,
  GasPriceTimesLimitOverflow = 25,
  ValueOverflow = 26,
  NonceOverflow = 27,
  GasLimitOverflow = 28,
  AuthorizationMalformed = 29,
  GasPriceOverflow = 30,
  /** From here on it is the block that is not valid. EIP-7002 and EIP-7251 demand their contracts. */
  SystemContractEmpty = 64,
  SystemCallFailed = 65,
  DepositEventLayout = 66,
  /** More addresses and storage keys than the gas limit allows (EIP-7928). */
  AccessListTooLarge = 67,
}

/**
 * Forks in order; `fork >= Fork.Berlin` reads as "from Berlin on". A namespace, because enum members are signed and
 * forks are kept in u32 fields. Block numbers and times are the engine's.
 */
export namespace Fork {
  export const Frontier: u32 = 0;
  export const Homestead: u32 = 1;
  /** EIP-150, Tangerine Whistle. */
  export const Tangerine: u32 = 2;
  /** EIP-158, Spurious Dragon. */
  export const Spurious: u32 = 3;
  export const Byzantium: u32 = 4;
  /** With EIP-1283. */
  export const Constantinople: u32 = 5;
  export const Petersburg: u32 = 6;
  export const Istanbul: u32 = 7;
  export const Berlin: u32 = 8;
  export const London: u32 = 9;
  export const Paris: u32 = 10;
  export const Shanghai: u32 = 11;
  export const Cancun: u32 = 12;
  export const Prague: u32 = 13;
  export const Osaka: u32 = 14;
  export const Amsterdam: u32 = 15;
}

/**
 * EIPs from Amsterdam on, bits of BlockEnv.eips: their texts still move, so that code asks for the EIP and not for the
 * fork. Which ones a fork is made of says packages/engine/src/forks.ts; `hasEip(Eip.E7708)` (block/env.ts) asks.
 */
export namespace Eip {
  /** Transfers and burns of ether leave logs. */
  export const E7708: u32 = 1;
  /** The block counts gas before refunds. */
  export const E7778: u32 = 2;
  /** SLOTNUM. */
  export const E7843: u32 = 4;
  /** Block access lists. */
  export const E7928: u32 = 8;
  /** Larger code and initcode. */
  export const E7954: u32 = 16;
  /** The floor of calldata is 64 gas a byte. */
  export const E7976: u32 = 32;
  /** Access lists count as data. */
  export const E7981: u32 = 64;
  /** DUPN, SWAPN, EXCHANGE. */
  export const E8024: u32 = 128;
  /** State gas. */
  export const E8037: u32 = 256;
}
