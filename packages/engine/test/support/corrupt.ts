// Damaged blocks, transactions and headers, given to an engine that must go on as if nothing had been.

import assert from "node:assert/strict";
import {
  type Block,
  checkHeader,
  createEngine,
  DecodingError,
  decodeBlock,
  decodeHeader,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Engine,
  EngineError,
  encodeBlock,
  encodeHeader,
  type Header,
  type Hex,
  headerHash,
  InvalidTransactionError,
  networkConfig,
} from "../../src/index.ts";
import { address, contract, type ListedInput } from "./blocks.ts";
import { mutate, mutateItem } from "./mutate.ts";
import { seededRandom } from "./random.ts";
import { sign, signer } from "./signed.ts";
import { balanceSlot, deployment, TOKEN, transferData } from "./token.ts";

const ZERO: Hex = `0x${"00".repeat(32)}`;
const ETHER = 10n ** 18n;
const GWEI = 10n ** 9n;
/** One for each transaction of the good block. */
const SIGNERS = 8;
const CHAIN = networkConfig("Prague");
/** Withdrawal and consolidation requests (EIP-7002, EIP-7251) must have a contract from Prague on; this one has none. */
const REQUEST_CONTRACTS = [
  "0x00000961ef480eb55e80d19ad83579a64c007002",
  "0x0000bbddc7ce488642fb579f8b00f3a590007251",
] as const;
/** Errors that say that the input is at fault, by their field; any other is the engine's own fault. */
const REFUSALS = new Set([
  "InvalidArgumentError",
  "InvalidBlockError",
  "InvalidHeaderError",
  "InvalidTransactionError",
  "DecodingError",
  "MemoryExhaustedError",
]);

const parent: Header = {
  parentHash: ZERO,
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: address(0xfe, 0),
  stateRoot: EMPTY_TRIE_ROOT,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: `0x${"00".repeat(256)}`,
  difficulty: 0n,
  number: 0n,
  gasLimit: 30_000_000n,
  gasUsed: 15_000_000n,
  timestamp: 0n,
  extraData: "0x",
  mixHash: ZERO,
  nonce: "0x0000000000000000",
  baseFeePerGas: 7n,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: ZERO,
  requestsHash: `0x${"00".repeat(32)}`,
};
const header: Header = {
  ...parent,
  parentHash: headerHash(parent),
  coinbase: address(0xfe, 1),
  number: 1n,
  timestamp: 12n,
  extraData: "0x6865646465c3",
};

/** A transaction of every type, each by a signer of its own. */
function transactions(): Uint8Array[] {
  const common = { nonce: 0n, gasLimit: 200_000n, value: 0n, data: "0x" as Hex, chainId: 1n };
  const fees = { maxFeePerGas: GWEI, maxPriorityFeePerGas: 1n };
  const accessList = [{ address: contract(0), storageKeys: [ZERO, `0x${"11".repeat(32)}` as Hex] }];
  const blobHash: Hex = `0x01${"22".repeat(31)}`;
  const signature = { yParity: 0n, r: 5n, s: 6n };
  const authorization = { chainId: 1n, address: contract(0), nonce: 0n, ...signature };
  const data = transferData(signer(1), 3n);
  const fields = [
    { ...common, gasPrice: GWEI, to: signer(1), value: 5n },
    { ...common, gasPrice: GWEI, to: contract(0), data },
    { ...common, gasPrice: GWEI, to: contract(0), data, accessList },
    { ...common, ...fees, to: contract(0), data },
    { ...common, ...fees, to: undefined, data: deployment(TOKEN), accessList },
    { ...common, ...fees, to: signer(1), maxFeePerBlobGas: GWEI, blobVersionedHashes: [blobHash, blobHash] },
    { ...common, ...fees, to: contract(0), data, authorizationList: [authorization, authorization] },
    { ...common, ...fees, to: address(0, 4), data: `0x${"ab".repeat(100)}` as Hex },
  ];
  return fields.map((one, by) => sign(one, by));
}

const good: Block = {
  header,
  transactions: transactions(),
  uncles: [],
  withdrawals: Array.from({ length: 3 }, (_, i) => ({
    index: BigInt(i),
    validatorIndex: BigInt(1000 + i),
    address: address(0x77, i),
    amount: 32n * GWEI,
  })),
};

export class CorruptInput {
  readonly engine: Engine;
  readonly random: (below: number) => number;
  /** How many mutants ended in what. */
  readonly outcomes: Record<string, number> = {};
  private roots: unknown;

