// A workload as a chain: its accounts as they are before the clock starts, and consecutive valid blocks after them, each
// with the header that it must have. Every engine and every peer is given the same.

import {
  type AllocatedAccount,
  type BlockResult,
  type ChainConfig,
  checkResult,
  createEngine,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Engine,
  type Header,
  type Hex,
  headerHash,
  MAX_BLOCK_SIZE,
  nextBaseFee,
  type PackedTransactions,
  packTransactions,
} from "@heddle/engine";
import { OSAKA } from "./forks.ts";
import { type Batch, ENDOWMENT, Script } from "./script.ts";
import type { Environment, Shape, Workload } from "./workloads/index.ts";

/** Block access lists, for blocks that are imported with theirs. */
export const EIP_ACCESS_LISTS = 7928;

/**
 * Where Osaka calls contracts at a block's beginning and end (EIP-4788, 2935, 7002, 7251), code that only stops: EDR and
 * Anvil make none or not all of these calls, and here they have nothing to say.
 */
export const SYSTEM_CONTRACTS: readonly Hex[] = [
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  "0x0000f90827f1c53a10cb7a02335b175320002935",
  "0x00000961ef480eb55e80d19ad83579a64c007002",
  "0x0000bbddc7ce488642fb579f8b00f3a590007251",
];
export const STOP: Hex = "0x00";

export const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;
const COINBASE: Hex = "0xfee0000000000000000000000000000000000000";
/** Later than the forks of every peer. */
export const GENESIS_TIME = 1_800_000_000n;
const SLOT_SECONDS = 12n;
export const FIRST_BASE_FEE = 7n;
/** What a block's RLP holds besides its transactions: a header of some 600 bytes, and the lists' own prefixes. */
const BLOCK_OVERHEAD = 1024;
/** Most bytes of the prefix of a transaction in the block's list. */
const PREFIX = 4;
/** All that 32-bit addresses reach; what is not used takes no room. */
export const MEMORY = 4 * 2 ** 30 - 65536;

/** A block with everything that is known of it. */
export interface ChainBlock {
  header: Header;
  hash: Hex;
  transactions: readonly Uint8Array[];
  /** The same in one buffer, as a block brings them. */
  packed: PackedTransactions;
  /** 20 bytes each. */
  senders: Uint8Array;
  /** RLP of its access list, where the chain has lists. */
  accessList: Uint8Array | undefined;
  /** Gas used up to and with each transaction. */
  cumulativeGas: readonly number[];
}

/** Accounts by address, which a chain begins with. */
export type Accounts = Record<Hex, AllocatedAccount & { storage: Record<Hex, bigint> }>;

export interface Chain {
  workload: Workload;
  config: ChainConfig;
  alloc: Readonly<Record<string, AllocatedAccount>>;
  /** The block that all is built on: its state is `alloc`. */
  genesis: Header;
  blocks: readonly ChainBlock[];
  /** The one block there is, of recorded transactions, is run from the same state in every round. */
  repeats: boolean;
  shape: Partial<Shape>;
}

export interface ChainOptions {
  /** Transactions a block, where the limit of its bytes allows so many. */
  size: number;
  /** Blocks that are wanted. */
  blocks: number;
  shape?: Partial<Shape>;
  /** False: signatures are placeholders. */
  signed?: boolean;
  /** EIPs on top of Osaka. */
  eips?: readonly number[];
  /** Told what is being done. */
  note?: (what: string) => void;
}

