// The door for tests and tools: execution in the current thread.

export type { ExecutionHeader, RecentHashes } from "./block-input.ts";
export {
  type BlockOutcome,
  encodeUnsigned,
  LocalExecutor,
  StateMissingError,
  type TransactionFields,
  type TransactionOutcome,
} from "./local-executor.ts";
export type { AllocatedAccount, Allocation } from "./state-import.ts";
