// The fixtures' names of reasons for refusing a transaction or a block, and what counts as the same reason here.

import type { Refusal } from "./refusal.ts";

/** Names of the kernel's `Invalid` codes (packages/kernel/assembly/status.ts). */
const TRANSACTION: Record<string, readonly string[]> = {
  // Names of the execution-spec tests and of ethereum/tests' newer files, without their prefix.
  // The reference compares the gas limit with the larger of both; which name a test gives it is its author's choice.
  INTRINSIC_GAS_TOO_LOW: ["IntrinsicGasTooLow", "FloorGasTooLow"],
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: ["FloorGasTooLow"],
  INSUFFICIENT_ACCOUNT_FUNDS: ["InsufficientFunds"],
  SENDER_NOT_EOA: ["SenderNotEoa"],
  INITCODE_SIZE_EXCEEDED: ["InitcodeSizeExceeded"],
  NONCE_IS_MAX: ["NonceIsMax"],
  NONCE_MISMATCH_TOO_LOW: ["NonceTooLow"],
  NONCE_MISMATCH_TOO_HIGH: ["NonceTooHigh"],
  NONCE_TOO_BIG: ["NonceIsMax", "NonceOverflow"],
  NONCE_OVERFLOW: ["NonceOverflow"],
  GAS_ALLOWANCE_EXCEEDED: ["GasAllowanceExceeded"],
  GAS_LIMIT_EXCEEDS_MAXIMUM: ["GasLimitAboveMaximum"],
  GASLIMIT_OVERFLOW: ["GasLimitOverflow"],
  // Where the product does not fit a word, no balance can cover it either.
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: ["GasPriceTimesLimitOverflow"],
  GASPRICE_OVERFLOW: ["GasPriceOverflow"],
  VALUE_OVERFLOW: ["ValueOverflow"],
  PRIORITY_OVERFLOW: ["GasPriceOverflow"],
  INSUFFICIENT_MAX_FEE_PER_GAS: ["MaxFeeBelowBaseFee"],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: ["PriorityAboveMaxFee"],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2: ["PriorityAboveMaxFee"],
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: ["MaxBlobFeeTooLow"],
  TYPE_NOT_SUPPORTED: ["TypeNotSupported"],
  TYPE_1_TX_PRE_FORK: ["TypeNotSupported"],
  TYPE_2_TX_PRE_FORK: ["TypeNotSupported"],
  TYPE_3_TX_PRE_FORK: ["TypeNotSupported"],
  TYPE_4_TX_PRE_FORK: ["TypeNotSupported"],
  TYPE_3_TX_ZERO_BLOBS_PRE_FORK: ["TypeNotSupported"],
  TYPE_3_TX_CONTRACT_CREATION: ["BlobCreate"],
  TYPE_3_TX_ZERO_BLOBS: ["NoBlobs"],
  // A transaction with more blobs than a block may hold exceeds both its own and the block's allowance.
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: ["TooManyBlobs", "BlobGasAllowanceExceeded"],
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: ["TooManyBlobs", "BlobGasAllowanceExceeded"],
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: ["BlobVersion"],
  // The network form with blobs behind the transaction: more items than a transaction in a block has.
  TYPE_3_TX_WITH_FULL_BLOBS: ["Malformed"],
  TYPE_4_EMPTY_AUTHORIZATION_LIST: ["EmptyAuthorizations"],
  TYPE_4_TX_CONTRACT_CREATION: ["AuthorizationCreate"],
  TYPE_4_INVALID_AUTHORIZATION_FORMAT: ["AuthorizationMalformed"],
  TYPE_4_INVALID_AUTHORITY_SIGNATURE: ["AuthorizationMalformed"],
  TYPE_4_INVALID_AUTHORITY_SIGNATURE_S_TOO_HIGH: ["AuthorizationMalformed"],
  INVALID_CHAINID: ["InvalidChainId"],
  INVALID_SIGNATURE_VRS: ["InvalidSignature"],
  EC_RECOVERY_FAIL: ["InvalidSignature"],
  ADDRESS_TOO_LONG: ["Malformed"],
  ADDRESS_TOO_SHORT: ["Malformed"],
  RLP_INVALID_VALUE: ["Malformed", "ValueOverflow", "GasLimitOverflow", "NonceOverflow"],
  RLP_INVALID_SIGNATURE_R: ["Malformed", "InvalidSignature"],
  RLP_INVALID_SIGNATURE_S: ["Malformed", "InvalidSignature"],
  // Names of ethereum/legacytests.
  TR_NoFunds: ["InsufficientFunds"],
  TR_NoFundsX: ["InsufficientFunds"],
  TR_NoFundsOrGas: ["InsufficientFunds", "IntrinsicGasTooLow"],
  TR_IntrinsicGas: ["IntrinsicGasTooLow"],
  TR_TypeNotSupported: ["TypeNotSupported"],
  TR_TypeNotSupportedBlob: ["TypeNotSupported"],
  TR_RLP_WRONGVALUE: ["Malformed", "ValueOverflow", "GasLimitOverflow", "NonceOverflow"],
  TR_NonceHasMaxValue: ["NonceIsMax"],
  TR_NonceTooLow: ["NonceTooLow"],
  TR_NonceTooHigh: ["NonceTooHigh"],
  TR_GasLimitReached: ["GasAllowanceExceeded"],
  TR_FeeCapLessThanBlocks: ["MaxFeeBelowBaseFee"],
  TR_FeeCapLessThanBlocksORNoFunds: ["MaxFeeBelowBaseFee", "InsufficientFunds"],
  TR_FeeCapLessThanBlocksORGasLimitReached: ["MaxFeeBelowBaseFee", "GasAllowanceExceeded"],
  TR_TipGtFeeCap: ["PriorityAboveMaxFee"],
  TR_InitCodeLimitExceeded: ["InitcodeSizeExceeded"],
  TR_BLOBCREATE: ["BlobCreate"],
  TR_BLOBLIST_OVERSIZE: ["TooManyBlobs", "BlobGasAllowanceExceeded"],
  TR_EMPTYBLOB: ["NoBlobs"],
  TR_BLOBVERSION_INVALID: ["BlobVersion"],
  SenderNotEOA: ["SenderNotEoa"],
  IntrinsicGas: ["IntrinsicGasTooLow"],
};

