// Before its first own block a forked chain has the remote's: requests about those go to the remote as they are, and its
// answers come back as they are.

import type { Chain, RemoteClient } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { demandBlock } from "./decode/block-ref.ts";
import { type LogQuery, logQuery } from "./decode/filter.ts";
import type { CallContext, Method, MethodTable } from "./method.ts";

/** The remote of a forked chain, and the last of its blocks that are the chain's as well. */
export interface RemoteHistory {
  client: RemoteClient;
  block: { header: { number: bigint }; hash: Hex };
}

type ByName<T> = Readonly<Record<string, T>>;

/** What a block holds, by the position of the parameter that names the block. The fork's own block is the remote's. */
const BLOCKS: ByName<number> = {
  eth_getBlockByNumber: 0,
  eth_getBlockTransactionCountByNumber: 0,
  eth_getUncleCountByBlockNumber: 0,
  eth_getUncleByBlockNumberAndIndex: 0,
  eth_getTransactionByBlockNumberAndIndex: 0,
  eth_getRawTransactionByBlockNumberAndIndex: 0,
  eth_getBlockReceipts: 0,
  eth_getBlockAccessList: 0,
  eth_getBlockAccessListByBlockNumber: 0,
  eth_getHeaderByNumber: 0,
  eth_feeHistory: 1,
  debug_getRawHeader: 0,
  debug_getRawBlock: 0,
  debug_getRawReceipts: 0,
  debug_getRawBlockAccessList: 0,
  debug_executionWitness: 0,
  debug_traceBlockByNumber: 0,
  trace_block: 0,
  trace_replayBlockTransactions: 0,
  ots_getBlockDetails: 0,
  ots_getBlockTransactions: 0,
  erigon_getHeaderByNumber: 0,
};

/** The state behind a block, in the same way. That behind the fork's own block is also here, with what was changed on top. */
const STATES: ByName<number> = {
  eth_getBalance: 1,
  eth_getTransactionCount: 1,
  eth_getCode: 1,
  eth_getStorageAt: 2,
  eth_getStorageValues: 1,
  eth_getProof: 2,
  eth_call: 1,
  eth_estimateGas: 1,
  eth_createAccessList: 1,
  eth_simulateV1: 1,
  debug_traceCall: 1,
  trace_call: 2,
  trace_callMany: 1,
  ots_hasCode: 1,
};

/** By the hash of a block or of a transaction, the first parameter. */
const BLOCK_HASHES: readonly string[] = [
  "eth_getBlockByHash",
  "eth_getBlockTransactionCountByHash",
  "eth_getUncleCountByBlockHash",
  "eth_getUncleByBlockHashAndIndex",
  "eth_getTransactionByBlockHashAndIndex",
  "eth_getRawTransactionByBlockHashAndIndex",
  "eth_getBlockAccessListByBlockHash",
  "eth_getHeaderByHash",
  "debug_traceBlockByHash",
  "ots_getBlockDetailsByHash",
];
const TRANSACTION_HASHES: readonly string[] = [
  "eth_getTransactionByHash",
  "eth_getRawTransactionByHash",
  "eth_getTransactionReceipt",
  "debug_getRawTransaction",
  "debug_traceTransaction",
  "trace_transaction",
  "trace_replayTransaction",
  "trace_get",
  "ots_getInternalOperations",
  "ots_getTransactionError",
  "ots_traceTransaction",
];

const isHash = (value: unknown): value is Hex =>
  typeof value === "string" && /^0x[0-9a-fA-F]{64}$/.test(value);
const isNumber = (value: unknown): value is string =>
  typeof value === "string" && /^0x[0-9a-fA-F]{1,16}$/.test(value);
const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/** Where a request belongs: here, or there with these parameters. */
type Route = readonly unknown[] | undefined;

class Routes {
  readonly #chain: Chain;
  readonly #last: bigint;
  readonly #lastHash: Hex;

  constructor(chain: Chain, { header, hash }: RemoteHistory["block"]) {
    this.#chain = chain;
    this.#last = header.number;
    this.#lastHash = hash;
  }

  /** By number, name, or an object of EIP-1898. `most` is the last number that goes to the remote. */
  byBlock(params: readonly unknown[], at: number, most: bigint): Route {
    const given = params[at];
    // Otterscan's numbers are JSON's.
    const value =
      typeof given === "number" && Number.isSafeInteger(given) && given >= 0
        ? quantity(BigInt(given))
        : given;
    const there = (number: Hex) => params.with(at, number);
    if (value === "earliest") return params;
    if (value === "latest" || value === "safe" || value === "finalized") {
      const { number } = this.#chain.block(value)!;
      return number <= most ? there(quantity(number)) : undefined;
    }
    if (isNumber(value)) return BigInt(value) <= most ? params : undefined;
    if (isHash(value)) return this.#isTheirs(value, most) ? params : undefined;
    if (typeof value !== "object" || value === null) return undefined;
    const { blockNumber, blockHash } = value as Record<string, unknown>;
    if (isNumber(blockNumber)) return BigInt(blockNumber) <= most ? params : undefined;
    return isHash(blockHash) && this.#isTheirs(blockHash, most) ? params : undefined;
  }

