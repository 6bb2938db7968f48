// Blocks on the engine, one after another on one state, in this thread or on worker threads.

import { type Block, Fork, InvalidBlockError, InvalidTransactionError, type Rules } from "@heddle/engine";
import { type BlockInput, type BlockOutcome, requestsHash, type Schedule } from "@heddle/engine/testing";
import type { TestAccount } from "./accounts.ts";
import { allocation, executor, threadedExecutor } from "./executor.ts";
import type { Mode } from "./mode.ts";

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
  /** How it was executed; undefined in the mode that has no threads. */
  schedule: Schedule | undefined;
}

/** A block, and the access list that came with it where one did. */
export interface ListedBlock extends Block {
  blockAccessList?: Uint8Array | undefined;
}

type Outcome = BlockOutcome & { schedule?: Schedule | undefined };
type Hashes = Iterable<readonly [bigint, Uint8Array]>;

/** The engine's two executors, each with a state of its own. */
interface Place {
  reset(): void;
  load(alloc: ReturnType<typeof allocation>): string;
  run(rules: Rules, block: BlockInput, hashes: Hashes): Outcome | Promise<Outcome>;
}

async function place(mode: Mode): Promise<Place> {
  if (mode === "in-order") {
    const local = await executor();
    return {
      reset: () => local.reset(),
      load: (alloc) => local.load(alloc),
      run: (rules, block, hashes) => local.runBlock(rules, block, hashes),
    };
  }
  const threaded = await threadedExecutor(mode);
  return {
    reset: () => threaded.reset(),
    load: (alloc) => threaded.load(alloc),
    run: (rules, block, hashes) => threaded.runBlock(rules, block, hashes, mode),
  };
}

export class BlockExecutor {
  readonly #place: Place;

  private constructor(at: Place) {
    this.#place = at;
  }

  /** Takes this thread's executor for `mode`; whoever took it before has lost its state. */
  static async take(mode: Mode): Promise<BlockExecutor> {
    return new BlockExecutor(await place(mode));
  }

  /** Replaces the state by these accounts; its root. */
  load(accounts: readonly TestAccount[]): string {
    this.#place.reset();
    return this.#place.load(allocation(accounts));
  }

  /** Executes a block and makes its changes the state. Throws the engine's errors for one that is not valid. */
  async execute(block: ListedBlock, rules: Rules, blockHashes: Hashes): Promise<BlockResult> {
    const outcome = await this.#place.run(rules, block, blockHashes);
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
      schedule: outcome.schedule,
    };
  }
}
