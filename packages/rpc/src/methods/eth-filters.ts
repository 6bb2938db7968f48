// eth_*: logs, filters that are polled, and subscriptions of sockets.

import { randomBytes } from "node:crypto";
import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { demandBlock } from "../decode/block-ref.ts";
import { type LogQuery, logQuery } from "../decode/filter.ts";
import { boolean, oneOf } from "../decode/values.ts";
import { encodeHeaderFields } from "../encode/block.ts";
import { encodePooled } from "../encode/transaction.ts";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import { Filters } from "../filters.ts";
import { logsOf, searchLogs } from "../log-search.ts";
import { type Connection, type Decoder, type MethodTable, method, parameter } from "../method.ts";

/** Subscriptions of one socket. */
const MAX_SUBSCRIPTIONS = 1000;

async function logs(chain: Chain, query: LogQuery, signal: AbortSignal): Promise<unknown[]> {
  const { blocks } = query;
  if ("hash" in blocks) {
    const block = chain.block(blocks.hash);
    if (block === undefined) throw new RpcError(ErrorCode.server, "unknown block");
    return logsOf(block, query);
  }
  const number = (ref: typeof blocks.from) => ("number" in ref ? ref.number : demandBlock(chain, ref).number);
  const [from, to] = [number(blocks.from), number(blocks.to)];
  if (from > to) throw new RpcError(ErrorCode.invalidParams, "invalid block range params");
  return searchLogs(chain, query, from, to, signal);
}

/** An id that was given here: 16 bytes. */
const givenId: Decoder<Hex> = (value, path) => {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,64}$/i.test(value))
    throw new InvalidParamsError(path, "an id in hex", value);
  return value.toLowerCase() as Hex;
};

const anything: Decoder<unknown> = (value) => value;

/** What sockets are told, and when they have heard enough. */
class Subscriptions {
  readonly #chain: Chain;
  readonly #byConnection = new Map<Connection, Map<Hex, () => void>>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  add(connection: Connection, kind: string, options: unknown): Hex {
    let own = this.#byConnection.get(connection);
    if (own === undefined) {
      own = new Map();
      this.#byConnection.set(connection, own);
      connection.onClose(() => this.#close(connection));
    }
    if (own.size >= MAX_SUBSCRIPTIONS) {
      throw new RpcError(
        ErrorCode.limitExceeded,
        `a connection has at most ${MAX_SUBSCRIPTIONS} subscriptions`,
      );
    }
    const id: Hex = `0x${randomBytes(16).toString("hex")}`;
    own.set(
      id,
      this.#listen(kind, options, (result) =>
        connection.notify("eth_subscription", { subscription: id, result }),
      ),
    );
    return id;
  }

  remove(connection: Connection, id: Hex): boolean {
    const own = this.#byConnection.get(connection);
    own?.get(id)?.();
    return own?.delete(id) ?? false;
  }

  #close(connection: Connection): void {
    for (const stop of this.#byConnection.get(connection)?.values() ?? []) stop();
    this.#byConnection.delete(connection);
  }

  #listen(kind: string, options: unknown, tell: (result: unknown) => void): () => void {
    const chain = this.#chain;
    if (kind === "newHeads") {
      const onBlock = ({ header, hash }: BlockEntry) => tell(encodeHeaderFields(header, hash));
      chain.on("block", onBlock);
      return () => chain.off("block", onBlock);
    }
    if (kind === "newPendingTransactions") {
      const isFull = options === undefined || options === null ? false : boolean(options, "params[1]");
      const onPending = ({ hash }: { hash: Hex }) => {
        const pooled = isFull ? chain.pool.get(hash) : undefined;
        tell(pooled === undefined ? hash : encodePooled(pooled));
      };
      chain.on("pending", onPending);
      return () => chain.off("pending", onPending);
    }
    if (kind === "logs") {
      const query = logQuery(options ?? {}, "params[1]");
      const onReorg = ({ removed }: { removed: readonly BlockEntry[] }) => {
        for (const block of removed) for (const log of logsOf(block, query, true)) tell(log);
      };
      const onBlock = (block: BlockEntry) => {
        for (const log of logsOf(block, query)) tell(log);
      };
      chain.on("reorg", onReorg);
      chain.on("block", onBlock);
      return () => {
        chain.off("reorg", onReorg);
        chain.off("block", onBlock);
      };
    }
    // syncing: this node has nothing to catch up with, so that nothing ever changes.
    return () => undefined;
  }
}

export function ethFilters(chain: Chain): MethodTable {
  // Every filter and every subscription listens for itself.
  chain.setMaxListeners(0);
  const filters = new Filters(chain);
  const subscriptions = new Subscriptions(chain);
  const id = parameter("filterId", givenId);
  return {
    eth_getLogs: method([parameter("filter", logQuery)], ([query], { signal }) => logs(chain, query, signal)),
    eth_newFilter: method([parameter("filter", logQuery)], ([query]) => filters.newLogs(query)),
    eth_newBlockFilter: method([], () => filters.newBlocks()),
    eth_newPendingTransactionFilter: method([], () => filters.newPendingTransactions()),
    eth_getFilterChanges: method([id], ([filter]) => filters.changes(filter)),
    eth_getFilterLogs: method([id], ([filter], { signal }) => logs(chain, filters.query(filter), signal)),
    eth_uninstallFilter: method([id], ([filter]) => filters.uninstall(filter)),
    eth_subscribe: method(
      [
        parameter("kind", oneOf("newHeads", "logs", "newPendingTransactions", "syncing")),
        parameter("options", anything),
      ],
      ([kind, options], { connection }) => {
        if (connection === undefined) {
          throw new RpcError(ErrorCode.unsupported, "subscriptions need a WebSocket");
        }
        return subscriptions.add(connection, kind, options);
      },
    ),
    eth_unsubscribe: method([parameter("subscription", givenId)], ([subscription], { connection }) =>
      connection === undefined ? false : subscriptions.remove(connection, subscription),
    ),
  };
}
