// The door of the store: what of a chain survives a restart.

export { checkStore, MOST_PROBLEMS, type StoreReport } from "./check.ts";
export type { ChainIdentity, Checkpoint } from "./database.ts";
export {
  CorruptLogError,
  DiskFullError,
  ForeignFolderError,
  HistoryGoneError,
  LogFailedError,
  NewerFolderError,
  OlderFolderError,
  OtherChainError,
  StoreClosedError,
  StoreError,
  type StoreErrorFacts,
  StoreLockedError,
  WrongRootError,
} from "./errors.ts";
export {
  cutLog,
  FSYNC_POLICIES,
  type FsyncPolicy,
  Log,
  type LogOptions,
  type LogRecord,
  type LogRecovery,
} from "./log/log.ts";
export { RecordType } from "./log/record.ts";
export type { TransactionPlace } from "./main-line.ts";
export { type MigrateOptions, type MigrationStep, migrateStore } from "./migrate.ts";
export { openStore } from "./open-store.ts";
export type { StoreOptions } from "./options.ts";
export { type PruneReport, pruneStore } from "./prune.ts";
export { decodeEdits, encodeEdits } from "./state-edits.ts";
export type { OldStateValue, Store } from "./store.ts";
export type { StoredBlock } from "./stored-block.ts";
export { BrokenTrieError } from "./trie-walk.ts";
