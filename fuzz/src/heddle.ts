// Our side: the same block in order in this thread, and on workers.

import { bytesToHex, hexToBytes } from "@heddle/cli";
import {
  type BlockResult,
  type ChainConfig,
  createEngine,
  DecodingError,
  type Engine,
  Fork,
  type Header,
  type Hex,
  InvalidBlockError,
  InvalidTransactionError,
  networkConfig,
  rulesAt,
} from "@heddle/engine";
import {
  type Allocation,
  LEARNED,
  LocalExecutor,
  replaceState,
  requestsHash,
  type Speculation,
} from "@heddle/engine/testing";
import type { FuzzCase } from "./case.ts";
import type { AccountView } from "./compare.ts";
import type { Coverage } from "./coverage.ts";

/** What a block gave, in the names of the header's fields; or why it is not valid. */
export interface Outcome {
  invalid?: { reason: string; transaction: number | undefined };
  gasUsed: bigint;
  blobGasUsed: bigint;
  logsBloom: Hex;
  transactionsRoot: Hex;
  receiptsRoot: Hex;
  stateRoot: Hex;
  requestsHash: Hex | undefined;
  /** Envelopes of the receipts. */
  receipts: Hex[];
  /** RLP of the block's access list, where it has one. */
  accessList: Hex | undefined;
}

/** A block to run on our side. */
export interface BlockToRun {
  header: Header;
  transactions: Uint8Array[];
  senders: Hex[] | undefined;
  blockHashes: Map<bigint, Hex>;
  /** RLP of the access list that comes with it. */
  blockAccessList?: Uint8Array;
}

/** Chains that one set of executors is used for before it is replaced, which gives back what it has piled up. */
const CHAINS_PER_SET = 2000;
const MEMORY = 2 ** 30;

function emptyOutcome(invalid: Outcome["invalid"]): Outcome {
  const zero: Hex = "0x";
  return {
    ...(invalid === undefined ? {} : { invalid }),
    gasUsed: 0n,
    blobGasUsed: 0n,
    logsBloom: zero,
    transactionsRoot: zero,
    receiptsRoot: zero,
    stateRoot: zero,
    requestsHash: undefined,
    receipts: [],
    accessList: undefined,
  };
}

const hexOf = (bytes: Uint8Array | undefined): Hex | undefined =>
  bytes === undefined ? undefined : bytesToHex(bytes);

/** Everything of ours that a case is run on. */
export class Heddle {
  readonly #workers: readonly number[];
  readonly #coverage: Coverage;
  readonly #speculation: Speculation;
  #inOrder!: LocalExecutor;
  /** Runs instruction by instruction, and tells which they are. */
  #stepping!: LocalExecutor;
  #engine!: Engine;
  #chains = 0;
  /** The engine reads it at every block, so it can change from case to case. */
  readonly #config: ChainConfig = { chainId: 1 };

  private constructor(workers: readonly number[], coverage: Coverage, speculation: Speculation) {
    this.#workers = workers;
    this.#coverage = coverage;
    this.#speculation = speculation;
  }

  /** `workers`: how many run a block, one run for each. */
  static async create(
    workers: readonly number[],
    coverage: Coverage,
    speculation: Speculation = LEARNED,
  ): Promise<Heddle> {
    const heddle = new Heddle(workers, coverage, speculation);
    await heddle.renew();
    return heddle;
  }