  /** Of a block that is not known here, only the remote can know something. */
  #isTheirs(hash: Hex, most: bigint): boolean {
    return hash.toLowerCase() === this.#lastHash
      ? this.#last <= most
      : this.#chain.block(hash.toLowerCase() as Hex) === undefined;
  }

  byBlockHash(params: readonly unknown[]): Route {
    const [hash] = params;
    return isHash(hash) && this.#isTheirs(hash, this.#last) ? params : undefined;
  }

  byTransactionHash(params: readonly unknown[]): Route {
    const [hash] = params;
    if (!isHash(hash)) return undefined;
    const key = hash.toLowerCase() as Hex;
    const isOurs = this.#chain.transaction(key) !== undefined || this.#chain.pool.get(key) !== undefined;
    return isOurs ? undefined : params;
  }

  /** The blocks of a query of logs that are the remote's, and those that are here. */
  byLogs({ blocks }: LogQuery): { theirs: readonly [bigint, bigint] | Hex | undefined; isOursToo: boolean } {
    if ("hash" in blocks) {
      const isTheirs = this.#isTheirs(blocks.hash, this.#last);
      return { theirs: isTheirs ? blocks.hash : undefined, isOursToo: !isTheirs };
    }
    const number = (ref: typeof blocks.from): bigint => {
      if ("number" in ref) return ref.number;
      if ("tag" in ref && ref.tag === "earliest") return 0n;
      return demandBlock(this.#chain, ref).number;
    };
    const [from, to] = [number(blocks.from), number(blocks.to)];
    if (from > this.#last || from > to) return { theirs: undefined, isOursToo: true };
    const isOursToo = to > this.#last;
    return { theirs: [from, isOursToo ? this.#last : to], isOursToo };
  }

  /** What the remote knows beside the chain that was forked: blocks after it. */
  isFuture(answer: unknown): boolean {
    if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return false;
    const { number, blockNumber } = answer as Record<string, unknown>;
    return [number, blockNumber].some((value) => isNumber(value) && BigInt(value) > this.#last);
  }
}

/**
 * Methods of a forked chain that answer for the remote's blocks as well.
 *
 * @example
 * ```ts
 * const methods = withRemoteHistory(chainMethods(dev.chain, identity), dev.chain, dev.fork);
 * ```
 */
export function withRemoteHistory(methods: MethodTable, chain: Chain, remote: RemoteHistory): MethodTable {
  const { client, block } = remote;
  const last = block.header.number;
  const routes = new Routes(chain, block);
  const wrapped: Record<string, Method> = { ...methods };
  const route = (name: string, find: (params: readonly unknown[]) => Route) => {
    const own = methods[name];
    if (own === undefined) return;
    wrapped[name] = {
      parameterNames: own.parameterNames,
      call(params, context) {
        const there = find(params);
        if (there === undefined) return own.call(params, context);
        return client.request(name, ...there).then((answer) => (routes.isFuture(answer) ? null : answer));
      },
    };
  };
  for (const [name, at] of Object.entries(BLOCKS)) route(name, (params) => routes.byBlock(params, at, last));
  for (const [name, at] of Object.entries(STATES)) {
    route(name, (params) => routes.byBlock(params, at, last - 1n));
  }
  for (const name of BLOCK_HASHES) route(name, (params) => routes.byBlockHash(params));
  for (const name of TRANSACTION_HASHES) route(name, (params) => routes.byTransactionHash(params));

  const logs = methods["eth_getLogs"];
  if (logs !== undefined) {
    wrapped["eth_getLogs"] = {
      parameterNames: logs.parameterNames,
      async call(params: readonly unknown[], context: CallContext) {
        const { theirs, isOursToo } = routes.byLogs(logQuery(params[0], "params[0] (filter)"));
        const query = params[0] as Record<string, unknown>;
        if (theirs === undefined) return logs.call(params, context);
        if (typeof theirs === "string") return client.request("eth_getLogs", query);
        const [from, to] = theirs;
        const before = await client.request("eth_getLogs", {
          ...query,
          fromBlock: quantity(from),
          toBlock: quantity(to),
        });
        if (!isOursToo) return before;
        if (!Array.isArray(before)) throw client.error("MALFORMED", "eth_getLogs", "an array", before);
        const after = await logs.call([{ ...query, fromBlock: quantity(last + 1n) }], context);
        return [...before, ...(after as unknown[])];
      },
    };
  }
  return wrapped;
}
