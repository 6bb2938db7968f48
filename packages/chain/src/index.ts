// The door of the chain: genesis, pool, blocks built and imported, reorgs, history.

export { decodeBlockEntry, encodeBlockEntry } from "./block-encoding.ts";
export { BlockEntry, type BlockParts } from "./block-entry.ts";
export type { TraceOptions } from "./block-execution.ts";
export { type BlockStore, MemoryBlockStore } from "./block-store.ts";
export type { BlockReference, BlockTag } from "./block-tree.ts";
export type { BuildAttributes } from "./building.ts";
export type { Chain } from "./chain.ts";
export type {
  ChainMark,
  ChainOptions,
  DirectoryOptions,
  ForkChoice,
  FoundTransaction,
  RewindOptions,
} from "./chain-options.ts";
export { DEV_MNEMONIC, DEV_PATH, type DevAccount, devAccounts } from "./dev/accounts.ts";
export { Clock, type ClockState } from "./dev/clock.ts";
export type { DevChain, TransactionRequest } from "./dev/dev-chain.ts";
export { type DumpedAccount, dumpedAccounts, dumpState, type StateDump } from "./dev/dump.ts";
export { DEV_TIP } from "./dev/fees.ts";
export type { Fork, ForkOptions } from "./dev/fork.ts";
export { DEV_CHAIN_ID, type DevGenesisOptions, devGenesis } from "./dev/genesis.ts";
export { isAutomatic, type MiningMode } from "./dev/kept-settings.ts";
export { openDevChain } from "./dev/open-dev-chain.ts";
export type { DevChainOptions } from "./dev/options.ts";
export {
  impersonateTransaction,
  isImpersonated,
  UnknownAccountError,
  type UnsignedTransaction,
  unsignedEnvelope,
} from "./dev/signing.ts";
export { SYSTEM_CONTRACTS } from "./dev/system-contracts.ts";
export type { Notes, WaitingTransaction } from "./directory/log-records.ts";
export {
  ChainError,
  type ChainErrorFacts,
  ChainFailedError,
  HistoryGoneError,
  ReplayError,
  UnknownBlockError,
  UnknownParentError,
} from "./errors.ts";
export type { ChainEvents, ExecutionReport } from "./events.ts";
export {
  EMPTY_REQUESTS_HASH,
  type Genesis,
  type GenesisQuantity,
  genesisHeader,
  InvalidGenesisError,
  MAINNET_GENESIS_HASH,
  parseGenesis,
} from "./genesis.ts";
export { openChain } from "./open-chain.ts";
export type { ChainOrigin, ForkedChainOptions } from "./origin.ts";
export { type RefusalReason, TransactionRefusedError } from "./pool/errors.ts";
export type { PoolEvents, PoolHead, PoolOptions, TransactionPool } from "./pool/pool.ts";
export { type BlobSidecar, versionedHash } from "./pool/sidecar.ts";
export type { PooledTransaction } from "./pool/transaction.ts";
export { RemoteClient, type RemoteOptions } from "./remote/client.ts";
export { type RemoteHeader, remoteHeader } from "./remote/decode.ts";
export {
  BlockCache,
  type CachedBlock,
  cleanCache,
  defaultCacheFolder,
  listCache,
} from "./remote/disk-cache.ts";
export { RemoteError, type RemoteErrorFacts, type RemoteProblem } from "./remote/errors.ts";
export { HOLESKY, HOODI, SEPOLIA, scheduleOf } from "./remote/networks.ts";
export { type ExpectedCall, RemoteState, type RemoteStateOptions } from "./remote/state.ts";
export { decodePath, findInTrie, type TrieNode, type TriePath } from "./remote/trie-walk.ts";
export {
  type BlockToSimulate,
  type SimulatedBlock,
  type SimulatedCall,
  SimulatedNonceError,
  type SimulateOptions,
  SimulationOrderError,
} from "./simulation/simulate.ts";
export type { CallOptions, StateView } from "./state-view.ts";
export {
  type AccessListEntry,
  decodeTransaction,
  effectiveGasPrice,
  type Transaction,
  type TransactionAuthorization,
} from "./transaction.ts";
export type { TransactionPlace } from "./transaction-index.ts";
export { Turns } from "./turns.ts";
export { type Ancestor, checkUncles } from "./uncles.ts";
export { NoWitnessError, type Witness } from "./witness.ts";
