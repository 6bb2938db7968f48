// Where the host finds what: offsets of fields, sizes of structures, fixed places. Exported as globals of the
// module; a word or hash is named without the number of its first limb. Listed again in packages/kernel/src/layout.ts.

import { Control } from "./memory/layout";

export {
  BLOCK_ENV,
  CHUNK_SIZE,
  CHUNK_TABLE,
  CONTROL,
  MAX_CHUNKS,
  OPCODE_TABLE,
  SCHEDULER,
  STATE_CONSTANTS,
} from "./memory/layout";

import { BlockEnv } from "./block/env";

export {
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  ENV_COINBASE,
  ENV_DEPOSIT_CONTRACT,
  ENV_DIFFICULTY,
  ENV_DRAIN_TARGET,
  ENV_PARENT_BEACON_ROOT,
  ENV_PARENT_HASH,
  FLAG_CONSOLE,
  FLAG_CONTRACT_SENDERS,
  FLAG_NO_STATE_ROOT,
  FLAG_OPEN_FIELDS,
  FLAG_RECORD_SCHEDULE,
  FLAG_SEQUENTIAL,
  FLAG_SIMULATED,
  FLAG_STATE_GAS_KEPT,
  FLAG_TRACE,
  FLAG_TRANSACTIONS_ONLY,
  FLAG_TRANSFER_LOGS,
  FLAG_UNLIMITED_CODE,
  FLAG_UNVALIDATED,
} from "./block/env";

import { BlockResult } from "./block/result";

export { RECEIPT_ROW_SIZE } from "./block/packed-receipts";
export {
  BLOCK_RESULT,
  RESULT_ACCESS_LIST_HASH,
  RESULT_BLOOM,
  RESULT_LOGS_HASH,
  RESULT_RECEIPTS_ROOT,
  RESULT_STATE_ROOT,
  RESULT_TRANSACTIONS_ROOT,
  RESULT_WITHDRAWALS_ROOT,
} from "./block/result";
export { HEARTBEATS, WORKER_ROW_SIZE } from "./parallel/scheduler";
export { SIGNER_SIZE } from "./parallel/signers";

import { Uncle } from "./block/rewards";
import { MovedPrecompile, Simulation } from "./block/simulation";
import { TransactionInput } from "./block/transactions";
import { Withdrawal } from "./block/withdrawals";
import { Attempt } from "./parallel/attempts";
import { ClaimedAccount, Claims } from "./parallel/claims";
import { PHASE_TIME_IDLE, PhaseTime } from "./parallel/phase-times";
import { Scheduler, Task } from "./parallel/scheduler";
import { Changes } from "./state/changes";
import { AccountChange, SlotChange } from "./state/changes-layout";
import { Transaction } from "./tx/transaction";

export { CHANGE_CODE, CHANGE_DELETED, CHANGE_STORAGE_WIPED } from "./state/changes-layout";

import { Log } from "./state/local";
import { AccountRecord, SlotRecord } from "./state/records";
import { Code } from "./vm/code";
import { Frame } from "./vm/frame";

export { FIELD_BALANCE, FIELD_CODE, FIELD_LIFE, FIELD_NONCE, FIELD_SLOT } from "./state/records";

export const Control_memoryLimit: u32 = <u32>offsetof<Control>("memoryLimit");
export const Control_epoch: u32 = <u32>offsetof<Control>("epoch");
export const Control_cancelled: u32 = <u32>offsetof<Control>("cancelled");
export const Control_coldSource: u32 = <u32>offsetof<Control>("coldSource");
export const Control_stateTrie: u32 = <u32>offsetof<Control>("stateTrie");
export const Control_seed: u32 = <u32>offsetof<Control>("seed");
export const Control_trieEnabled: u32 = <u32>offsetof<Control>("trieEnabled");
export const Control_cacheBytes: u32 = <u32>offsetof<Control>("cacheBytes");
export const Control_codeBytes: u32 = <u32>offsetof<Control>("codeBytes");
export const Control_accountCount: u32 = <u32>offsetof<Control>("accountCount");
export const Control_slotCount: u32 = <u32>offsetof<Control>("slotCount");
export const Control_codeCount: u32 = <u32>offsetof<Control>("codeCount");
export const Control_predictor: u32 = <u32>offsetof<Control>("predictor");
export const Control_predictorTable: u32 = <u32>offsetof<Control>("predictorTable");
export const Control_deltas: u32 = <u32>offsetof<Control>("deltas");
export const Control_hostWake: u32 = <u32>offsetof<Control>("hostWake");
export const Control_codeIndexMask: u32 = <u32>offsetof<Control>("codeIndexMask");

