// The memory map. One shared memory, laid out once; everything above HEAP_START is handed out in chunks.
//
//   0        unused, so that 0 is never a valid pointer
//   64       Control: what all workers and the host share
//   1024     Scheduler: what the workers of one block share
//   4096     BlockEnv (block/env.ts)
//   8192     chunk table, one u32 a chunk of 256 KiB
//   73728    constants the host writes once (opcode table, keccak round constants, ...)
//   262144   HEAP_START: chunks

export const CONTROL: usize = 64;
/** What the workers of a block share (parallel/scheduler.ts). */
export const SCHEDULER: usize = 1024;
export const BLOCK_ENV: usize = 4096;
export const CHUNK_TABLE: usize = 8192;
export const CHUNK_SIZE: u32 = 262144;
export const MAX_CHUNKS: u32 = 16384;
const CONSTANTS: usize = 73728;
/** Opcode facts: 16 forks x 256 rows x 8 bytes, written by the host from packages/kernel/src/opcodes.ts. */
export const OPCODE_TABLE: usize = CONSTANTS;
/** Constants that kernel code initialises in `initialise()`; each user takes its own range here. */
export const KECCAK_CONSTANTS: usize = 131072;
export const BLAKE2_CONSTANTS: usize = 133120;
export const SHA256_CONSTANTS: usize = 134144;
export const TRIE_CONSTANTS: usize = 135168;
export const STATE_CONSTANTS: usize = 139264;
export const VM_CONSTANTS: usize = 143360;
/** Vectors, points and the table of the generator of secp256k1 (curve/). */
export const CURVE_CONSTANTS: usize = 145408;
/** What the scheduler keeps for each worker: MAX_WORKERS x 64 bytes. */
export const WORKER_ROWS: usize = 188416;
/** Instances over one memory, the host's own included. */
export const MAX_WORKERS: u32 = 128;
/** What the trie keeps for each worker (trie/workers.ts): 128 x 512 bytes. */
export const TRIE_WORKERS: usize = 196608;
export const HEAP_START: usize = 262144;

/** What a chunk is used for; the value in the chunk table. Block chunks are freed by `resetBlock`. */
export enum Chunk {
  Free = 0,
  /** Arenas of a block: freed as a whole when the block is committed, discarded or given up. */
  Block = 1,
  /** One worker's stacks and EVM memory. */
  Worker = 2,
  Accounts = 3,
  Slots = 4,
  Index = 5,
  Code = 6,
  Trie = 7,
  /** Second and later chunk of a run of several. */
  Continued = 8,
  /** Records that are moved out of it (state/evict.ts). */
  Retired = 9,
  /** Transactions of a block that waits while another one runs. */
  Input = 10,
  /** What the predictor has learned (parallel/predictor.ts). */
  Predictor = 11,
}

/** Shared by all workers and the host. Every field that several may write is used with atomics. */
@unmanaged
export class Control {
  /** Bytes of memory that may be used in all; more is out of memory. */
  memoryLimit: u64;
  /** Counts executed blocks and attempts; tags version heads so that old ones read as empty. Starts at 1. */
  epoch: u32;
  /** 1 = the running block was given up: workers leave at the next check. */
  cancelled: u32;
  /** Chunk index from which the search for a free chunk starts. */
  chunkHint: u32;
  /** 1 = locations that are not in the cache must be asked of the host; 0 = they do not exist. */
  coldSource: u32;
  /** Index tables of accounts and slots: pointer, capacity - 1 (a power of two less one), entries used. */
  accountIndex: u32;
  accountIndexMask: u32;
  accountCount: u32;
  slotIndex: u32;
  slotIndexMask: u32;
  slotCount: u32;
  codeIndex: u32;
  codeIndexMask: u32;
  codeCount: u32;
  /** Root node of the account trie (trie/node.ts); 0 = empty trie. */
  stateTrie: u32;
  /** Seeds the hash function of the index tables, so that collisions cannot be prepared. */
  seed: u64;
  /** 0 = the state trie is not kept (no roots). */
  trieEnabled: u32;
  /** Bytes in use by records, code and trie nodes together; what the cache budget limits. */
  cacheBytes: u64;
  /** Changes when record memory is rebuilt: workers then drop the rest of the chunk they were filling. */
  recordGeneration: u32;
  /** Counts what the host's main thread must look at: cold requests, workers that are done. It sleeps on it. */
  hostWake: u32;
  /** Changes when all code is forgotten: workers then drop the rest of the chunk they were filling. */
  codeGeneration: u32;
  /** The part of `cacheBytes` that code and its decoded forms take. */
  codeBytes: u64;
  /** Deltas (state/hot.ts): which locations are tried as deltas. */
  deltas: u32;
  /** Predictor (status.ts): for which calls locations are predicted. */
  predictor: u32;
  /** What was learned for that (parallel/predictor.ts), or 0: nothing yet. */
  predictorTable: u32;
  /** Epoch in which a version of some account's code or life was published last: in most blocks there is none. */
  codeOrLifeEpoch: u32;
}

export function control(): Control {
  return changetype<Control>(CONTROL);
}

/** Wakes the host's main thread. */
export function wakeHost(): void {
  const wake = CONTROL + offsetof<Control>("hostWake");
  atomic.add<u32>(wake, 1);
  atomic.notify(wake, -1);
}
