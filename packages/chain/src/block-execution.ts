// Executing a block on the engine: one that came from elsewhere is checked by its fork's rules, one that is made here gets
// its header from what executing it gave.

import {
  type Block,
  type BlockResult,
  type ChainConfig,
  checkBlockSize,
  checkHeader,
  checkResult,
  type Engine,
  type Header,
  type Hex,
  headerHash,
  InvalidBlockError,
  keccak256,
  ommersHash,
  type PackedTransactions,
  packTransactions,
  type Rules,
  rulesAt,
  type SimulationOptions,
  type Trace,
  type Tracer,
  type TracerFactory,
  type Withdrawal,
} from "@heddle/engine";
import { BlockEntry } from "./block-entry.ts";
import type { OlderHashes } from "./block-tree.ts";
import { type Ancestor, checkUncles } from "./uncles.ts";

/** A block as it is handed to the engine. */
export interface Executable {
  header: Header;
  transactions: PackedTransactions;
  /** 20 bytes each; trusted. */
  senders?: Uint8Array | undefined;
  /** Hashes of the transactions, 32 bytes each, where they are known. */
  hashes?: Uint8Array | undefined;
  uncles: readonly Header[];
  withdrawals: readonly Withdrawal[] | undefined;
  /** RLP of the block's access list, where it came with the block. */
  accessList?: Uint8Array | undefined;
  /** How it is simulated, where nobody has made it. */
  simulation?: SimulationOptions | undefined;
  signal?: AbortSignal | undefined;
  /** True: nothing is executed in vain, so nothing is read that the block does not need. */
  inOrder?: boolean;
}

/** Ancestors and their hashes, as executing and checking a block needs them. */
export interface Ancestry {
  /** The block's parent and those before it, newest first, as many as there are up to 256. */
  line(parent: BlockEntry, count: number): BlockEntry[];
  /** Their hashes by number. */
  hashes(parent: BlockEntry, count: number): Map<bigint, Hex>;
  byHash(hash: Hex): BlockEntry | undefined;
  /** Whether the hashes before a block are those that the engine finds by number. */
  isMain(block: BlockEntry): boolean;
  /** The hash of a block that is older than all that are kept. */
  olderHash: OlderHashes;
}

/** How many ancestors BLOCKHASH reaches. */
const RECENT = 256;
/** The rules for uncles look at as many. */
const UNCLE_ANCESTORS = 7;

/** The rules of a block after `parent`. */
export function rulesAfter(
  config: ChainConfig,
  parent: BlockEntry,
  position: { number: bigint; timestamp: bigint },
): Rules {
  const { number, timestamp } = position;
  return rulesAt(config, { number, timestamp, parentTotalDifficulty: parent.totalDifficulty });
}

/**
 * Checks everything about a block that can be told without executing it; `size` are the bytes of its RLP.
 * @throws InvalidHeaderError, InvalidBlockError
 */
export function checkBlock(
  config: ChainConfig,
  block: Block,
  size: number,
  parent: BlockEntry,
  ancestry: Ancestry,
): void {
  const { header, uncles } = block;
  const rules = rulesAfter(config, parent, header);
  checkBlockSize(size, rules);
  checkHeader(header, parent.header, rules);
  const ommers = ommersHash(uncles);
  if (ommers !== header.ommersHash.toLowerCase()) {
    throw new InvalidBlockError("header.ommersHash", ommers, header.ommersHash);
  }
  if (uncles.length === 0) return;
  const ancestors = ancestry.line(parent, UNCLE_ANCESTORS).map(
    (entry): Ancestor => ({
      header: entry.header,
      hash: entry.hash,
      uncleHashes: entry.uncles.map(headerHash),
    }),
  );
  checkUncles(uncles, ancestors, (uncle, uncleParent) => {
    const at = ancestry.byHash(headerHash(uncleParent))!;
    checkHeader(uncle, uncleParent, rulesAfter(config, at, uncle));
  });
}

/** Of the main line the engine asks by itself, and knows most of them from the block before. */
function ancestorHashes(parent: BlockEntry, ancestry: Ancestry): { blockHashes?: OlderHashes } {
  return ancestry.isMain(parent) ? {} : { blockHashes: recentHashes(parent, ancestry) };
}

