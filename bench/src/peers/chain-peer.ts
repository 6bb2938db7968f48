// What a benchmark asks of every peer that follows a chain.

import type { Chain, ChainBlock } from "../chain.ts";
import type { Round } from "../follower.ts";
import type { PeerName, Row } from "../rows.ts";
import { AnvilChain } from "./anvil-chain.ts";
import { EdrChain } from "./edr.ts";
import { EthereumJsChain } from "./ethereumjs-chain.ts";

export interface ChainPeer {
  readonly boundary: Row["boundary"];
  readonly mode: Row["mode"];
  readonly workers: number;
  /** Whether the time holds the computing of state roots. */
  readonly root: boolean;
  /**
   * Takes the next blocks of the chain.
   * @throws PeerError where it does not take a transaction, or what it gives is not what the block's header says
   */
  follow(blocks: readonly ChainBlock[]): Promise<Round>;
  close(): Promise<void>;
}

/**
 * Starts a peer on a chain's beginning.
 * @throws PeerError where it cannot
 */
export function startPeer(name: PeerName, chain: Chain): Promise<ChainPeer> {
  if (name === "anvil") return AnvilChain.start(chain);
  if (name === "edr") return EdrChain.start(chain);
  return EthereumJsChain.start(chain);
}