export const BlockEnv_fork: u32 = <u32>offsetof<BlockEnv>("fork");
export const BlockEnv_flags: u32 = <u32>offsetof<BlockEnv>("flags");
export const BlockEnv_chainId: u32 = <u32>offsetof<BlockEnv>("chainId");
export const BlockEnv_number: u32 = <u32>offsetof<BlockEnv>("number");
export const BlockEnv_timestamp: u32 = <u32>offsetof<BlockEnv>("timestamp");
export const BlockEnv_gasLimit: u32 = <u32>offsetof<BlockEnv>("gasLimit");
export const BlockEnv_excessBlobGas: u32 = <u32>offsetof<BlockEnv>("excessBlobGas");
export const BlockEnv_blobTarget: u32 = <u32>offsetof<BlockEnv>("blobTarget");
export const BlockEnv_blobMax: u32 = <u32>offsetof<BlockEnv>("blobMax");
export const BlockEnv_blobUpdateFraction: u32 = <u32>offsetof<BlockEnv>("blobUpdateFraction");
export const BlockEnv_transactionCount: u32 = <u32>offsetof<BlockEnv>("transactionCount");
export const BlockEnv_transactions: u32 = <u32>offsetof<BlockEnv>("transactions");
export const BlockEnv_blockHashes: u32 = <u32>offsetof<BlockEnv>("blockHashes");
export const BlockEnv_withdrawals: u32 = <u32>offsetof<BlockEnv>("withdrawals");
export const BlockEnv_withdrawalCount: u32 = <u32>offsetof<BlockEnv>("withdrawalCount");
export const BlockEnv_hasParentBeaconRoot: u32 = <u32>offsetof<BlockEnv>("hasParentBeaconRoot");
export const BlockEnv_uncles: u32 = <u32>offsetof<BlockEnv>("uncles");
export const BlockEnv_uncleCount: u32 = <u32>offsetof<BlockEnv>("uncleCount");
export const BlockEnv_drained: u32 = <u32>offsetof<BlockEnv>("drained");
export const BlockEnv_drainedCount: u32 = <u32>offsetof<BlockEnv>("drainedCount");
export const BlockEnv_slotNumber: u32 = <u32>offsetof<BlockEnv>("slotNumber");
export const BlockEnv_simulation: u32 = <u32>offsetof<BlockEnv>("simulation");
export const BlockEnv_eips: u32 = <u32>offsetof<BlockEnv>("eips");

export const BlockResult_invalid: u32 = <u32>offsetof<BlockResult>("invalid");
export const BlockResult_invalidIndex: u32 = <u32>offsetof<BlockResult>("invalidIndex");
export const BlockResult_gasUsed: u32 = <u32>offsetof<BlockResult>("gasUsed");
export const BlockResult_blobGasUsed: u32 = <u32>offsetof<BlockResult>("blobGasUsed");
export const BlockResult_committed: u32 = <u32>offsetof<BlockResult>("committed");
export const BlockResult_depositRequests: u32 = <u32>offsetof<BlockResult>("depositRequests");
export const BlockResult_depositRequestsLength: u32 = <u32>offsetof<BlockResult>("depositRequestsLength");
export const BlockResult_withdrawalRequests: u32 = <u32>offsetof<BlockResult>("withdrawalRequests");
export const BlockResult_withdrawalRequestsLength: u32 = <u32>(
  offsetof<BlockResult>("withdrawalRequestsLength")
);
export const BlockResult_consolidationRequests: u32 = <u32>offsetof<BlockResult>("consolidationRequests");
export const BlockResult_consolidationRequestsLength: u32 = <u32>(
  offsetof<BlockResult>("consolidationRequestsLength")
);
export const BlockResult_accessList: u32 = <u32>offsetof<BlockResult>("accessList");
export const BlockResult_accessListLength: u32 = <u32>offsetof<BlockResult>("accessListLength");
export const BlockResult_culprit: u32 = <u32>offsetof<BlockResult>("culprit0");

