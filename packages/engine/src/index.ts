// The door of the engine: a block in, receipts and changes out.

export {
  type Block,
  checkBlockSize,
  decodeBlock,
  encodeBlock,
  MAX_BLOCK_SIZE,
  type Withdrawal,
} from "./block.ts";
export {
  type AccountAccess,
  type BlockAccessList,
  decodeBlockAccessList,
  encodeBlockAccessList,
  type IndexedValue,
  type SlotChanges,
} from "./block-access-list.ts";
export type { BlockInput, ExecutionHeader, UncleHeader } from "./block-input.ts";
export {
  type CallBlock,
  type CallHeader,
  type CallInput,
  type CallResult,
  type ConsoleCall,
  type HaltReason,
  IntrinsicGasError,
} from "./call.ts";
export type { AccountChange, Changes } from "./changes.ts";
export { checkResult } from "./check-result.ts";
export { EMPTY_CODE_HASH, EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT } from "./empty.ts";
export type { Engine } from "./engine.ts";
export {
  AbortedError,
  ColdReadError,
  DecodingError,
  EngineError,
  type ErrorFacts,
  InvalidArgumentError,
  InvalidBlockError,
  InvalidHeaderError,
  type InvalidReason,
  InvalidTransactionError,
  KernelPanicError,
  MemoryExhaustedError,
  type Phase,
  WorkerFailedError,
} from "./errors.ts";
export {
  type BlobParent,
  blobBaseFee,
  GAS_PER_BLOB,
  gasLimitBounds,
  nextBaseFee,
  nextDifficulty,
  nextExcessBlobGas,
} from "./fees.ts";
export type { ConflictForecast } from "./forecast.ts";
export {
  type BlobSchedule,
  type BlockPosition,
  type ChainConfig,
  Fork,
  MAINNET,
  type NetworkOptions,
  networkConfig,
  type Rules,
  rulesAt,
} from "./forks.ts";
export {
  checkHeader,
  decodeHeader,
  encodeHeader,
  type Header,
  headerHash,
  ommersHash,
  sealHash,
} from "./header.ts";
export { type Hex, integerHex, quantityBytes } from "./hex.ts";
export type { NotableTransaction } from "./notable.ts";
export { type OpcodeFacts, opcodeTable } from "./opcode-table.ts";
export { createEngine } from "./open-engine.ts";
export type { BlockHashes, EngineOptions, ExecuteInput } from "./options.ts";
export { packageConditions } from "./package-conditions.ts";
export {
  type PackedReceipts,
  type ReceiptOrigins,
  receiptEnvelope,
  receiptLogCount,
  receiptSuccess,
} from "./packed-receipts.ts";
export type { PhaseName, PhaseTime } from "./phase-times.ts";
export type { PipelinedBlock, PipelineOptions } from "./pipeline.ts";
export { verifyBlobProof, verifyCellProofs } from "./precompiles/blob-proofs.ts";
export { keccak256 } from "./precompiles/hashes.ts";
export { loadSigner, type Sign } from "./precompiles/secp256k1.ts";
export type { AccountProof, StorageProof } from "./proof.ts";
export { type Log, type Receipt, type Receipts, unpackReceipt } from "./receipts.ts";
export type { BlockResult, Roots } from "./result.ts";
export { ResultGoneError } from "./result-memory.ts";
export { type RlpItem, rlpBytes, rlpItem, rlpItems, rlpQuantity, rlpWhole } from "./rlp.ts";
export type { Attempt, AttemptOutcome, Conflict, PredictionReport, Schedule } from "./schedule.ts";
export type { RecoveredSenders } from "./signers.ts";
export {
  type BlockVariation,
  OPEN_FIELD,
  type SimulatedTransaction,
  type SimulationOptions,
} from "./simulation.ts";
export type { EditResult, StateEdit } from "./state-edit.ts";
export type { AllocatedAccount, Allocation } from "./state-import.ts";
export type { StateAccess } from "./state-reader.ts";
export type { MaybePromise, SourceAccount, SourceChange, SourceCommit, StateSource } from "./state-source.ts";
export type {
  FrameEnd,
  FrameKind,
  StepEnd,
  Trace,
  TracedOutcome,
  TracedTransaction,
  TraceFrame,
  Tracer,
  TracerFactory,
  TraceState,
  TraceStep,
} from "./tracer.ts";
export { type InspectedTransaction, TransactionInspector } from "./transaction-inspector.ts";
export {
  type PackedTransactions,
  packTransactions,
  type Senders,
  type Transactions,
} from "./transactions.ts";
export { decodeUndo, UndoIncompleteError, UndoMismatchError, type UndoneAccount } from "./undo.ts";
