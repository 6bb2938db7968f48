// Logs of a range of blocks: blocks whose bloom says no are not looked into.

import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex, Log } from "@heddle/engine";
import * as Bloom from "ox/Bloom";
import type { LogFilter } from "./decode/filter.ts";
import { encodeLog } from "./encode/receipt.ts";
import { ErrorCode, RpcError } from "./errors.ts";

/** Logs in one answer. */
const MAX_LOGS = 100_000;
/** Blocks that are looked through before others get their turn. */
const BLOCKS_AT_ONCE = 64;

/** Whether a block can have logs that match. Never says no where it has. */
export function mayMatch(bloom: Hex, { addresses, topics }: LogFilter): boolean {
  const hasOneOf = (values: ReadonlySet<Hex> | undefined) =>
    values === undefined || [...values].some((value) => Bloom.contains(bloom, value));
  return hasOneOf(addresses) && topics.every(hasOneOf);
}

export function matches(log: Log, { addresses, topics }: LogFilter): boolean {
  if (addresses !== undefined && !addresses.has(log.address)) return false;
  if (topics.length > log.topics.length) return false;
  return topics.every((wanted, i) => wanted === undefined || wanted.has(log.topics[i]!));
}

/** The logs of a block that match, as they are answered. */
export function logsOf(block: BlockEntry, filter: LogFilter, removed = false): Record<string, unknown>[] {
  if (block.transactionCount === 0 || !mayMatch(block.header.logsBloom, filter)) return [];
  const found: Record<string, unknown>[] = [];
  for (let index = 0; index < block.transactionCount; index++) {
    const { logs } = block.receipt(index);
    if (logs.length === 0) continue;
    const first = block.firstLogIndex(index);
    logs.forEach((log, i) => {
      if (matches(log, filter)) found.push(encodeLog(block, index, log, first + i, removed));
    });
  }
  return found;
}

/** The logs of the main line's blocks `from` to `to`. @throws RpcError where they are too many */
export async function searchLogs(
  chain: Chain,
  filter: LogFilter,
  from: bigint,
  to: bigint,
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (let number = from; number <= to; number++) {
    const block = chain.block(number);
    if (block === undefined) break;
    for (const log of logsOf(block, filter)) found.push(log);
    if (found.length > MAX_LOGS) {
      throw new RpcError(ErrorCode.limitExceeded, `more than ${MAX_LOGS} logs match; ask for fewer blocks`);
    }
    if ((number - from) % BigInt(BLOCKS_AT_ONCE) === BigInt(BLOCKS_AT_ONCE - 1)) {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
  }
  return found;
}
