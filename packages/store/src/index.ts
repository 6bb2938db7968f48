// The door of the store: what of a chain survives a restart.

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
