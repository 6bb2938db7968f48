// A local chain that goes on from a block of a remote one.

import { EMPTY_CODE_HASH, type Hex, InvalidArgumentError, type StateEdit } from "@heddle/engine";
import type { ChainOrigin } from "../origin.ts";
import { RemoteClient, type RemoteOptions } from "../remote/client.ts";
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
}

/** What an open fork knows of its remote. */
export interface Fork {
  readonly client: RemoteClient;
  readonly chainId: bigint;
  readonly block: RemoteHeader;
  readonly state: RemoteState;
  close(): Promise<void>;
}

async function readBlock(client: RemoteClient, wanted: bigint | undefined): Promise<RemoteHeader> {
  let number = wanted;
  if (number === undefined || number < 0n) {
    const method = "eth_blockNumber";
    number = quantity({ client, method }, await client.request(method), "the number", 64) + (number ?? 0n);
    if (number < 0n) throw new InvalidArgumentError("fork.blockNumber", "a block that there is", wanted);
  }
  const method = "eth_getBlockByNumber";
  const answer = await client.request(method, `0x${number.toString(16)}`, false);
  if (answer === null) throw client.error("WRONG_CHAIN", method, `block ${number}`, "none");
  const block = remoteHeader({ client, method }, answer);
  if (block.header.number !== number) {
    throw client.error("WRONG_CHAIN", method, `block ${number}`, `block ${block.header.number}`);
  }
  return block;
}

/**
 * Finds the block to go on from. It must be closed.
 * @throws RemoteError, InvalidArgumentError
 */
export async function openFork(options: ForkOptions): Promise<Fork> {
  const client = await RemoteClient.open(options);
  try {
    const method = "eth_chainId";
    const [id, block] = await Promise.all([client.request(method), readBlock(client, options.blockNumber)]);
    const chainId = quantity({ client, method }, id, "the chain's id", 64);
    if (options.chainId !== undefined && options.chainId !== chainId) {
      throw client.error("WRONG_CHAIN", method, `chain ${options.chainId}`, `chain ${chainId}`);
    }
    const { verifyProofs: verify = false, cache: folder = defaultCacheFolder() } = options;
    if (verify && !block.isHashed) {
      throw client.error("UNPROVEN", "eth_getBlockByNumber", "a header that gives its hash", block.hash);
    }
    const { number } = block.header;
    // What was read without proofs is not looked at where proofs are asked for, and is not mixed with it.
    const cache =
      folder === false || verify
        ? undefined
        : await BlockCache.open(folder, { chainId, number, hash: block.hash }, options.onCacheProblem);
    const state = new RemoteState({ client, block, cache, verify });
    const close = async () => {
      client.close();
      await state.close();
    };
    return { client, chainId, block, state, close };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Where a chain begins that goes on from a fork's block, by the rules of its remote or of `hardfork`. */
export function forkOrigin(fork: Fork, options: { hardfork?: string; chainId?: number }): ChainOrigin {
  const { block, state } = fork;
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
