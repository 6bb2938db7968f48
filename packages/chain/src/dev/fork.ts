// A local chain that goes on from a block of a remote one.

import { EMPTY_CODE_HASH, type Hex, InvalidArgumentError, type StateEdit } from "@heddle/engine";
import { OtherChainError } from "@heddle/store";
import { type KeptFork, readKeptFork, writeKeptFork } from "../directory/kept-fork.ts";
import type { ChainOrigin, OriginKeeper } from "../origin.ts";
import { RemoteClient, type RemoteOptions, type Request } from "../remote/client.ts";
import { quantity, type RemoteHeader, remoteHeader } from "../remote/decode.ts";
import { BlockCache, defaultCacheFolder } from "../remote/disk-cache.ts";
import { scheduleOf } from "../remote/networks.ts";
import { RemoteState } from "../remote/state.ts";
import { SYSTEM_CONTRACTS } from "./system-contracts.ts";

/** The remote chain and block to go on from. */
export interface ForkOptions extends RemoteOptions {
  /** The newest block unless given; a negative number counts back from it. */
  blockNumber?: bigint;
  /** The chain that the remote must have. */
  chainId?: bigint;
  /** Folder of what was read before; the user's unless given. False: nothing is kept. */
  cache?: string | false;
  /** True: all state is proven against the block's state root. */
  verifyProofs?: boolean;
  /** Hears of what goes wrong with the cache. */
  onCacheProblem?: (problem: string) => void;
  /** When it is aborted the remote is asked for nothing more: an opening that waits for it fails. */
  signal?: AbortSignal;
}

/** What an open fork knows of its remote. */
export interface Fork {
  readonly client: RemoteClient;
  readonly chainId: bigint;
  readonly block: RemoteHeader;
  readonly state: RemoteState;
  /** For a chain with a directory. */
  readonly keeper: OriginKeeper;
  close(): Promise<void>;
}

async function readNumber(client: RemoteClient, wanted: bigint | undefined): Promise<bigint> {
  if (wanted !== undefined && wanted >= 0n) return wanted;
  const method = "eth_blockNumber";
  const newest = quantity({ client, method }, await client.request(method), "the number", 64);
  const number = newest + (wanted ?? 0n);
  if (number < 0n) throw new InvalidArgumentError("fork.blockNumber", "a block that there is", wanted);
  return number;
}

async function readBlock(client: RemoteClient, number: bigint, request: Request): Promise<RemoteHeader> {
  const method = "eth_getBlockByNumber";
  const answer = await request(method, `0x${number.toString(16)}`, false);
  if (answer === null) throw client.error("WRONG_CHAIN", method, `block ${number}`, "none");
  const block = remoteHeader({ client, method }, answer);
  if (block.header.number !== number) {
    throw client.error("WRONG_CHAIN", method, `block ${number}`, `block ${block.header.number}`);
  }
  return block;
}

/** @throws RemoteError where the remote's chain is not `expected` */
async function readChainId(
  client: RemoteClient,
  expected: bigint | undefined,
  request: Request,
): Promise<bigint> {
  const method = "eth_chainId";
  const chainId = quantity({ client, method }, await request(method), "the chain's id", 64);
  if (expected !== undefined && expected !== chainId) {
    throw client.error("WRONG_CHAIN", method, `chain ${expected}`, `chain ${chainId}`);
  }
  return chainId;
}

/** What the remote says that the fork goes on from. */
async function readPlace(client: RemoteClient, options: ForkOptions): Promise<KeptFork> {
  const request: Request = (method, ...params) => client.request(method, ...params);
  const [chainId, block] = await Promise.all([
    readChainId(client, options.chainId, request),
    readNumber(client, options.blockNumber).then((number) => readBlock(client, number, request)),
  ]);
  return { url: client.url, chainId, block, isProven: options.verifyProofs ?? false };
}

/**
 * What a directory goes on from, with a remote that may be away: only when it is asked for something is it asked as well
 * whether it has the block.
 * @throws OtherChainError where the options name another one
 */