export const Transaction_raw: u32 = <u32>offsetof<Transaction>("raw");
export const Transaction_rawLength: u32 = <u32>offsetof<Transaction>("rawLength");
export const Transaction_senderGiven: u32 = <u32>offsetof<Transaction>("senderGiven");
export const Transaction_index: u32 = <u32>offsetof<Transaction>("index");
export const Transaction_sender: u32 = <u32>offsetof<Transaction>("sender0");
export const Transaction_type: u32 = <u32>offsetof<Transaction>("type");
export const Transaction_nonce: u32 = <u32>offsetof<Transaction>("nonce");
export const Transaction_gasLimit: u32 = <u32>offsetof<Transaction>("gasLimit");
export const Transaction_hash: u32 = <u32>offsetof<Transaction>("hash0");
export const Transaction_intrinsicGas: u32 = <u32>offsetof<Transaction>("intrinsicGas");
export const Transaction_invalid: u32 = <u32>offsetof<Transaction>("invalid");
export const Transaction_status: u32 = <u32>offsetof<Transaction>("status");
export const Transaction_gasUsed: u32 = <u32>offsetof<Transaction>("gasUsed");
export const Transaction_gasRefunded: u32 = <u32>offsetof<Transaction>("gasRefunded");
export const Transaction_gasBeforeRefund: u32 = <u32>offsetof<Transaction>("gasBeforeRefund");
export const Transaction_effectiveGasPrice: u32 = <u32>offsetof<Transaction>("effectiveGasPrice0");
export const Transaction_fee: u32 = <u32>offsetof<Transaction>("fee0");
export const Transaction_created: u32 = <u32>offsetof<Transaction>("created0");
export const Transaction_logs: u32 = <u32>offsetof<Transaction>("logs");
export const Transaction_consoleCalls: u32 = <u32>offsetof<Transaction>("consoleCalls");
export const Transaction_logCount: u32 = <u32>offsetof<Transaction>("logCount");
export const Transaction_output: u32 = <u32>offsetof<Transaction>("output");
export const Transaction_outputLength: u32 = <u32>offsetof<Transaction>("outputLength");
export const Transaction_met: u32 = <u32>offsetof<Transaction>("met0");
export const Transaction_expected: u32 = <u32>offsetof<Transaction>("expected0");
export const Transaction_cumulativeGas: u32 = <u32>offsetof<Transaction>("cumulativeGas");
export const Transaction_receipt: u32 = <u32>offsetof<Transaction>("receipt");
export const Transaction_receiptLength: u32 = <u32>offsetof<Transaction>("receiptLength");
export const Transaction_bloom: u32 = <u32>offsetof<Transaction>("bloom");
export const Transaction_isCreate: u32 = <u32>offsetof<Transaction>("isCreate");
export const Transaction_to: u32 = <u32>offsetof<Transaction>("to0");
export const Transaction_value: u32 = <u32>offsetof<Transaction>("value0");
export const Transaction_maxFee: u32 = <u32>offsetof<Transaction>("maxFee0");
export const Transaction_priorityFee: u32 = <u32>offsetof<Transaction>("priorityFee0");
export const Transaction_data: u32 = <u32>offsetof<Transaction>("data");
export const Transaction_dataLength: u32 = <u32>offsetof<Transaction>("dataLength");
export const Transaction_dataNonZero: u32 = <u32>offsetof<Transaction>("dataNonZero");
export const Transaction_accessList: u32 = <u32>offsetof<Transaction>("accessList");
export const Transaction_accessListLength: u32 = <u32>offsetof<Transaction>("accessListLength");
export const Transaction_accessListAddresses: u32 = <u32>offsetof<Transaction>("accessListAddresses");
export const Transaction_accessListKeys: u32 = <u32>offsetof<Transaction>("accessListKeys");
export const Transaction_blobHashes: u32 = <u32>offsetof<Transaction>("blobHashes");
export const Transaction_blobCount: u32 = <u32>offsetof<Transaction>("blobCount");
export const Transaction_authorizationCount: u32 = <u32>offsetof<Transaction>("authorizationCount");
export const Transaction_size: u32 = <u32>offsetof<Transaction>();
export const TransactionInput_size: u32 = <u32>offsetof<TransactionInput>();

