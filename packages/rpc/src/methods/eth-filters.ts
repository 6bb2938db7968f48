// eth_*: logs, filters that are polled, and subscriptions of sockets.

import type { Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { demandBlock } from "../decode/block-ref.ts";
import { type LogQuery, logQuery } from "../decode/filter.ts";
import { oneOf } from "../decode/values.ts";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import { Filters } from "../filters.ts";
import { logsOf, searchLogs } from "../log-search.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";
import { Subscriptions } from "../subscriptions.ts";

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

export function ethFilters(chain: Chain, subscriptions = new Subscriptions(chain)): MethodTable {
  // Every filter and every subscription listens for itself.
  chain.setMaxListeners(0);
  const filters = new Filters(chain);
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
