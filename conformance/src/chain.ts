// A chain of imported blocks: checks a block against its header and its ancestors, keeps side chains, chooses the
// head. What a client's block import does, as far as the tests ask for it.

import { hexToBytes } from "@heddle/cli";
import {
  type Block,
  type ChainConfig,
  checkHeader,
  DecodingError,
  decodeBlock,
  EngineError,
  type Header,
  headerHash,
  InvalidTransactionError,
  ommersHash,
  type Rules,
  rulesAt,
} from "@heddle/engine";
import type { TestAccount } from "./accounts.ts";
import { BlockExecutor, type BlockResult } from "./block-executor.ts";
import type { Refusal } from "./refusal.ts";
import { type Ancestor, checkUncles } from "./uncles.ts";

/** A block that was accepted, with what its descendants need of it. */
interface Imported extends Ancestor {
  block: Block;
  totalDifficulty: bigint;
  parent: Imported | null;
  order: number;
}

/** A block is wrong in `field`. */
class Refused extends Error {
  readonly field: string;
  constructor(field: string) {
    super(`${field} is wrong`);
    this.field = field;
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return { kind: "block", field: error.field };
  if (error instanceof InvalidTransactionError) return { kind: "transaction", reason: error.reason };
  if (error instanceof DecodingError) return { kind: "decoding", reason: error.field ?? "block" };
  if (error instanceof EngineError && /^INVALID_(HEADER|BLOCK)$/.test(error.code)) {
    return { kind: "block", field: error.field ?? "block" };
  }
  throw error;
}

export class Chain {
  readonly #config: ChainConfig;
  readonly #accounts: readonly TestAccount[];
  readonly #blocks = new Map<string, Imported>();
  readonly #executor: BlockExecutor;
  /** The block after which the executor's state stands; null where it is to be made again. */
  #state: Imported | null;
  #head: Imported;
  #accessList: Uint8Array | undefined;
  readonly genesisHash: string;
  /** The root of the accounts as they were loaded; that of the genesis header must be the same. */
  readonly genesisStateRoot: string;

  private constructor(
    executor: BlockExecutor,
    config: ChainConfig,
    genesis: Header,
    accounts: readonly TestAccount[],
  ) {
    this.#executor = executor;
    this.#config = config;
    this.#accounts = accounts;
    this.genesisHash = headerHash(genesis);
    this.genesisStateRoot = this.#executor.load(accounts);
    const block: Block = { header: genesis, transactions: [], uncles: [] };
    this.#head = {
      block,
      hash: this.genesisHash,
      header: genesis,
      uncleHashes: [],
      totalDifficulty: genesis.difficulty,
      parent: null,
      order: 0,
    };
    this.#state = this.#head;
    this.#blocks.set(this.genesisHash, this.#head);
  }

  /** A chain whose only block is its genesis, with these accounts as the state. */
  static async start(config: ChainConfig, genesis: Header, accounts: readonly TestAccount[]): Promise<Chain> {
    return new Chain(await BlockExecutor.take(), config, genesis, accounts);
  }

  /** The access list that the block imported last gave, accepted or not; undefined where it was not executed. */
  get accessList(): Uint8Array | undefined {
    return this.#accessList;
  }

  get headHash(): string {
    return this.#head.hash;
  }

  /** Imports a block from its RLP. null = accepted; else why it is refused. */
  importBlock(rlp: Uint8Array): Refusal | null {
    this.#accessList = undefined;
    try {
      this.#import(rlp);
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }

  #import(rlp: Uint8Array): void {
    const block = decodeBlock(rlp);
    const hash = headerHash(block.header);
    if (this.#blocks.has(hash)) return;
    const parent = this.#blocks.get(block.header.parentHash.toLowerCase());
    if (parent === undefined) throw new Refused("header.parentHash");
    const { header } = block;
    const rules = rulesAt(this.#config, { ...header, parentTotalDifficulty: parent.totalDifficulty });
    checkHeader(header, parent.header, rules);
    if (ommersHash(block.uncles) !== header.ommersHash.toLowerCase()) throw new Refused("header.ommersHash");
    const line = ancestors(parent);
    checkUncles(block.uncles, line, (uncle, uncleParent) => {
      const at = this.#blocks.get(headerHash(uncleParent))!.totalDifficulty;
      checkHeader(uncle, uncleParent, rulesAt(this.#config, { ...uncle, parentTotalDifficulty: at }));
    });
    this.#moveState(parent);
    // What is executed is applied at once: a block that is refused after that leaves no state to go on from.
    this.#state = null;
    const result = this.#executor.execute(block, rules, hashesOf(line));
    this.#accessList = result.blockAccessList;
    checkResult(header, result);
    const imported: Imported = {
      block,
      hash,
      header,
      uncleHashes: block.uncles.map(headerHash),
      totalDifficulty: parent.totalDifficulty + header.difficulty,
      parent,
      order: this.#blocks.size,
    };
    this.#state = imported;
    this.#blocks.set(hash, imported);
    if (this.#isBetter(imported, rules)) this.#head = imported;
  }

  /** Before Paris the heaviest chain, from it on the newest block that was imported (no consensus client speaks). */
  #isBetter(block: Imported, rules: Rules): boolean {
    if (block.header.difficulty === 0n && rules.fork >= 10) return true;
    return block.totalDifficulty > this.#head.totalDifficulty;
  }

  /** A side chain's state is had by running its blocks again from genesis on: the tests' chains are short. */
  #moveState(target: Imported): void {
    if (this.#state === target) return;
    this.#executor.load(this.#accounts);
    for (const { block, parent } of ancestors(target).toReversed()) {
      if (parent === null) continue;
      const parentTotalDifficulty = parent.totalDifficulty;
      const rules = rulesAt(this.#config, { ...block.header, parentTotalDifficulty });
      this.#executor.execute(block, rules, hashesOf(ancestors(parent)));
    }
    this.#state = target;
  }

  /** The root that the accounts give, to compare an expected post state with. */
  rootOf(accounts: readonly TestAccount[]): string {
    this.#state = null;
    return this.#executor.load(accounts);
  }

  /** State root of the head. */
  get headStateRoot(): string {
    return this.#head.header.stateRoot;
  }
}

/** `block` and its ancestors, newest first. */
function ancestors(block: Imported): Imported[] {
  const line: Imported[] = [];
  for (let at: Imported | null = block; at !== null; at = at.parent) line.push(at);
  return line;
}

function hashesOf(line: readonly Ancestor[]): [bigint, Uint8Array][] {
  return line.slice(0, 256).map(({ header, hash }) => [header.number, hexToBytes(hash)]);
}

/** Fields that only executing the block can tell, in the order in which they are reported. */
function checkResult(header: Header, result: BlockResult): void {
  const fields = [
    "transactionsRoot",
    "withdrawalsRoot",
    "gasUsed",
    "blobGasUsed",
    "receiptsRoot",
    "logsBloom",
    "requestsHash",
    "blockAccessListHash",
    "stateRoot",
  ] as const;
  for (const field of fields) {
    const ours = result[field];
    const theirs = header[field];
    if (theirs === undefined) continue;
    if (String(ours).toLowerCase() !== String(theirs).toLowerCase()) throw new Refused(`header.${field}`);
  }
}