/** Executes a block after `parent`, after which the engine's state must stand. Nothing is applied yet. */
export function execute(
  engine: Engine,
  block: Executable,
  parent: BlockEntry,
  ancestry: Ancestry,
): Promise<BlockResult> {
  const { header, transactions, senders, uncles, withdrawals, accessList, simulation, signal } = block;
  const { inOrder = false } = block;
  return engine.execute({
    header,
    transactions,
    ...(senders === undefined ? {} : { senders }),
    uncles,
    withdrawals: withdrawals ?? [],
    ...(accessList === undefined ? {} : { blockAccessList: accessList }),
    ...(simulation === undefined ? {} : { simulation }),
    ...(signal === undefined ? {} : { signal }),
    ...(inOrder ? { mode: "sequential" } : {}),
    parentTotalDifficulty: parent.totalDifficulty,
    ...ancestorHashes(parent, ancestry),
  });
}

/** A block that is traced: one of the chain's, or one that nobody has executed. */
export type Traceable = Pick<Executable, "header" | "uncles" | "withdrawals"> & {
  transactions: PackedTransactions | readonly Uint8Array[];
  senders?: Uint8Array | undefined;
};

/** Which transactions are traced, and by whom. */
export interface TraceOptions<T extends Tracer> {
  tracer: TracerFactory<T>;
  /** The only one; all unless given. */
  index?: number;
  signal?: AbortSignal;
}

/** Traces transactions of a block after `parent`, after which the engine's state must stand. */
export function trace<T extends Tracer>(
  engine: Engine,
  block: Traceable,
  parent: BlockEntry,
  ancestry: Ancestry,
  options: TraceOptions<T>,
): Promise<Trace<T>[]> {
  const { header, transactions, senders, uncles, withdrawals } = block;
  const { tracer, index, signal } = options;
  return engine.trace(
    {
      header,
      transactions,
      ...(senders === undefined ? {} : { senders }),
      uncles,
      withdrawals: withdrawals ?? [],
      parentTotalDifficulty: parent.totalDifficulty,
      ...ancestorHashes(parent, ancestry),
      ...(signal === undefined ? {} : { signal }),
    },
    { tracer, ...(index === undefined ? {} : { index }) },
  );
}

/** Hashes for BLOCKHASH in a block after `parent`. */
export function recentHashes(parent: BlockEntry, ancestry: Ancestry): OlderHashes {
  const kept = ancestry.hashes(parent, RECENT);
  return (number) => kept.get(number) ?? ancestry.olderHash(number);
}

/** The header with what executing its block gave. */
export function sealed(header: Header, result: BlockResult): Header {
  const { roots } = result;
  return {
    ...header,
    // Over a remote's state there is no trie to have a root.
    stateRoot: roots.state ?? header.stateRoot,
    transactionsRoot: roots.transactions,
    receiptsRoot: roots.receipts,
    logsBloom: result.logsBloom,
    gasUsed: result.gasUsed,
    blobGasUsed: header.blobGasUsed === undefined ? undefined : result.blobGasUsed,
    withdrawalsRoot: roots.withdrawals,
    requestsHash: roots.requests,
    blockAccessListHash: result.blockAccessListHash,
  };
}

/** What is kept of an executed block; `header` is complete. */
export function entryOf(
  header: Header,
  block: Omit<Executable, "header">,
  result: BlockResult,
  parent: BlockEntry,
): BlockEntry {
  const { senders } = block;
  // The engine hashes transactions to recover their senders.
  const receipts = result.receipts.pack(
    senders && { senders, hashes: block.hashes ?? hashesOf(block.transactions) },
  );
  return new BlockEntry({
    header,
    hash: headerHash(header),
    totalDifficulty: parent.totalDifficulty + header.difficulty,
    transactions: block.transactions,
    receipts,
    uncles: block.uncles,
    withdrawals: block.withdrawals,
    requests: result.requests,
    accessList: result.blockAccessList,
  });
}

function hashesOf({ bytes, offsets }: PackedTransactions): Uint8Array {
  const hashes = new Uint8Array((offsets.length - 1) * 32);
  for (let i = 0; i + 1 < offsets.length; i++) {
    hashes.set(keccak256(bytes.subarray(offsets[i]!, offsets[i + 1]!)), i * 32);
  }
  return hashes;
}

/** A block from elsewhere, executed and compared with what its header says; the result is still open. */
export async function executeChecked(
  engine: Engine,
  block: Block,
  parent: BlockEntry,
  ancestry: Ancestry,
  accessList: Uint8Array | undefined,
): Promise<{ entry: BlockEntry; result: BlockResult }> {
  const { header, uncles, withdrawals } = block;
  const executable = {
    header,
    transactions: packTransactions(block.transactions),
    uncles,
    withdrawals,
    accessList,
  };
  const result = await execute(engine, executable, parent, ancestry);
  try {
    checkResult(header, result);
    return { entry: entryOf(header, executable, result, parent), result };
  } catch (error) {
    result.discard();
    throw error;
  }
}
