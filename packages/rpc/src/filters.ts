// Filters that are polled (eth_newFilter …): what came since the last time.

import { randomBytes } from "node:crypto";
import type { BlockEntry, Chain, ChainEvents } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import type { LogQuery } from "./decode/filter.ts";
import { ErrorCode, RpcError } from "./errors.ts";
import { logsOf } from "./log-search.ts";

/** Without a poll for so long a filter is forgotten (geth's). Milliseconds. */
const LIFETIME = 300_000;
const MAX_FILTERS = 10_000;
/** What one filter keeps for a poll: whoever asks too seldom loses the oldest. */
const MAX_CHANGES = 100_000;

interface Filter {
  changes: unknown[];
  polled: number;
  /** Of log filters. */
  query: LogQuery | undefined;
  close(): void;
}

/** Whether a filter over blocks takes in logs of this one. */
function covers({ blocks }: LogQuery, block: BlockEntry): boolean {
  if ("hash" in blocks) return blocks.hash === block.hash;
  if ("number" in blocks.from && block.number < blocks.from.number) return false;
  return !("number" in blocks.to && block.number > blocks.to.number);
}

/** The filters of all clients. */
export class Filters {
  readonly #chain: Chain;
  readonly #filters = new Map<Hex, Filter>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  get size(): number {
    return this.#filters.size;
  }

  newBlocks(): Hex {
    return this.#add(undefined, (push) => this.#listen("block", ({ hash }) => push(hash)));
  }

  newPendingTransactions(): Hex {
    return this.#add(undefined, (push) => this.#listen("pending", ({ hash }) => push(hash)));
  }

  newLogs(query: LogQuery): Hex {
    return this.#add(query, (push) => {
      const tell = (blocks: readonly BlockEntry[], removed: boolean) => {
        for (const block of blocks)
          if (covers(query, block)) for (const log of logsOf(block, query, removed)) push(log);
      };
      const stop = [
        this.#listen("reorg", ({ removed }) => tell(removed, true)),
        this.#listen("block", (block) => tell([block], false)),
      ];
      return () => {
        for (const one of stop) one();
      };
    });
  }

  #listen<E extends keyof ChainEvents>(event: E, listener: (...args: ChainEvents[E]) => void): () => void {
    const chain = this.#chain as {
      on(event: string, listener: unknown): void;
      off(event: string, listener: unknown): void;
    };
    chain.on(event, listener);
    return () => chain.off(event, listener);
  }

  #add(query: LogQuery | undefined, listen: (push: (change: unknown) => void) => () => void): Hex {
    this.#forgetOld();
    if (this.#filters.size >= MAX_FILTERS) {
      throw new RpcError(ErrorCode.limitExceeded, `there are ${MAX_FILTERS} filters; uninstall some`);
    }
    const filter: Filter = { changes: [], polled: Date.now(), query, close: () => undefined };
    filter.close = listen((change) => {
      filter.changes.push(change);
      if (filter.changes.length > MAX_CHANGES) filter.changes.shift();
    });
    const id: Hex = `0x${randomBytes(16).toString("hex")}`;
    this.#filters.set(id, filter);
    return id;
  }

  #forgetOld(): void {
    const oldest = Date.now() - LIFETIME;
    for (const [id, { polled }] of this.#filters) if (polled < oldest) this.uninstall(id);
  }

  #demand(id: Hex): Filter {
    this.#forgetOld();
    const filter = this.#filters.get(id);
    if (filter === undefined) throw new RpcError(ErrorCode.server, "filter not found");
    filter.polled = Date.now();
    return filter;
  }

  /** What came since the last poll. @throws RpcError where there is no such filter */
  changes(id: Hex): unknown[] {
    const filter = this.#demand(id);
    const { changes } = filter;
    filter.changes = [];
    return changes;
  }

  /** The query of a log filter. @throws RpcError where there is no such filter */
  query(id: Hex): LogQuery {
    const { query } = this.#demand(id);
    if (query === undefined) throw new RpcError(ErrorCode.server, "filter not found");
    return query;
  }

  uninstall(id: Hex): boolean {
    this.#filters.get(id)?.close();
    return this.#filters.delete(id);
  }
}
