// A block made here: its header proposed, its transactions picked, executed until all of them are valid, and sealed.

import {
  type BlockResult,
  blobBaseFee,
  type ChainConfig,
  EMPTY_OMMERS_HASH,
  type Engine,
  Fork,
  type Header,
  type Hex,
  InvalidTransactionError,
  MAX_BLOCK_SIZE,
  nextBaseFee,
  nextDifficulty,
  nextExcessBlobGas,
  type PackedTransactions,
  packTransactions,
  type Rules,
  type Withdrawal,
} from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";
import { type Ancestry, type Executable, entryOf, execute, rulesAfter, sealed } from "./block-execution.ts";
import type { TransactionPool } from "./pool/pool.ts";
import { packPooled } from "./pool/slabs.ts";
import type { PooledTransaction } from "./pool/transaction.ts";

/** What a block is built with; what is left out follows from its parent. */
export interface BuildAttributes {
  /** Seconds; one more than the parent's, or now, whichever is later. */
  timestamp?: bigint | undefined;
  coinbase?: Hex | undefined;
  /** `mixHash` of the header. */
  prevRandao?: Hex | undefined;
  /** From Shanghai on; none unless given. */
  withdrawals?: readonly Withdrawal[] | undefined;
  /** From Cancun on; zero unless given. */
  parentBeaconBlockRoot?: Hex | undefined;
  gasLimit?: bigint | undefined;
  extraData?: Hex | undefined;
  /** Another base fee than the one that follows from the parent: such a block is not valid elsewhere. */
  baseFeePerGas?: bigint | undefined;
  /** Amsterdam, EIP-7843; one more than the parent's unless given. */
  slotNumber?: bigint | undefined;
  /** Exactly these, in this order; from the pool unless given. */
  transactions?: readonly Uint8Array[] | PackedTransactions | undefined;
  /** Senders of `transactions`, 20 bytes each, trusted; recovered unless given. */
  senders?: Uint8Array | undefined;
}

/** A block that was built and executed, with its result still open. */
export interface BuiltBlock {
  entry: BlockEntry;
  result: BlockResult;
  /** Those of its transactions that came from the pool. */
  pooled: readonly PooledTransaction[];
}

const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;
const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;
/** What a block's RLP holds besides its transactions and their prefixes. */
const BLOCK_OVERHEAD = 4096;
const TRANSACTION_OVERHEAD = 4;
const UNBOUNDED = 2 ** 28;

/** A block as it would be built now. */
export interface Proposal {
  header: Header;
  rules: Rules;
}

/** The header of the block after `parent` as it is before it is executed. */
export function proposeHeader(
  config: ChainConfig,
  parent: BlockEntry,
  attributes: BuildAttributes,
): Proposal {
  const number = parent.number + 1n;
  const now = BigInt(Math.floor(Date.now() / 1000));
  const least = parent.header.timestamp + 1n;
  const timestamp = attributes.timestamp ?? (now > least ? now : least);
  const rules = rulesAfter(config, parent, { number, timestamp });
  const hasUncles = parent.uncles.length > 0;
  const header: Header = {
    parentHash: parent.hash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: attributes.coinbase ?? ZERO_ADDRESS,
    stateRoot: ZERO_HASH,
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    logsBloom: `0x${"00".repeat(256)}`,
    difficulty:
      rules.fork >= Fork.Paris ? 0n : nextDifficulty({ ...parent.header, hasUncles }, timestamp, rules),
    number,
    gasLimit: attributes.gasLimit ?? parent.header.gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData: attributes.extraData ?? "0x",
    mixHash: attributes.prevRandao ?? ZERO_HASH,
    nonce: "0x0000000000000000",
  };
  if (rules.fork >= Fork.London) {
    header.baseFeePerGas = attributes.baseFeePerGas ?? nextBaseFee(parent.header, rules);
  }
  if (rules.fork >= Fork.Cancun) {
    header.blobGasUsed = 0n;
    header.excessBlobGas = nextExcessBlobGas(parent.header, rules);
    header.parentBeaconBlockRoot = attributes.parentBeaconBlockRoot ?? ZERO_HASH;
  }
  if (rules.eips.has(7843))
    header.slotNumber = attributes.slotNumber ?? (parent.header.slotNumber ?? 0n) + 1n;
  return { header, rules };
}

