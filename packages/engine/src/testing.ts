// The door for tests and tools: execution in the current thread, and on threads whose state is thrown away often.

import type { Engine } from "./engine.ts";
import type { Hex } from "./hex.ts";
import { openEngine } from "./open-engine.ts";
import type { EngineOptions } from "./options.ts";
import { ResettableState } from "./resettable-state.ts";
import type { Allocation } from "./state-import.ts";

/**
 * Tests only: an engine on the test build of the kernel, whose workers can be stopped at a point and killed there
 * by `engine.pool.kill`. Slower than `createEngine`'s.
 */
export function createTestEngine(options: EngineOptions = {}): Promise<Engine> {
  return openEngine(options, "test");
}

/**
 * Replaces the committed state of an engine without a source by these accounts, so that one engine can run many small
 * chains; returns the state root. No result may be open. Blocks that follow must bring their own `blockHashes`.
 */
export function replaceState(engine: Engine, alloc: Allocation): Hex {
  const state = new ResettableState(engine.host);
  state.reset();
  return state.load(alloc);
}

// What test suites compare by itself, without executing anything.
export { type Block, decodeBlock, encodeBlock, type Withdrawal } from "./block.ts";
export type { BlockInput, ExecutionHeader, RecentHashes } from "./block-input.ts";
export type { BlockOutcome } from "./block-outcome.ts";
export { EMPTY_OMMERS_HASH } from "./empty.ts";
export { DecodingError, EngineError, InvalidBlockError, InvalidTransactionError } from "./errors.ts";
export { nextDifficulty } from "./fees.ts";
export { type BlobSchedule, type ChainConfig, Fork, networkConfig, type Rules, rulesAt } from "./forks.ts";
export {
  checkHeader,
  decodeHeader,
  encodeHeader,
  type Header,
  headerHash,
  ommersHash,
  sealHash,
} from "./header.ts";
export { kernelMemory, type MemoryUse } from "./kernel-memory.ts";
export { KernelProbe, type TransactionInspection } from "./kernel-probe.ts";
export { type LaneCosts, LaneSimulation, type SimulatedBlock, type SimulatedRun } from "./lane-simulation.ts";
export {
  encodeUnsigned,
  LocalExecutor,
  type OnStep,
  StateMissingError,
  type TransactionFields,
  type TransactionOutcome,
} from "./local-executor.ts";
export { LEARNED, LEARNING_MODES, type LearningMode, type Speculation } from "./options.ts";
export { keccak256, preparePrecompiles, runPrecompile } from "./precompiles/index.ts";
export { requestsHash } from "./result.ts";
export { type RlpItem, rlpItem, rlpItems, rlpWhole } from "./rlp.ts";
export type { Schedule } from "./schedule.ts";
export { seededRandom } from "./seeded-random.ts";
export type { AllocatedAccount, Allocation } from "./state-import.ts";
export { ThreadedExecutor, type ThreadedOutcome } from "./threaded-executor.ts";