  /** Replaces all executors by new ones. */
  async renew(): Promise<void> {
    await this.close();
    this.#inOrder = await LocalExecutor.create({ memoryLimit: MEMORY });
    const coverage = this.#coverage;
    this.#stepping = await LocalExecutor.create({
      memoryLimit: MEMORY,
      onStep: (opcode, stack) => coverage.step(opcode, stack),
    });
    this.#engine = await createEngine({
      workers: Math.max(1, ...this.#workers),
      memoryLimit: MEMORY,
      chain: this.#config,
      ...this.#speculation,
    });
  }

  get workers(): readonly number[] {
    return this.#workers;
  }

  /** Forgets the chain before and begins with these accounts. */
  async begin({ fork, chainId, accounts, accessLists }: FuzzCase): Promise<void> {
    if (++this.#chains % CHAINS_PER_SET === 0) await this.renew();
    for (const field of Object.keys(this.#config)) delete this.#config[field as keyof ChainConfig];
    Object.assign(this.#config, networkConfig(fork, { chainId }));
    if (accessLists) this.#config.eips = [7928];
    const allocation: Allocation = accounts;
    for (const local of [this.#inOrder, this.#stepping]) {
      local.reset();
      local.load(allocation);
    }
    replaceState(this.#engine, allocation);
  }

  /** In this thread, one transaction after the other; a valid block is committed. */
  inOrder(block: BlockToRun): Outcome {
    return this.#local(this.#inOrder, block);
  }

  /** The same in the form that traces; needs every block of a chain. */
  stepping(block: BlockToRun): Outcome {
    return this.#local(this.#stepping, block);
  }

  #local(executor: LocalExecutor, { blockHashes, ...block }: BlockToRun): Outcome {
    const { header } = block;
    const rules = rulesAt(this.#config, header);
    const hashes = [...blockHashes].map(([number, hash]) => [number, hexToBytes(hash)] as const);
    const outcome = executor.runBlock(rules, block, hashes);
    if (outcome.invalid !== undefined) return emptyOutcome(outcome.invalid);
    const { gasUsed, blobGasUsed, logsBloom, roots, receipts, requests } = outcome;
    return {
      gasUsed,
      blobGasUsed,
      logsBloom,
      transactionsRoot: roots.transactions,
      receiptsRoot: roots.receipts,
      stateRoot: roots.state,
      requestsHash: rules.fork >= Fork.Prague ? requestsHash(requests) : undefined,
      receipts,
      accessList: hexOf(outcome.blockAccessList),
    };
  }

  #outcome(result: BlockResult): Outcome {
    const { gasUsed, blobGasUsed, logsBloom, roots, receipts } = result;
    return {
      gasUsed,
      blobGasUsed,
      logsBloom,
      transactionsRoot: roots.transactions,
      receiptsRoot: roots.receipts,
      stateRoot: roots.state!,
      requestsHash: roots.requests,
      receipts: Array.from({ length: receipts.length }, (_, i) => bytesToHex(receipts.bytes(i))),
      accessList: hexOf(result.blockAccessList),
    };
  }

  /** On this many workers; committed if `commit` says so, else taken back. */
  async parallel(block: BlockToRun, workers: number, commit: boolean): Promise<Outcome> {
    try {
      const result = await this.#engine.execute({ ...block, workers });
      const outcome = this.#outcome(result);
      if (commit) await result.commit();
      else result.discard();
      return outcome;
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) throw error;
      return emptyOutcome({ reason: error.reason, transaction: error.index });
    }
  }

  /**
   * With its access list, on this many workers; taken back. Also what of the schedule should not be: everything is known
   * beforehand, so nothing is executed twice.
   */
  async onList(block: BlockToRun, workers: number): Promise<{ outcome: Outcome; problems: string[] }> {
    const result = await this.#engine.execute({ ...block, workers });
    const { onAccessList, aborts, estimates, inTurn, inOrderFrom } = result.schedule;
    const problems: string[] = [];
    if (!onAccessList) problems.push("not executed on the list");
    if (aborts + estimates + inTurn > 0 || inOrderFrom !== undefined) {
      problems.push(
        `${aborts} aborts, ${estimates} estimates, ${inTurn} in turn, in order from ${inOrderFrom}`,
      );
    }
    const outcome = this.#outcome(result);
    result.discard();
    return { outcome, problems };
  }

  /** With a list that is not its own: the name of the error; undefined where the block is accepted. */
  async onWrongList(block: BlockToRun, workers: number): Promise<string | undefined> {
    try {
      (await this.#engine.execute({ ...block, workers })).discard();
      return undefined;
    } catch (error) {
      if (error instanceof InvalidBlockError || error instanceof DecodingError) return error.name;
      throw error;
    }
  }

  /** The accounts that a block changes, as they are after it; the block is taken back. */
  async changes(block: BlockToRun): Promise<Map<Hex, AccountView>> {
    const result = await this.#engine.execute({ ...block, mode: "sequential" });
    const views = new Map<Hex, AccountView>();
    result.retain();
    result.discard();
    for (const { address, balance, nonce, code, storage } of result.changes) {
      const known = code ?? (await this.#engine.getCode(address));
      views.set(address, { balance, nonce, code: bytesToHex(known), storage: new Map(storage) });
    }
    return views;
  }

  async close(): Promise<void> {
    await (this.#engine as Engine | undefined)?.close();
  }
}