/** Where blocks are built. */
export interface BuildPlace {
  engine: Engine;
  config: ChainConfig;
  ancestry: Ancestry;
  pool: TransactionPool;
}

/**
 * Builds and executes a block after `parent`, after which the engine's state must stand.
 * @throws InvalidTransactionError where one of the attributes' own transactions is not valid
 */
export async function buildBlock(
  place: BuildPlace,
  parent: BlockEntry,
  attributes: BuildAttributes,
): Promise<BuiltBlock> {
  const { header, rules } = proposeHeader(place.config, parent, attributes);
  const withdrawals = rules.fork >= Fork.Shanghai ? (attributes.withdrawals ?? []) : undefined;
  const given = attributes.transactions;
  const { result, block, pooled } =
    given === undefined
      ? await executePooled(place, parent, header, rules, withdrawals)
      : await executeGiven(place, parent, header, withdrawals, given, attributes.senders);
  try {
    return { entry: entryOf(sealed(header, result), block, result, parent), result, pooled };
  } catch (error) {
    result.discard();
    throw error;
  }
}

interface Executed {
  result: BlockResult;
  block: Executable;
  pooled: PooledTransaction[];
}

async function executeGiven(
  { engine, ancestry }: BuildPlace,
  parent: BlockEntry,
  header: Header,
  withdrawals: readonly Withdrawal[] | undefined,
  given: NonNullable<BuildAttributes["transactions"]>,
  senders: Uint8Array | undefined,
): Promise<Executed> {
  const transactions = "offsets" in given ? given : packTransactions(given);
  const block = { header, transactions, senders, uncles: [], withdrawals };
  return { result: await execute(engine, block, parent, ancestry), block, pooled: [] };
}

/** Executes what the pool has; what turns out not to fit or not to be valid is left out, and the rest run again. */
async function executePooled(
  { engine, pool, ancestry }: BuildPlace,
  parent: BlockEntry,
  header: Header,
  rules: Rules,
  withdrawals: readonly Withdrawal[] | undefined,
): Promise<Executed> {
  let pooled = await pool.select({
    baseFee: header.baseFeePerGas ?? 0n,
    gasLimit: header.gasLimit,
    blobBaseFee: rules.blobs === undefined ? undefined : blobBaseFee(header.excessBlobGas ?? 0n, rules.blobs),
    maxBlobs: rules.blobs?.max ?? 0,
    maxBytes: (rules.fork >= Fork.Osaka ? MAX_BLOCK_SIZE : UNBOUNDED) - BLOCK_OVERHEAD,
  });
  if (rules.fork >= Fork.Osaka) pooled = withinSize(pooled);
  for (;;) {
    const block = {
      header,
      ...packPooled(pooled),
      uncles: [],
      withdrawals,
    };
    try {
      return { result: await execute(engine, block, parent, ancestry), block, pooled };
    } catch (error) {
      if (!(error instanceof InvalidTransactionError) || error.index >= pooled.length) throw error;
      pooled = without(pooled, error, header.gasLimit, pool);
    }
  }
}

/** The prefixes of the transactions in the block's list count as well (EIP-7934). */
function withinSize(pooled: PooledTransaction[]): PooledTransaction[] {
  let bytes = BLOCK_OVERHEAD;
  const end = pooled.findIndex(({ rawLength }) => {
    bytes += rawLength + TRANSACTION_OVERHEAD;
    return bytes > MAX_BLOCK_SIZE;
  });
  return end < 0 ? pooled : pooled.slice(0, end);
}

const WAITS = new Set(["GasAllowanceExceeded", "BlobGasAllowanceExceeded"]);

/** The list without the transaction that is not valid at its place, and those of its sender behind it. */
function without(
  pooled: readonly PooledTransaction[],
  { index, reason }: InvalidTransactionError,
  gasLimit: bigint,
  pool: TransactionPool,
): PooledTransaction[] {
  const wrong = pooled[index]!;
  // The block is full: what is before it was executed with success, and what is behind it waits for the next one.
  if (reason === "GasAllowanceExceeded" && wrong.gasLimit <= gasLimit) return pooled.slice(0, index);
  if (!WAITS.has(reason)) pool.drop(wrong.hash);
  return pooled.filter(({ sender }, i) => i < index || sender !== wrong.sender);
}