/** A list that came with the block, or that the header's hash alone tells of. */
const WRONG_LIST = ["header.blockAccessListHash", "blockAccessList*", "InvalidBlockAccessList"] as const;

/**
 * For a block: the fields of the engine's error, any of which is this reason. A name ending in `*` stands for
 * everything that begins so. `decoding` is an RLP that is no block.
 */
const BLOCK: Record<string, readonly string[]> = {
  INVALID_GASLIMIT: ["header.gasLimit"],
  GASLIMIT_TOO_BIG: ["header.gasLimit"],
  InvalidGasLimit: ["header.gasLimit"],
  InvalidGasLimit2: ["header.gasLimit", "decoding:header.gasLimit"],
  GAS_USED_OVERFLOW: ["header.gasUsed", "transaction:GasAllowanceExceeded"],
  INVALID_GAS_USED: ["header.gasUsed"],
  InvalidGasUsed: ["header.gasUsed"],
  TooMuchGasUsed: ["header.gasUsed", "decoding:header.gasUsed"],
  BlockGasLimitReached: ["transaction:GasAllowanceExceeded"],
  INVALID_BLOCK_NUMBER: ["header.number"],
  InvalidNumber: ["header.number"],
  INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT: ["header.timestamp"],
  InvalidTimestampOlderParent: ["header.timestamp"],
  InvalidTimestamp: ["header.timestamp"],
  INVALID_DIFFICULTY: ["header.difficulty"],
  InvalidDifficulty: ["header.difficulty"],
  INVALID_BASEFEE_PER_GAS: ["header.baseFeePerGas"],
  "1559BlockImportImpossible_BaseFeeWrong": ["header.baseFeePerGas"],
  EXTRA_DATA_TOO_BIG: ["header.extraData"],
  ExtraDataTooBig: ["header.extraData"],
  EXTRA_DATA_INVALID_DAO: ["header.extraData"],
  InvalidBlockNonce: ["header.nonce", "decoding:header.nonce", "header.seal", "uncles.seal"],
  INCORRECT_EXCESS_BLOB_GAS: ["header.excessBlobGas", "header.blobGasUsed"],
  INCORRECT_BLOB_GAS_USED: ["header.blobGasUsed"],
  BLOB_GAS_USED_ABOVE_LIMIT: ["header.blobGasUsed"],
  // The header of a block with too many blobs says so before its transactions are looked at.
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: ["header.blobGasUsed"],
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: ["header.blobGasUsed"],
  INVALID_STATE_ROOT: ["header.stateRoot"],
  InvalidStateRoot: ["header.stateRoot"],
  INVALID_RECEIPTS_ROOT: ["header.receiptsRoot"],
  InvalidReceiptsStateRoot: ["header.receiptsRoot", "header.stateRoot"],
  INVALID_TRANSACTIONS_ROOT: ["header.transactionsRoot"],
  InvalidTransactionsRoot: ["header.transactionsRoot"],
  INVALID_LOG_BLOOM: ["header.logsBloom"],
  InvalidLogBloom: ["header.logsBloom"],
  INVALID_WITHDRAWALS_ROOT: ["header.withdrawalsRoot"],
  InvalidWithdrawals: ["header.withdrawalsRoot"],
  INVALID_REQUESTS: ["header.requestsHash"],
  INVALID_BLOCK_ACCESS_LIST: WRONG_LIST,
  INVALID_BAL_HASH: ["header.blockAccessListHash"],
  INVALID_BAL_EXTRA_ACCOUNT: WRONG_LIST,
  INVALID_BAL_MISSING_ACCOUNT: WRONG_LIST,
  BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED: ["AccessListTooLarge", "blockAccessList"],
  INVALID_DEPOSIT_EVENT_LAYOUT: ["DepositEventLayout"],
  SYSTEM_CONTRACT_CALL_FAILED: ["SystemCallFailed"],
  SYSTEM_CONTRACT_EMPTY: ["SystemContractEmpty"],
  INVALID_BLOCK_HASH: ["header.parentHash", "header.hash"],
  UNKNOWN_PARENT: ["header.parentHash"],
  UNKNOWN_PARENT_ZERO: ["header.parentHash"],
  UnknownParent: ["header.parentHash"],
  INCORRECT_BLOCK_FORMAT: ["decoding:*", "header.*"],
  RLP_STRUCTURES_ENCODING: ["decoding:*"],
  RLP_INVALID_FIELD_OVERFLOW_64: ["decoding:*"],
  RLP_WITHDRAWALS_NOT_READ: ["decoding:*"],
  RLP_BLOCK_LIMIT_EXCEEDED: ["block.size"],
  INPUT_UNMARSHAL_ERROR: ["decoding:*"],
  RLP_ExpectedAsList: ["decoding:*"],
  INVALID_VERSIONED_HASHES: ["versionedHashes"],
  // Uncles.
  PostParisUncleHashIsNotEmpty: ["header.ommersHash"],
  IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS: ["header.ommersHash"],
  InvalidUnclesHash: ["header.ommersHash"],
  INVALID_UNCLES_HASH: ["header.ommersHash"],
  TooManyUncles: ["uncles*"],
  UncleInChain: ["uncles*"],
  UncleIsAncestor: ["uncles*"],
  UncleIsBrother: ["uncles*"],
  UncleTooOld: ["uncles*"],
  UncleParentIsNotAncestor: ["uncles*"],
  UNCLE_PARENT_INCORRECT: ["uncles*"],
  InvalidUncleParentHash: ["uncles*"],
  // A header of the wrong fork: fields missing or too many, or proof of work where there is none.
  "3675PreParis1559BlockRejected": ["header.difficulty", "header.nonce", "header.ommersHash"],
  "3675PoWBlockRejected": ["header.difficulty", "header.nonce"],
  "3675PoSBlockRejected": ["header.difficulty"],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POW: ["header.difficulty", "header.nonce"],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POS: ["header.difficulty"],
  IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS: ["header.difficulty"],
  "1559BlockImportImpossible_HeaderIsLegacy": ["header.baseFeePerGas"],
  IMPORT_IMPOSSIBLE_LEGACY: ["header.baseFeePerGas"],
  IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT: ["header.*"],
  IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT: ["header.*"],
  IMPORT_IMPOSSIBLE_SHANGHAI: ["header.withdrawalsRoot"],
  IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI: ["header.withdrawalsRoot", "decoding:withdrawals"],
  ShanghaiBlockImportImpossible: ["header.withdrawalsRoot"],
  ParisBlockImportImpossible: ["header.withdrawalsRoot", "decoding:withdrawals"],
  LegacyBlockImportImpossible: ["header.*"],
  LegacyBlockImportImpossible2: ["header.*"],
};

