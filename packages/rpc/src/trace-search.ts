// Traces of many blocks, and in which of their transactions an address takes part. Nobody keeps traces: the blocks are executed
// again, once; what was found of them is remembered.

import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex, TracedTransaction } from "@heddle/engine";
import { findBlock } from "./decode/block-ref.ts";
import type { TraceFilter } from "./decode/trace-filter.ts";
import { ErrorCode, RpcError } from "./errors.ts";
import { FlatCallTracer, type FlatTrace, rewardTraces } from "./tracers/flat-call-tracer.ts";

/** Transactions that one search may execute again; some seconds. */
const MOST_TRANSACTIONS = 50_000;
/** Traces in one answer. */
const MOST_TRACES = 100_000;
/** Blocks and transactions that are traced before others get their turn on the chain. */
const BLOCKS_AT_ONCE = 32;
const TRANSACTIONS_AT_ONCE = 512;
/** Addresses by transaction that are remembered; some 100 bytes each. */
const MOST_REMEMBERED = 500_000;

/** Who takes part in a block: the numbers of the transactions, by address. */
export type Participants = ReadonlyMap<Hex, readonly number[]>;

const NOBODY: Participants = new Map();

/** A search has executed as many transactions as one may. */
export class SearchTooLongError extends RpcError {
  constructor(most: number, block: BlockEntry) {
    super(
      ErrorCode.limitExceeded,
      `${most} transactions were looked into, up to block ${block.number}; ask for fewer blocks, or again: what was found is remembered`,
    );
  }
}

/** Makes tracers in the form of trace_* that know where in a block their transactions stand. */
export function flatTracer(block: BlockEntry): (transaction: TracedTransaction) => FlatCallTracer {
  return (transaction) =>
    new FlatCallTracer(
      transaction,
      {
        blockHash: block.hash,
        blockNumber: block.number,
        transactionHash: block.transactionHash(transaction.index),
        transactionPosition: transaction.index,
      },
      { parityForm: true },
    );
}

/** What one search may still execute. */
export class SearchBudget {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** @throws SearchTooLongError */
  spend(block: BlockEntry): void {
    if (this.#left <= 0) throw new SearchTooLongError(this.#most, block);
    this.#left -= block.transactionCount;
  }
}

export class TraceSearch {
  readonly #chain: Chain;
  readonly #most: number;
  /** By block hash; what was asked for last comes last. */
  readonly #known = new Map<Hex, { participants: Participants; size: number }>();
  #size = 0;

  /** `most` transactions may be executed again for one search. */
  constructor(chain: Chain, most = MOST_TRANSACTIONS) {
    this.#chain = chain;
    this.#most = most;
  }