/** A batch as batches of at most `size` transactions that each fit into a block (EIP-7934). */
export function cutBatch(batch: Batch, size: number): Batch[] {
  const batches: Batch[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (let i = 0; i < batch.transactions.length; i++) {
    const length = batch.transactions[i]!.length + PREFIX;
    const current = batches.at(-1);
    if (
      current === undefined ||
      current.transactions.length >= size ||
      bytes + length > MAX_BLOCK_SIZE - BLOCK_OVERHEAD
    ) {
      batches.push({ transactions: [], senders: [], gasLimits: [] });
      bytes = 0;
    }
    bytes += length;
    const filled = batches.at(-1)!;
    filled.transactions.push(batch.transactions[i]!);
    filled.senders.push(batch.senders[i]!);
    filled.gasLimits.push(batch.gasLimits[i]!);
  }
  return batches;
}

function packed(senders: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(senders.length * 20);
  senders.forEach((sender, i) => {
    bytes.set(sender, i * 20);
  });
  return bytes;
}

/** The header of a block before it is executed: what is an outcome is filled in later. */
function open(parent: Header, gasLimit: bigint, given: Environment): Header {
  return {
    ...parent,
    parentHash: headerHash(parent),
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: COINBASE,
    difficulty: 0n,
    number: parent.number + 1n,
    gasLimit,
    timestamp: parent.timestamp + SLOT_SECONDS,
    baseFeePerGas: nextBaseFee(parent, { londonFirst: false }),
    excessBlobGas: 0n,
    ...given,
  };
}

/** The header with what executing it gave. */
function close(header: Header, result: BlockResult): Header {
  const { roots } = result;
  return {
    ...header,
    stateRoot: roots.state!,
    transactionsRoot: roots.transactions,
    receiptsRoot: roots.receipts,
    logsBloom: result.logsBloom,
    gasUsed: result.gasUsed,
    blobGasUsed: result.blobGasUsed,
    withdrawalsRoot: roots.withdrawals,
    requestsHash: roots.requests,
    blockAccessListHash: result.blockAccessListHash,
  };
}

/** The header of a first block under Osaka. */
export function genesisHeader(
  stateRoot: Hex,
  gasLimit: bigint,
  number: bigint,
  timestamp: bigint,
  baseFee: bigint,
): Header {
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: COINBASE,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${"00".repeat(256)}`,
    difficulty: 0n,
    number,
    gasLimit,
    // Half of the limit: the base fee stays as it is.
    gasUsed: gasLimit / 2n,
    timestamp,
    extraData: "0x",
    mixHash: ZERO_HASH,
    nonce: "0x0000000000000000",
    baseFeePerGas: baseFee,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: `0x${"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`,
  };
}

function applyChanges(accounts: Accounts, result: BlockResult): void {
  for (const change of result.changes) {
    const address = change.address as Hex;
    if (change.deleted) {
      delete accounts[address];
      continue;
    }
    const before = accounts[address];
    const storage = change.storageWiped || before === undefined ? {} : before.storage;
    for (const [key, value] of change.storage) {
      if (value === 0n) delete storage[key];
      else storage[key] = value;
    }
    const code = change.code ?? before?.code;
    accounts[address] = {
      nonce: change.nonce,
      balance: change.balance,
      storage,
      ...(code === undefined || code.length === 0 ? {} : { code }),
    };
  }
}

function firstAccounts(script: Script, alloc: Chain["alloc"]): Accounts {
  const accounts: Accounts = {};
  for (const address of SYSTEM_CONTRACTS) accounts[address] = { nonce: 1n, code: STOP, storage: {} };
  for (const address of script.accounts) accounts[address] = { balance: ENDOWMENT, storage: {} };
  for (const [address, account] of Object.entries(alloc)) {
    accounts[address as Hex] = { ...account, storage: (account.storage ?? {}) as Record<Hex, bigint> };
  }
  return accounts;
}

const larger = (a: bigint, b: bigint): bigint => {
  if (a > b) return a;
  return b;
};
const sum = (limits: readonly bigint[]): bigint => limits.reduce((total, gas) => total + gas, 0n);

/** Executes a block in order on an engine that stands before it; the engine is behind it afterwards. */
async function extend(
  engine: Engine,
  header: Header,
  { transactions, senders }: Batch,
): Promise<{ block: ChainBlock; result: BlockResult }> {
  const given = packed(senders);
  const result = await engine.execute({ header, transactions, senders: given, mode: "sequential" });
  const closed = close(header, result);
  checkResult(closed, result);
  const cumulativeGas = Array.from(result.receipts, (receipt) => Number(receipt.cumulativeGasUsed));
  const block = {
    header: closed,
    hash: headerHash(closed),
    transactions,
    packed: packTransactions(transactions),
    senders: given,
    accessList: result.blockAccessList,
    cumulativeGas,
  };
  return { block, result };
}

/**
 * Writes a workload's transactions, executes those of the set-up, and then the timed blocks once in order: that gives the
 * headers that every later run is compared with.
 * @throws Error where a transaction of the set-up fails, or the workload lacks something
 */
export async function makeChain(workload: Workload, options: ChainOptions): Promise<Chain> {
  const note = options.note ?? (() => {});
  const shape = { ...workload.shape, ...options.shape };
  const config = { ...OSAKA, eips: options.eips ?? [] };
  const lacks = workload.unavailable?.();
  if (lacks !== undefined) throw new Error(`${workload.name}: ${lacks}`);
  note("writing transactions");
  const script = new Script({ signed: options.signed ?? true });
  const scene = await workload.write(script, options.size * options.blocks, shape);
  const repeats = workload.fixed ?? false;
  const timed = cutBatch(scene.block, repeats ? Number.POSITIVE_INFINITY : options.size);
  const setup = scene.setup.flatMap((batch) => cutBatch(batch, Number.POSITIVE_INFINITY));
  // The limit may hardly change from block to block: one for all.
  const gasLimit = [...setup, ...timed].reduce((most, { gasLimits }) => larger(most, sum(gasLimits)), 0n);
  const accounts = firstAccounts(script, scene.alloc ?? {});
  const { environment = {} } = scene;
  let genesis = genesisHeader(
    ZERO_HASH,
    gasLimit,
    environment.number === undefined ? 0n : environment.number - 1n,
    environment.timestamp === undefined ? GENESIS_TIME : environment.timestamp - SLOT_SECONDS,
    environment.baseFeePerGas ?? FIRST_BASE_FEE,
  );
  note("setting the scene");
  const engine = await createEngine({
    workers: 1,
    chain: config,
    genesis: { alloc: accounts },
    memoryLimit: MEMORY,
  });
  try {
    for (const batch of setup) {
      const { block, result } = await extend(engine, open(genesis, gasLimit, {}), batch);
      for (const [i, { success }] of [...result.receipts].entries()) {
        if (!success) throw new Error(`${workload.name}: transaction ${i} of the set-up failed`);
      }
      applyChanges(accounts, result);
      await result.commit();
      const { number, timestamp } = block.header;
      genesis = genesisHeader(block.header.stateRoot, gasLimit, number, timestamp, FIRST_BASE_FEE);
    }
    genesis = { ...genesis, stateRoot: engine.stateRoot! };
    const blocks: ChainBlock[] = [];
    for (const batch of timed.slice(0, repeats ? 1 : options.blocks)) {
      note(`block ${blocks.length + 1} of ${timed.length} in order`);
      const given = blocks.length === 0 ? environment : {};
      const header = open(blocks.at(-1)?.header ?? genesis, gasLimit, given);
      const { block, result } = await extend(engine, header, batch);
      await result.commit();
      blocks.push(block);
    }
    return { workload, config, alloc: accounts, genesis, blocks, repeats, shape };
  } finally {
    await engine.close();
  }
}