export { CLAIMS } from "./parallel/claims";

export const Claims_inForce: u32 = <u32>offsetof<Claims>("inForce");
export const Claims_accounts: u32 = <u32>offsetof<Claims>("accounts");
export const Claims_accountCount: u32 = <u32>offsetof<Claims>("accountCount");
export const Claims_slots: u32 = <u32>offsetof<Claims>("slots");
export const Claims_slotCount: u32 = <u32>offsetof<Claims>("slotCount");
export const Claims_problemAccount: u32 = <u32>offsetof<Claims>("problemAccount");

export const ClaimedAccount_record: u32 = <u32>offsetof<ClaimedAccount>("record");
export const ClaimedAccount_size: u32 = <u32>offsetof<ClaimedAccount>();

export const Scheduler_phase: u32 = <u32>offsetof<Scheduler>("phase");
export const Scheduler_count: u32 = <u32>offsetof<Scheduler>("count");
export const Scheduler_tasks: u32 = <u32>offsetof<Scheduler>("tasks");
export const Scheduler_cursor: u32 = <u32>offsetof<Scheduler>("cursor");
export const Scheduler_committed: u32 = <u32>offsetof<Scheduler>("committed");
export const Scheduler_commitLock: u32 = <u32>offsetof<Scheduler>("commitLock");
export const Scheduler_wake: u32 = <u32>offsetof<Scheduler>("wake");
export const Scheduler_donePieces: u32 = <u32>offsetof<Scheduler>("donePieces");
export const Scheduler_nextPiece: u32 = <u32>offsetof<Scheduler>("ticket");
export const Scheduler_failure: u32 = <u32>offsetof<Scheduler>("failure");
export const Scheduler_failedIndex: u32 = <u32>offsetof<Scheduler>("failedIndex");
export const Scheduler_failedCode: u32 = <u32>offsetof<Scheduler>("failedCode");
export const Scheduler_ring: u32 = <u32>offsetof<Scheduler>("ring");
export const Scheduler_ringMask: u32 = <u32>offsetof<Scheduler>("ringMask");
export const Scheduler_ringHead: u32 = <u32>offsetof<Scheduler>("ringHead");
export const Scheduler_ringTail: u32 = <u32>offsetof<Scheduler>("ringTail");
export const Scheduler_soleWaits: u32 = <u32>offsetof<Scheduler>("soleWaits");
export const Scheduler_deltaCount: u32 = <u32>offsetof<Scheduler>("deltaCount");
export const Scheduler_predicateCount: u32 = <u32>offsetof<Scheduler>("predicateCount");
export const Scheduler_abortCount: u32 = <u32>offsetof<Scheduler>("abortCount");
export const Scheduler_estimateCount: u32 = <u32>offsetof<Scheduler>("estimateCount");
export const Scheduler_coldCount: u32 = <u32>offsetof<Scheduler>("coldCount");
export { FORECAST_WORDS } from "./door/predict";

export const Scheduler_orderedCount: u32 = <u32>offsetof<Scheduler>("orderedCount");
export const Scheduler_predicted: u32 = <u32>offsetof<Scheduler>("predicted");
export const Scheduler_predictedRight: u32 = <u32>offsetof<Scheduler>("predictedRight");
export const Scheduler_missedConflicts: u32 = <u32>offsetof<Scheduler>("missedConflicts");
export const Scheduler_savedExecutions: u32 = <u32>offsetof<Scheduler>("savedExecutions");
export const Scheduler_turnCount: u32 = <u32>offsetof<Scheduler>("turnCount");
export const Scheduler_fallbackFrom: u32 = <u32>offsetof<Scheduler>("fallbackFrom");
export const Scheduler_chainLength: u32 = <u32>offsetof<Scheduler>("chainLength");
export const Scheduler_chainGas: u32 = <u32>offsetof<Scheduler>("chainGas");
export const Scheduler_attempts: u32 = <u32>offsetof<Scheduler>("attempts");
export const Scheduler_phaseTimes: u32 = <u32>offsetof<Scheduler>("phaseTimes");
export const Scheduler_size: u32 = <u32>offsetof<Scheduler>();

