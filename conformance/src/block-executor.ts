// Blocks on the engine, one after another on one state.

import type { Block, ChainConfig, Header, Rules } from "@heddle/engine/testing";
import type { TestAccount } from "./accounts.ts";

/** What executing a block gives, in the names of the header's fields. */
export interface BlockResult {
  gasUsed: bigint;
  blobGasUsed: bigint;
  logsBloom: string;
  transactionsRoot: string;
  receiptsRoot: string;
  withdrawalsRoot: string | undefined;
  requestsHash: string | undefined;
  stateRoot: string;
  commit(): void;
}

export class BlockExecutor {
  /** Replaces the state by these accounts; its root. */
  load(_accounts: readonly TestAccount[]): string {
    throw new Error("the engine has no block execution yet");
  }

  async execute(
    _block: Block,
    _rules: Rules,
    _config: ChainConfig,
    _parent: Header,
    _blockHashes: Map<bigint, `0x${string}`>,
  ): Promise<BlockResult> {
    throw new Error("the engine has no block execution yet");
  }

  close(): void {}
}