function keptPlace(client: RemoteClient, options: ForkOptions, directory: string, kept: KeptFork): KeptFork {
  const { chainId, block } = kept;
  const { number } = block.header;
  const { blockNumber: wanted } = options;
  if (options.chainId !== undefined && options.chainId !== chainId) {
    throw new OtherChainError(directory, "remote chain's id", options.chainId, chainId);
  }
  if (wanted !== undefined && wanted >= 0n && wanted !== number) {
    throw new OtherChainError(directory, "remote block", wanted, number);
  }
  if (options.verifyProofs && !kept.isProven) {
    throw new OtherChainError(directory, "state", "proven", "taken on trust");
  }
  client.demand(async (request) => {
    const [, met] = await Promise.all([
      readChainId(client, chainId, request),
      readBlock(client, number, request),
    ]);
    if (met.hash !== block.hash) {
      const expected = `block ${number} with the hash ${block.hash}`;
      throw client.error("WRONG_CHAIN", "eth_getBlockByNumber", expected, met.hash);
    }
  });
  return kept;
}

/**
 * Finds the block to go on from: that of the directory, where one was begun in it. It must be closed.
 * @throws RemoteError, InvalidArgumentError; OtherChainError where the directory goes on from another block
 */
export async function openFork(options: ForkOptions, directory?: string): Promise<Fork> {
  const kept = directory === undefined ? undefined : readKeptFork(directory);
  const client = await RemoteClient.open(options);
  options.signal?.addEventListener("abort", () => client.close(), { once: true });
  try {
    options.signal?.throwIfAborted();
    const place =
      kept === undefined ? await readPlace(client, options) : keptPlace(client, options, directory!, kept);
    const { chainId, block, isProven: verify } = place;
    const { cache: folder = defaultCacheFolder() } = options;
    if (verify && !block.isHashed) {
      throw client.error("UNPROVEN", "eth_getBlockByNumber", "a header that gives its hash", block.hash);
    }
    const { number } = block.header;
    // What was read without proofs is not looked at where proofs are asked for, and is not mixed with it.
    const cache =
      folder === false || verify
        ? undefined
        : await BlockCache.open(folder, { chainId, number, hash: block.hash }, options.onCacheProblem);
    const state = new RemoteState({ client, block, cache, verify, isKept: directory !== undefined });
    const close = async () => {
      client.close();
      await state.close();
    };
    const keeper: OriginKeeper = {
      begin: (path) => writeKeptFork(path, place),
      restore: (read) => state.restore(read),
      keepReads: (keep) => state.keepReads(keep),
    };
    return { client, chainId, block, state, keeper, close };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Where a chain begins that goes on from a fork's block, by the rules of its remote or of `hardfork`. */
export function forkOrigin(fork: Fork, options: { hardfork?: string; chainId?: number }): ChainOrigin {
  const { block, state, keeper } = fork;
  const config = scheduleOf(fork.chainId, block.header, options.hardfork);
  return {
    config: {
      ...config,
      chainId: options.chainId ?? config.chainId,
      contractSenders: true,
      consoleCalls: true,
    },
    header: block.header,
    hash: block.hash,
    state,
    olderHash: (number) => state.ancestorHash(number),
    expect: (call) => void state.prefetch([call]),
    keeper,
  };
}

/**
 * What is changed on top of a fork's block before anything else: the accounts have funds and no code (on public chains
 * somebody has delegated those of the mnemonic that everybody knows), and the contracts that blocks call are there.
 */
export async function forkEdits(
  { state }: Fork,
  accounts: readonly { address: Hex }[],
  balance: bigint,
): Promise<StateEdit[]> {
  const system = Object.entries(SYSTEM_CONTRACTS).map(async ([name, { code }]): Promise<StateEdit[]> => {
    const address = name as Hex;
    const account = await state.account(address);
    const isThere = (account?.codeHash ?? EMPTY_CODE_HASH) !== EMPTY_CODE_HASH;
    return isThere ? [] : [{ address, nonce: 1n, code: code as Hex, deleted: false }];
  });
  const funded = accounts.map(({ address }): StateEdit => ({ address, balance, code: "0x", deleted: false }));
  // All are read at once, not one after the other when they are changed.
  const [edits] = await Promise.all([
    Promise.all(system),
    state.prefetch(accounts.map(({ address: from }) => ({ from }))),
  ]);
  return [...edits.flat(), ...funded];
}