  private constructor(engine: Engine, seed: number) {
    this.engine = engine;
    this.random = seededRandom(seed);
  }

  static async create(seed: number): Promise<CorruptInput> {
    const storage: Record<Hex, bigint> = {};
    const alloc: Record<Hex, object> = { [contract(0)]: { code: TOKEN, storage } };
    for (const contract of REQUEST_CONTRACTS) alloc[contract] = { code: "0x00" };
    for (let i = 0; i < SIGNERS; i++) {
      alloc[signer(i)] = { balance: ETHER };
      storage[balanceSlot(signer(i))] = 1000n;
    }
    const engine = await createEngine({
      workers: 2,
      chain: CHAIN,
      genesis: { alloc },
      memoryLimit: 2 ** 28,
      hangTimeout: 20_000,
    });
    const created = new CorruptInput(engine, seed);
    created.roots = await created.goodRoots();
    return created;
  }

  /** The good block still gives what it gave first. */
  async check(): Promise<void> {
    assert.deepEqual(await this.goodRoots(), this.roots);
  }

  private async goodRoots() {
    const result = await this.engine.execute(inputOf(good));
    for (const [i, { success }] of [...result.receipts].entries())
      assert.ok(success, `transaction ${i} failed`);
    result.discard();
    return result.roots;
  }

  private count(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  /** Must refuse by a typed error that names a field, or go well. */
  private refusal(error: unknown, what: () => string): EngineError {
    assert.ok(error instanceof EngineError, `${what()} ended in ${(error as Error)?.stack ?? error}`);
    assert.ok(REFUSALS.has(error.name), `${what()} ended in ${error.stack}`);
    assert.match(error.field ?? "", /^[a-z]/i, `${what()}: ${error.message} names no field`);
    assert.match(error.code, /^[A-Z_]+$/);
    this.count(error.name);
    return error;
  }

  private async execute(input: ListedInput, what: () => string): Promise<EngineError | undefined> {
    try {
      const result = await this.engine.execute(input);
      const receipts = result.receipts.length;
      result.discard();
      assert.equal(receipts, input.transactions.length);
      this.count("executed");
      return undefined;
    } catch (error) {
      return this.refusal(error, what);
    }
  }

  /** One transaction of a block is damaged. */
  async transaction(): Promise<void> {
    const { random } = this;
    const index = random(SIGNERS);
    const damage = random(2) === 0 ? mutate : mutateItem;
    const mutant = damage(good.transactions[index]!, random);
    const raw = good.transactions.slice();
    raw[index] = mutant;
    const input = { ...inputOf(good), transactions: raw };
    // Half of them with senders, as a pool would give them that has checked the signatures.
    if (random(2) === 0) input.senders = raw.map((_, i) => signer(i));
    if (random(4) === 0) input.mode = "sequential";
    const what = () => `transaction ${index} as 0x${Buffer.from(mutant).toString("hex")}`;
    const error = await this.execute(input, what);
    // Gas that the damaged one takes may be missing to a later one; nothing else can touch the others.
    if (error instanceof InvalidTransactionError && !/Allowance|TooManyBlobs/.test(error.reason)) {
      assert.equal(error.index, index, `${what()}: ${error.message}`);
    }
  }

  /** A block's bytes are damaged. */
  async block(): Promise<void> {
    const mutant = mutate(encodeBlock(good), this.random);
    const what = () => `block 0x${Buffer.from(mutant).toString("hex")}`;
    let block: Block;
    try {
      block = decodeBlock(mutant);
    } catch (error) {
      assert.ok(this.refusal(error, what) instanceof DecodingError);
      return;
    }
    await this.execute(inputOf(block), what);
  }

  /** A header's bytes are damaged; where it can be read it is checked against its parent, or as a parent. */
  header(): void {
    const mutant = mutate(encodeHeader(header), this.random);
    const what = () => `header 0x${Buffer.from(mutant).toString("hex")}`;
    try {
      const read = decodeHeader(mutant);
      // What is read is what was written.
      assert.deepEqual(Buffer.from(encodeHeader(read)), Buffer.from(mutant), what());
      checkHeader(read, parent, this.engine.rulesAt(read));
      this.count("executed");
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.refusal(error, what);
    }
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

/** What `execute` takes of a block. */
function inputOf({ header, transactions, uncles, withdrawals }: Block): ListedInput {
  return { header, transactions, uncles, withdrawals };
}
