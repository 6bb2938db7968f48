// Subscriptions of sockets (eth_subscribe): what they are told, and when they have heard enough.

import { randomBytes } from "node:crypto";
import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { logQuery } from "./decode/filter.ts";
import { boolean } from "./decode/values.ts";
import { encodeHeaderFields } from "./encode/block.ts";
import { encodePooled } from "./encode/transaction.ts";
import { ErrorCode, RpcError } from "./errors.ts";
import { logsOf } from "./log-search.ts";
import type { Connection } from "./method.ts";

/** Subscriptions of one socket. */
const MAX_SUBSCRIPTIONS = 1000;

/** Begins to listen to a chain; what ends it. */
type Listen = (chain: Chain) => () => void;

/** The listeners of one kind. @throws InvalidParamsError where the options are none of it */
function listenerOf(kind: string, options: unknown, tell: (result: unknown) => void): Listen {
  if (kind === "newHeads") {
    return (chain) => {
      const onBlock = ({ header, hash }: BlockEntry) => tell(encodeHeaderFields(header, hash));
      chain.on("block", onBlock);
      return () => chain.off("block", onBlock);
    };
  }
  if (kind === "newPendingTransactions") {
    const isFull = options === undefined || options === null ? false : boolean(options, "params[1]");
    return (chain) => {
      const onPending = ({ hash }: { hash: Hex }) => {
        const pooled = isFull ? chain.pool.get(hash) : undefined;
        tell(pooled === undefined ? hash : encodePooled(pooled));
      };
      chain.on("pending", onPending);
      return () => chain.off("pending", onPending);
    };
  }
  if (kind === "logs") {
    const query = logQuery(options ?? {}, "params[1]");
    return (chain) => {
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
    };
  }
  // syncing: this node has nothing to catch up with, so that nothing ever changes.
  return () => () => undefined;
}

interface Subscription {
  listen: Listen;
  stop: () => void;
}

/** The subscriptions of all sockets to what happens on a chain, which may be exchanged for another. */
export class Subscriptions {
  #chain: Chain;
  readonly #byConnection = new Map<Connection, Map<Hex, Subscription>>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Begins one; the id by which the socket is told of it. @throws RpcError, InvalidParamsError */
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
    const listen = listenerOf(kind, options, (result) =>
      connection.notify("eth_subscription", { subscription: id, result }),
    );
    own.set(id, { listen, stop: listen(this.#chain) });
    return id;
  }

  /** Ends one; false where the socket has none of the id. */
  remove(connection: Connection, id: Hex): boolean {
    const own = this.#byConnection.get(connection);
    own?.get(id)?.stop();
    return own?.delete(id) ?? false;
  }

  /** All go on, under their ids, with what happens on another chain from now on. */
  moveTo(chain: Chain): void {
    chain.setMaxListeners(0);
    this.#chain = chain;
    for (const own of this.#byConnection.values()) {
      for (const subscription of own.values()) {
        subscription.stop();
        subscription.stop = subscription.listen(chain);
      }
    }
  }

  #close(connection: Connection): void {
    for (const { stop } of this.#byConnection.get(connection)?.values() ?? []) stop();
    this.#byConnection.delete(connection);
  }
}