function matches(pattern: string, met: string): boolean {
  return pattern.endsWith("*") ? met.startsWith(pattern.slice(0, -1)) : pattern === met;
}

/** True where refusing for `refusal` is right for one of the reasons in `expected` (`|` separates them). */
export function isExpectedRefusal(expected: string, refusal: Refusal): boolean {
  return expected.split("|").some((name) => {
    const reason = name.trim().replace(/^(Transaction|Block)Exception\./, "");
    if (refusal.kind === "transaction" && TRANSACTION[reason]?.includes(refusal.reason)) return true;
    // RLP errors of a single transaction have dozens of names for what is one thing here.
    if (
      refusal.kind === "transaction" &&
      /^RLP_(?!STRUCTURES)/.test(reason) &&
      TRANSACTION[reason] === undefined
    ) {
      return /^(Malformed|ValueOverflow|NonceOverflow|GasLimitOverflow|TypeNotSupported)$/.test(
        refusal.reason,
      );
    }
    const met = refusal.kind === "block" ? refusal.field : `${refusal.kind}:${refusal.reason}`;
    return BLOCK[reason]?.some((pattern) => matches(pattern, met)) ?? false;
  });
}

/** True where the tables above know every one of the names. */
export function isKnownException(expected: string): boolean {
  return expected.split("|").every((name) => {
    const reason = name.trim().replace(/^(Transaction|Block)Exception\./, "");
    return reason in TRANSACTION || reason in BLOCK || /^RLP_/.test(reason);
  });
}