export const Task_state: u32 = <u32>offsetof<Task>("state");
export const Task_incarnation: u32 = <u32>offsetof<Task>("incarnation");
export const Task_aborts: u32 = <u32>offsetof<Task>("aborts");
export const Task_abortLocation: u32 = <u32>offsetof<Task>("abortLocation");
export const Task_abortWriter: u32 = <u32>offsetof<Task>("abortWriter");
export const Task_chainLength: u32 = <u32>offsetof<Task>("chainLength");
export const Task_chainGas: u32 = <u32>offsetof<Task>("chainGas");
export const Task_execution: u32 = <u32>offsetof<Task>("execution");
export const Task_size: u32 = <u32>offsetof<Task>();

export const Attempt_next: u32 = <u32>offsetof<Attempt>("next");
export const Attempt_transaction: u32 = <u32>offsetof<Attempt>("transaction");
export const Attempt_worker: u32 = <u32>offsetof<Attempt>("worker");
export const Attempt_outcome: u32 = <u32>offsetof<Attempt>("outcome");
export const Attempt_detail: u32 = <u32>offsetof<Attempt>("detail");
export const Attempt_begun: u32 = <u32>offsetof<Attempt>("begun");
export const Attempt_ended: u32 = <u32>offsetof<Attempt>("ended");

export const PhaseTime_next: u32 = <u32>offsetof<PhaseTime>("next");
export const PhaseTime_phase: u32 = <u32>offsetof<PhaseTime>("phase");
export const PhaseTime_stage: u32 = <u32>offsetof<PhaseTime>("stage");
export const PhaseTime_pieces: u32 = <u32>offsetof<PhaseTime>("pieces");
export const PhaseTime_begun: u32 = <u32>offsetof<PhaseTime>("begun");
export const PhaseTime_idle: u32 = PHASE_TIME_IDLE;

export const Withdrawal_index: u32 = <u32>offsetof<Withdrawal>("index");
export const Withdrawal_validatorIndex: u32 = <u32>offsetof<Withdrawal>("validatorIndex");
export const Withdrawal_amount: u32 = <u32>offsetof<Withdrawal>("amount");
export const Withdrawal_address: u32 = <u32>offsetof<Withdrawal>("address0");
export const Withdrawal_size: u32 = <u32>offsetof<Withdrawal>();

export const Uncle_depth: u32 = <u32>offsetof<Uncle>("depth");
export const Uncle_miner: u32 = <u32>offsetof<Uncle>("miner0");
export const Uncle_size: u32 = <u32>offsetof<Uncle>();

export const Simulation_gas: u32 = <u32>offsetof<Simulation>("gas");
export const Simulation_moved: u32 = <u32>offsetof<Simulation>("moved");
export const Simulation_movedCount: u32 = <u32>offsetof<Simulation>("movedCount");
export const Simulation_size: u32 = <u32>offsetof<Simulation>();

export const MovedPrecompile_address: u32 = <u32>offsetof<MovedPrecompile>("address0");
export const MovedPrecompile_number: u32 = <u32>offsetof<MovedPrecompile>("number");
export const MovedPrecompile_size: u32 = <u32>offsetof<MovedPrecompile>();

export const Changes_state: u32 = <u32>offsetof<Changes>("state");
export const Changes_accounts: u32 = <u32>offsetof<Changes>("accounts");
export const Changes_accountCount: u32 = <u32>offsetof<Changes>("accountCount");
export const Changes_slots: u32 = <u32>offsetof<Changes>("slots");
export const Changes_slotCount: u32 = <u32>offsetof<Changes>("slotCount");

