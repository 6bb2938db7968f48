// A chain of imported blocks: checks a block against its header and its ancestors, keeps side chains, chooses the
// head. What a client's block import does, as far as the tests ask for it.

import { type Ancestor, checkUncles } from "@heddle/chain";
import { hexToBytes } from "@heddle/cli";
import {
  type Block,
  type ChainConfig,
  checkBlockSize,
  checkHeader,
  DecodingError,
  decodeBlock,
  EngineError,
  Fork,
  type Header,
  headerHash,
  InvalidTransactionError,
  ommersHash,
  type Rules,
  rulesAt,
} from "@heddle/engine";
import type { TestAccount } from "./accounts.ts";
import { BlockExecutor, type BlockResult } from "./block-executor.ts";
import { isSealed } from "./ethash.ts";
import type { Mode } from "./mode.ts";
import type { Refusal } from "./refusal.ts";

/** A block that was accepted, with what its descendants need of it. */
interface Imported extends Ancestor {
  block: Block;
  hashBytes: Uint8Array;
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

/** How many ancestors BLOCKHASH reaches; the rules for uncles look at fewer. */
const RECENT = 256;

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return { kind: "block", field: error.field };
  if (error instanceof InvalidTransactionError) return { kind: "transaction", reason: error.reason };
  if (error instanceof DecodingError) return { kind: "decoding", reason: error.field ?? "block" };
  if (error instanceof EngineError && /^INVALID_(HEADER|BLOCK)$/.test(error.code)) {
    return { kind: "block", field: error.field ?? "block" };
  }
  throw error;
}

/** How a chain is imported. */
export interface ChainOptions {
  mode: Mode;
  /** Whether proof-of-work seals are verified. */
  seals: boolean;
}

export class Chain {
  readonly #config: ChainConfig;
  readonly #seals: boolean;
  readonly #accounts: readonly TestAccount[];
  readonly #blocks = new Map<string, Imported>();
  readonly #executor: BlockExecutor;
  /** The block after which the executor's state stands; null where it is to be made again. */
  #state: Imported | null;
  #head: Imported;
  #lastResult: BlockResult | undefined;
  readonly genesisHash: string;
  /** The root of the accounts as they were loaded; that of the genesis header must be the same. */
  readonly genesisStateRoot: string;

  private constructor(
    executor: BlockExecutor,
    config: ChainConfig,
    genesis: Header,
    accounts: readonly TestAccount[],
    seals: boolean,
  ) {
    this.#executor = executor;
    this.#seals = seals;
    this.#config = config;
    this.#accounts = accounts;
    this.genesisHash = headerHash(genesis);
    this.genesisStateRoot = this.#executor.load(accounts);
    const block: Block = { header: genesis, transactions: [], uncles: [] };
    this.#head = {
      block,
      hash: this.genesisHash,
      hashBytes: hexToBytes(this.genesisHash),
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
  static async start(
    config: ChainConfig,
    genesis: Header,
    accounts: readonly TestAccount[],
    { mode, seals }: ChainOptions,
  ): Promise<Chain> {
    return new Chain(await BlockExecutor.take(mode), config, genesis, accounts, seals);
  }

  /** What executing the block imported last gave, accepted or not; undefined where it was not executed to its end. */
  get lastResult(): BlockResult | undefined {
    return this.#lastResult;
  }

  get headHash(): string {
    return this.#head.hash;
  }

  /** Whether a block of this hash was accepted. */
  holds(hash: string): boolean {
    return this.#blocks.has(hash.toLowerCase());
  }

  /** Total difficulty of the head. */
  get totalDifficulty(): bigint {
    return this.#head.totalDifficulty;
  }

  /**
   * Imports a block from its RLP, on the access list that came with it, if one did. null = accepted; else why it is
   * refused.
   */
  async importBlock(rlp: Uint8Array, blockAccessList?: Uint8Array): Promise<Refusal | null> {
    this.#lastResult = undefined;
    try {
      await this.#import(rlp, blockAccessList);
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }

  async #import(rlp: Uint8Array, blockAccessList: Uint8Array | undefined): Promise<void> {
    const block = decodeBlock(rlp);
    const hash = headerHash(block.header);
    if (this.#blocks.has(hash)) return;
    const parent = this.#blocks.get(block.header.parentHash.toLowerCase());
    if (parent === undefined) throw new Refused("header.parentHash");
    const { header } = block;
    const rules = rulesAt(this.#config, { ...header, parentTotalDifficulty: parent.totalDifficulty });
    checkBlockSize(rlp.length, rules);
    checkHeader(header, parent.header, rules);
    if (ommersHash(block.uncles) !== header.ommersHash.toLowerCase()) throw new Refused("header.ommersHash");
    const line = ancestors(parent, RECENT);
    checkUncles(block.uncles, line, (uncle, uncleParent) => {
      const at = this.#blocks.get(headerHash(uncleParent))!.totalDifficulty;
      checkHeader(uncle, uncleParent, rulesAt(this.#config, { ...uncle, parentTotalDifficulty: at }));
    });
    await this.#checkSeals(block, rules);
    await this.#moveState(parent);
    // What is executed is applied at once: a block that is refused after that leaves no state to go on from.
    this.#state = null;
    const result = await this.#executor.execute({ ...block, blockAccessList }, rules, hashesOf(line));
    this.#lastResult = result;
    checkResult(header, result);
    const imported: Imported = {
      block,
      hash,
      hashBytes: hexToBytes(hash),
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

  /** Behind all cheaper checks: a seal takes a millisecond. */
  async #checkSeals({ header, uncles }: Block, rules: Rules): Promise<void> {
    if (!this.#seals || rules.fork >= Fork.Paris) return;
    for (const sealed of [header, ...uncles]) {
      if (!(await isSealed(sealed))) throw new Refused(sealed === header ? "header.seal" : "uncles.seal");
    }
  }

  /** Before Paris the heaviest chain, from it on the newest block that was imported (no consensus client speaks). */
  #isBetter(block: Imported, rules: Rules): boolean {
    if (block.header.difficulty === 0n && rules.fork >= Fork.Paris) return true;
    return block.totalDifficulty > this.#head.totalDifficulty;
  }

  /** A side chain's state is had by running its blocks again from genesis on: the tests' chains are short. */
  async #moveState(target: Imported): Promise<void> {
    if (this.#state === target) return;
    this.#executor.load(this.#accounts);
    for (const { block, parent } of ancestors(target).toReversed()) {
      if (parent === null) continue;
      const parentTotalDifficulty = parent.totalDifficulty;
      const rules = rulesAt(this.#config, { ...block.header, parentTotalDifficulty });
      await this.#executor.execute(block, rules, hashesOf(ancestors(parent, RECENT)));
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

/** `block` and its ancestors, newest first, `count` at most. */
function ancestors(block: Imported, count = Number.POSITIVE_INFINITY): Imported[] {
  const line: Imported[] = [];
  for (let at: Imported | null = block; at !== null && line.length < count; at = at.parent) line.push(at);
  return line;
}

function hashesOf(line: readonly Imported[]): [bigint, Uint8Array][] {
  return line.map(({ header, hashBytes }) => [header.number, hashBytes]);
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