  /** For one search. */
  budget(): SearchBudget {
    return new SearchBudget(this.#most);
  }

  /** The traces that match, in the order of the chain. @throws RpcError where they are too many, or too many to look for */
  async filter(filter: TraceFilter, signal: AbortSignal): Promise<FlatTrace[]> {
    const { after, count = Number.POSITIVE_INFINITY, senders, receivers } = filter;
    const [from, to] = this.#range(filter);
    const named = [...senders, ...receivers];
    const budget = this.budget();
    const found: FlatTrace[] = [];
    let passed = 0;
    for (const blocks of chunks(this.#blocks(from, to))) {
      const isWanted = (block: BlockEntry) => named.length === 0 || this.#mayName(block, named);
      const traced = await this.#trace(blocks, isWanted, budget, signal);
      for (const [i, block] of blocks.entries()) {
        const rewards = rewardTraces(block, this.#chain.rulesOf(block).fork);
        for (const trace of [...traced[i]!, ...rewards]) {
          if (!matches(trace, filter)) continue;
          if (passed++ < after) continue;
          if (found.length >= count) return found;
          found.push(trace);
        }
      }
      if (found.length > MOST_TRACES) {
        throw new RpcError(
          ErrorCode.limitExceeded,
          `more than ${MOST_TRACES} traces match; ask for fewer blocks, or count`,
        );
      }
      if (found.length >= count) break;
    }
    return found;
  }

  /** Blocks from and to, both included, as far as there are any. @throws RpcError where either is not on the main line */
  #range({ from, to }: TraceFilter): [bigint, bigint] {
    const { genesis } = this.#chain;
    const number = (ref: TraceFilter["from"]): bigint => {
      if ("number" in ref) return ref.number;
      const block = findBlock(this.#chain, ref);
      if (block === undefined || !this.#chain.isMain(block))
        throw new RpcError(ErrorCode.server, "header not found");
      return block.number;
    };
    const first = number(from);
    return [first > genesis.number ? first : genesis.number + 1n, number(to)];
  }

  *#blocks(from: bigint, to: bigint): Generator<BlockEntry> {
    for (let number = from; number <= to; number++) {
      const block = this.#chain.block(number);
      if (block === undefined) return;
      yield block;
    }
  }

  #mayName(block: BlockEntry, addresses: readonly Hex[]): boolean {
    const known = this.#known.get(block.hash);
    return known === undefined || addresses.some((address) => known.participants.has(address));
  }

  /** Who takes part in blocks of the main line that follow each other. @throws RpcError where they are too many to look into */
  async participants(
    blocks: readonly BlockEntry[],
    budget: SearchBudget,
    signal: AbortSignal,
  ): Promise<Participants[]> {
    const known = blocks.map((block) => this.#recall(block));
    const traced = await this.#trace(blocks, (block) => !this.#known.has(block.hash), budget, signal);
    // Those that were known may have been forgotten for the others.
    return blocks.map((_, i) => known[i] ?? participantsOf(traced[i]!));
  }

  /** The traces of blocks that follow each other; of those that are not wanted, or have none, nothing. */
  async #trace(
    blocks: readonly BlockEntry[],
    isWanted: (block: BlockEntry) => boolean,
    budget: SearchBudget,
    signal: AbortSignal,
  ): Promise<FlatTrace[][]> {
    signal.throwIfAborted();
    const wanted = blocks.map((block) => block.transactionCount > 0 && isWanted(block));
    const [first, last] = [wanted.indexOf(true), wanted.lastIndexOf(true)];
    const results: FlatTrace[][] = blocks.map(() => []);
    if (first < 0) return results;
    const traced = new Set(blocks.filter((_, i) => wanted[i]));
    for (const block of traced) budget.spend(block);
    const traces = await this.#chain.traceLine(
      blocks.slice(first, last + 1),
      (block) => (traced.has(block) ? flatTracer(block) : undefined),
      signal,
    );
    for (const [i, one] of traces.entries()) {
      const block = blocks[first + i]!;
      const flat = one.flatMap(({ tracer }) => tracer.result());
      results[first + i] = flat;
      if (traced.has(block)) this.#remember(block, participantsOf(flat));
    }
    return results;
  }

  #recall(block: BlockEntry): Participants | undefined {
    if (block.transactionCount === 0) return NOBODY;
    const known = this.#known.get(block.hash);
    if (known === undefined) return undefined;
    this.#known.delete(block.hash);
    this.#known.set(block.hash, known);
    return known.participants;
  }

  #remember(block: BlockEntry, participants: Participants): void {
    let size = 1;
    for (const numbers of participants.values()) size += numbers.length;
    this.#size += size - (this.#known.get(block.hash)?.size ?? 0);
    this.#known.set(block.hash, { participants, size });
    for (const [oldest, { size: least }] of this.#known) {
      if (this.#size <= MOST_REMEMBERED || oldest === block.hash) break;
      this.#known.delete(oldest);
      this.#size -= least;
    }
  }
}

/** Blocks in portions that are traced in one go. */
export function* chunks(blocks: Iterable<BlockEntry>): Generator<BlockEntry[]> {
  let chunk: BlockEntry[] = [];
  let transactions = 0;
  for (const block of blocks) {
    chunk.push(block);
    transactions += block.transactionCount;
    if (chunk.length < BLOCKS_AT_ONCE && transactions < TRANSACTIONS_AT_ONCE) continue;
    yield chunk;
    chunk = [];
    transactions = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** Who calls, creates, is destructed. */
function senderOf({ action }: FlatTrace): string | undefined {
  return action["from"] ?? action["address"];
}

/** Who is called, created, or gets what is paid or left behind. */
function receiverOf({ action, result }: FlatTrace): string | undefined {
  return action["to"] ?? result?.["address"] ?? action["refundAddress"] ?? action["author"];
}

function participantsOf(traces: readonly FlatTrace[]): Participants {
  const participants = new Map<Hex, number[]>();
  for (const trace of traces) {
    const index = trace.transactionPosition!;
    for (const address of [senderOf(trace), receiverOf(trace)] as (Hex | undefined)[]) {
      if (address === undefined) continue;
      const numbers = participants.get(address);
      if (numbers === undefined) participants.set(address, [index]);
      else if (numbers.at(-1) !== index) numbers.push(index);
    }
  }
  return participants;
}

function matches(trace: FlatTrace, { senders, receivers, mustBoth }: TraceFilter): boolean {
  const isSender = senders.has(senderOf(trace) as Hex);
  const isReceiver = receivers.has(receiverOf(trace) as Hex);
  if (senders.size === 0) return receivers.size === 0 || isReceiver;
  if (receivers.size === 0) return isSender;
  return mustBoth ? isSender && isReceiver : isSender || isReceiver;
}
