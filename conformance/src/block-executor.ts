// Blocks on the engine, one after another on one state.

import { createHash } from "node:crypto";
import { bytesToHex, hexToBytes } from "@heddle/cli";
import {
  type Block,
  Fork,
  type Hex,
  InvalidBlockError,
  InvalidTransactionError,
  type Rules,
} from "@heddle/engine";
import type { LocalExecutor } from "@heddle/engine/testing";
import type { TestAccount } from "./accounts.ts";
import { allocation, executor } from "./executor.ts";

/** What executing a block gave, in the names of the header's fields. */
export interface BlockResult {
  gasUsed: bigint;
  blobGasUsed: bigint;
  logsBloom: string;
  transactionsRoot: string;
  receiptsRoot: string;
  withdrawalsRoot: string;
  requestsHash: string | undefined;
  stateRoot: string;
  /** Where the rules have access lists (EIP-7928): the list and its hash. */
  blockAccessList: Uint8Array | undefined;
  blockAccessListHash: string | undefined;
}

/** EIP-7685: the hash over the hashes of the requests. */
export function requestsHash(requests: readonly string[]): Hex {
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
  return bytesToHex(sha256(Buffer.concat(requests.map((request) => sha256(hexToBytes(request))))));
}

export class BlockExecutor {
  readonly #local: LocalExecutor;

  private constructor(local: LocalExecutor) {
    this.#local = local;
  }

  /** Takes this thread's executor; whoever took it before has lost its state. */
  static async take(): Promise<BlockExecutor> {
    return new BlockExecutor(await executor());
  }

  /** Replaces the state by these accounts; its root. */
  load(accounts: readonly TestAccount[]): string {
    this.#local.reset();
    return this.#local.load(allocation(accounts));
  }

  /** Executes a block and makes its changes the state. Throws the engine's errors for one that is not valid. */
  execute(block: Block, rules: Rules, blockHashes: Iterable<readonly [bigint, Uint8Array]>): BlockResult {
    const outcome = this.#local.runBlock(rules, block, blockHashes);
    if (outcome.invalid !== undefined) {
      const { reason, transaction } = outcome.invalid;
      if (transaction !== undefined) throw new InvalidTransactionError(transaction, reason);
      throw new InvalidBlockError(reason, "none of the system's calls failing", reason);
    }
    return {
      gasUsed: outcome.gasUsed,
      blobGasUsed: outcome.blobGasUsed,
      logsBloom: outcome.logsBloom,
      transactionsRoot: outcome.roots.transactions,
      receiptsRoot: outcome.roots.receipts,
      withdrawalsRoot: outcome.roots.withdrawals,
      requestsHash: rules.fork >= Fork.Prague ? requestsHash(outcome.requests) : undefined,
      stateRoot: outcome.roots.state,
      blockAccessList: outcome.blockAccessList,
      blockAccessListHash: outcome.blockAccessListHash,
    };
  }
}