export const AccountChange_record: u32 = <u32>offsetof<AccountChange>("record");
export const AccountChange_flags: u32 = <u32>offsetof<AccountChange>("flags");
export const AccountChange_nonce: u32 = <u32>offsetof<AccountChange>("nonce");
export const AccountChange_balance: u32 = <u32>offsetof<AccountChange>("balance0");
export const AccountChange_codeHash: u32 = <u32>offsetof<AccountChange>("codeHash0");
export const AccountChange_slots: u32 = <u32>offsetof<AccountChange>("slots");
export const AccountChange_slotCount: u32 = <u32>offsetof<AccountChange>("slotCount");
export const AccountChange_code: u32 = <u32>offsetof<AccountChange>("code");
export const AccountChange_size: u32 = <u32>offsetof<AccountChange>();

export const SlotChange_record: u32 = <u32>offsetof<SlotChange>("record");
export const SlotChange_value: u32 = <u32>offsetof<SlotChange>("value0");
export const SlotChange_size: u32 = <u32>offsetof<SlotChange>();

export const Code_bytes: u32 = <u32>offsetof<Code>("bytes");
export const Code_length: u32 = <u32>offsetof<Code>("length");
export const Code_hash: u32 = <u32>offsetof<Code>("hash0");

export const Frame_gas: u32 = <u32>offsetof<Frame>("gas");
export const Frame_address: u32 = <u32>offsetof<Frame>("address0");
export const Frame_caller: u32 = <u32>offsetof<Frame>("caller0");
export const Frame_value: u32 = <u32>offsetof<Frame>("value0");
export const Frame_parent: u32 = <u32>offsetof<Frame>("parent");
export const Frame_codeBytes: u32 = <u32>offsetof<Frame>("codeBytes");
export const Frame_codeLength: u32 = <u32>offsetof<Frame>("codeLength");
export const Frame_input: u32 = <u32>offsetof<Frame>("input");
export const Frame_inputLength: u32 = <u32>offsetof<Frame>("inputLength");
export const Frame_stackBase: u32 = <u32>offsetof<Frame>("stackBase");
export const Frame_memory: u32 = <u32>offsetof<Frame>("memory");
export const Frame_memorySize: u32 = <u32>offsetof<Frame>("memorySize");

export const Log_next: u32 = <u32>offsetof<Log>("next");
export const Log_previous: u32 = <u32>offsetof<Log>("previous");
export const Log_topicCount: u32 = <u32>offsetof<Log>("topicCount");
export const Log_dataLength: u32 = <u32>offsetof<Log>("dataLength");
export const Log_address: u32 = <u32>offsetof<Log>("address0");
export const Log_size: u32 = <u32>offsetof<Log>();

export const AccountRecord_address: u32 = <u32>offsetof<AccountRecord>("address0");
export const AccountRecord_loaded: u32 = <u32>offsetof<AccountRecord>("loaded");
export const AccountRecord_nonce: u32 = <u32>offsetof<AccountRecord>("nonce");
export const AccountRecord_balance: u32 = <u32>offsetof<AccountRecord>("balance0");
export const AccountRecord_codeHash: u32 = <u32>offsetof<AccountRecord>("codeHash0");
export const AccountRecord_code: u32 = <u32>offsetof<AccountRecord>("code");
export const AccountRecord_exists: u32 = <u32>offsetof<AccountRecord>("exists");
export const AccountRecord_storageTrie: u32 = <u32>offsetof<AccountRecord>("storageTrie");
export const AccountRecord_touched: u32 = <u32>offsetof<AccountRecord>("touched");
export const AccountRecord_storageRoot: u32 = <u32>offsetof<AccountRecord>("storageRoot0");
export const AccountRecord_generation: u32 = <u32>offsetof<AccountRecord>("generation");
export const AccountRecord_size: u32 = <u32>offsetof<AccountRecord>();

export const SlotRecord_account: u32 = <u32>offsetof<SlotRecord>("account");
export const SlotRecord_loaded: u32 = <u32>offsetof<SlotRecord>("loaded");
export const SlotRecord_key: u32 = <u32>offsetof<SlotRecord>("key0");
export const SlotRecord_value: u32 = <u32>offsetof<SlotRecord>("value0");
export const SlotRecord_generation: u32 = <u32>offsetof<SlotRecord>("generation");
export const SlotRecord_size: u32 = <u32>offsetof<SlotRecord>();
