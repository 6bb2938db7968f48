// Anvil as a peer that follows a chain.

import type { Chain, ChainBlock } from "../chain.ts";
import type { Round } from "../follower.ts";
import { CHAIN_ID } from "../script.ts";
import { AnvilProcess } from "./anvil-process.ts";
import type { ChainPeer } from "./chain-peer.ts";

/**
 * An Anvil on a chain's beginning. Timed is `evm_mine` with the block's transactions, whose senders it has recovered by
 * then, in its pool: execution, roots, and what a node keeps besides.
 */
export class AnvilChain implements ChainPeer {
  readonly boundary = "node";
  readonly mode = "sequential";
  readonly workers = 1;
  readonly root = true;
  readonly #anvil: AnvilProcess;
  readonly #repeats: boolean;

  private constructor(anvil: AnvilProcess, repeats: boolean) {
    this.#anvil = anvil;
    this.#repeats = repeats;
  }

  static async start({ genesis, alloc, repeats }: Chain): Promise<AnvilChain> {
    return new AnvilChain(await AnvilProcess.start({ chainId: CHAIN_ID, genesis, alloc }), repeats);
  }

  async follow(blocks: readonly ChainBlock[]): Promise<Round> {
    const round: Round = { wall: 0, cpu: 0, transactions: 0, gas: 0 };
    const snapshot = this.#repeats ? await this.#anvil.request("evm_snapshot") : undefined;
    for (const { header, transactions } of blocks) {
      await this.#anvil.send(transactions);
      const { wall, cpu } = await this.#anvil.mine(header);
      round.wall += wall;
      round.cpu += cpu;
      round.transactions += transactions.length;
      round.gas += Number(header.gasUsed);
    }
    if (snapshot !== undefined) await this.#anvil.request("evm_revert", snapshot);
    return round;
  }

  close(): Promise<void> {
    return this.#anvil.close();
  }
}
