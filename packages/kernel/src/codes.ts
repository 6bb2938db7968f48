// Numbers that cross the border between kernel and host, named for TypeScript. They are those of
// assembly/status.ts, memory/layout.ts and parallel/scheduler-layout.ts (a test compares them); the comments stand there.

/** Why a transaction's run was given up before its end (host.abortTransaction). */
export const Abort = {
  Cold: 1,
  Estimate: 2,
  NeedsTurn: 3,
  Cancelled: 4,
  IndexFull: 5,
  MissingNodes: 6,
} as const;
export type Abort = (typeof Abort)[keyof typeof Abort];

/** Which locations are tried as deltas (docs/deltas.md). */
export const Deltas = { Learned: 0, Off: 1, Always: 2 } as const;
export type Deltas = (typeof Deltas)[keyof typeof Deltas];

/** For which calls locations are predicted (docs/predictor.md). */
export const Predictor = { Learned: 0, Off: 1, Always: 2 } as const;
export type Predictor = (typeof Predictor)[keyof typeof Predictor];

/** How a frame or a transaction's outermost frame ended. */
export const Halt = {
  Success: 0,
  Revert: 1,
  OutOfGas: 2,
  StackUnderflow: 3,
  StackOverflow: 4,
  InvalidOpcode: 5,
  InvalidJump: 6,
  StaticViolation: 7,
  ReturnDataOutOfBounds: 8,
  CallDepth: 9,
  InsufficientBalance: 10,
  CreateCollision: 11,
  CodeSize: 12,
  InvalidCode: 13,
  NonceOverflow: 14,
  PrecompileFailure: 15,
  InitcodeSize: 16,
  CodeDepositOutOfGas: 17,
} as const;
export type Halt = (typeof Halt)[keyof typeof Halt];

/** Why a transaction is not valid in its block. Names are those of the execution-spec tests. 0 = valid. */
export const Invalid = {
  None: 0,
  Malformed: 1,
  TypeNotSupported: 2,
  InvalidSignature: 3,
  InvalidChainId: 4,
  NonceTooLow: 5,
  NonceTooHigh: 6,
  NonceIsMax: 7,
  InsufficientFunds: 8,
  IntrinsicGasTooLow: 9,
  FloorGasTooLow: 10,
  InitcodeSizeExceeded: 11,
  SenderNotEoa: 12,
  MaxFeeBelowBaseFee: 13,
  PriorityAboveMaxFee: 14,
  GasAllowanceExceeded: 15,
  GasLimitAboveMaximum: 16,
  MaxBlobFeeTooLow: 17,
  NoBlobs: 18,
  TooManyBlobs: 19,
  BlobGasAllowanceExceeded: 20,
  BlobVersion: 21,
  BlobCreate: 22,
  EmptyAuthorizations: 23,
  AuthorizationCreate: 24,
  GasPriceTimesLimitOverflow: 25,
  ValueOverflow: 26,
  NonceOverflow: 27,
  GasLimitOverflow: 28,
  AuthorizationMalformed: 29,
  GasPriceOverflow: 30,
  SystemContractEmpty: 64,
  SystemCallFailed: 65,
  DepositEventLayout: 66,
  AccessListTooLarge: 67,
} as const;
export type Invalid = (typeof Invalid)[keyof typeof Invalid];

/** Forks in order; `fork >= Fork.Berlin` reads as "from Berlin on". Block numbers and times are the engine's. */
export const Fork = {
  Frontier: 0,
  Homestead: 1,
  Tangerine: 2,
  Spurious: 3,
  Byzantium: 4,
  Constantinople: 5,
  Petersburg: 6,
  Istanbul: 7,
  Berlin: 8,
  London: 9,
  Paris: 10,
  Shanghai: 11,
  Cancun: 12,
  Prague: 13,
  Osaka: 14,
  Amsterdam: 15,
} as const;
export type Fork = (typeof Fork)[keyof typeof Fork];

/** Bits of the EIPs that a block's rules name one by one (BlockEnv.eips). */
export const Eip = {
  E7708: 1,
  E7778: 2,
  E7843: 4,
  E7928: 8,
  E7954: 16,
  E7976: 32,
  E7981: 64,
  E8024: 128,
  E8037: 256,
} as const;
export type Eip = (typeof Eip)[keyof typeof Eip];

/** Numbers of the EIPs that a block's rules may name one by one. */
export const knownEips: readonly number[] = Object.keys(Eip).map((name) => Number(name.slice(1)));

/** The bits of EIPs given by their numbers; every one must be known. */
export function eipBits(eips: Iterable<number>): number {
  let bits = 0;
  for (const eip of eips) bits |= (Eip as Record<string, number>)[`E${eip}`]!;
  return bits;
}

/** What is wrong with the form of an access list that came with a block (assembly/parallel/claims.ts). */
export const ClaimsProblem = {
  None: 0,
  Malformed: 1,
  AccountOrder: 2,
  SlotOrder: 3,
  SlotTwice: 4,
  IndexOrder: 5,
  IndexRange: 6,
  NoChange: 7,
  TooManyItems: 8,
} as const;

/** Why a block has no result. */
export const Failure = {
  None: 0,
  InvalidTransaction: 1,
  InvalidBlock: 2,
  Cancelled: 3,
  IndexFull: 4,
  MissingNodes: 5,
  ClaimsRefuted: 6,
} as const;
export type Failure = (typeof Failure)[keyof typeof Failure];

/** What a chunk of memory is used for; a worker's own have its number above the lowest byte. */
export const Chunk = {
  Free: 0,
  Block: 1,
  Worker: 2,
  Accounts: 3,
  Slots: 4,
  Index: 5,
  Code: 6,
  Trie: 7,
  Continued: 8,
  Retired: 9,
  Input: 10,
  Predictor: 11,
} as const;

/** The name of one of the numbers in one of the tables above. */
export function codeName<Name extends string>(table: Readonly<Record<Name, number>>, code: number): Name {
  for (const name in table) if (table[name] === code) return name;
  throw new RangeError(`no name stands for ${code}`);
}
