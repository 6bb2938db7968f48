// What the caller gives to execute: checked field by field before anything is written to the kernel, then written.

import { eipBits } from "@heddle/kernel";
import type { Withdrawal } from "./block.ts";
import { DAO_DRAINED_ACCOUNTS, DAO_REFUND_CONTRACT } from "./dao-fork.ts";
import { InvalidArgumentError, InvalidBlockError } from "./errors.ts";
import { blobBaseFee } from "./fees.ts";
import { type BlobSchedule, Fork, type Rules } from "./forks.ts";
import type { Header } from "./header.ts";
import { toBytes, toQuantity } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import {
  type BlockVariation,
  type CheckedSimulation,
  checkSimulation,
  type SimulationOptions,
  writeSimulation,
} from "./simulation.ts";
import {
  type CheckedTransactions,
  checkSenders,
  checkTransactions,
  type PlacedTransactions,
  placedSize,
  placeTransactions,
  type Senders,
  type Transactions,
} from "./transactions.ts";

/** The header fields that execution depends on; a complete Header is one. The roots are outcomes, not inputs. */
export type ExecutionHeader = Pick<Header, "number" | "timestamp" | "gasLimit" | "coinbase"> &
  Partial<Omit<Header, "number" | "timestamp" | "gasLimit" | "coinbase">>;

/** An uncle, as far as its reward depends on it. */
export type UncleHeader = Pick<Header, "coinbase" | "number">;

/** A block's parts that are written to the kernel. */
export interface BlockInput {
  header: ExecutionHeader;
  /** Raw envelopes, in an array or packed in one buffer. */
  transactions: Transactions;
  senders?: Senders | undefined;
  withdrawals?: readonly Withdrawal[] | undefined;
  uncles?: readonly UncleHeader[] | undefined;
  /**
   * RLP of the block's access list (EIP-7928), where it came with the block: transactions are then executed on what it
   * claims, without conflicts, and it is verified. The result is the same as without.
   */
  blockAccessList?: Uint8Array | undefined;
  /** What it has otherwise than its rules say: eth_simulateV1 and eth_call ask for such blocks. */
  simulation?: SimulationOptions | BlockVariation | undefined;
}

/** A block that passed the checks, in the form in which it is written. */
export interface CheckedInput {
  header: ExecutionHeader;
  coinbase: Uint8Array;
  /** 32 bytes: prevRandao from Paris on, else the difficulty. */
  difficulty: Uint8Array;
  parentHash: Uint8Array;
  parentBeaconBlockRoot: Uint8Array | undefined;
  baseFee: bigint;
  blobBaseFee: bigint;
  transactions: CheckedTransactions;
  senders: Uint8Array | undefined;
  withdrawals: { index: bigint; validatorIndex: bigint; amount: bigint; address: Uint8Array }[];
  uncles: { coinbase: Uint8Array; depth: bigint }[];
  blockAccessList: Uint8Array | undefined;
  simulation: CheckedSimulation | undefined;
}

/** More than any block can hold: bounds what an input may make the engine allocate. */
const MAX_WITHDRAWALS = 1 << 16;
const MAX_UNCLES = 2;
const MAX_ACCESS_LIST_BYTES = 1 << 28;
/** Gas is counted in 64 bits and a transaction's in 63 (geth, EIP-4985's discussion). */
const MAX_GAS_LIMIT = 0x7fffffffffffffffn;
const ZERO_32 = new Uint8Array(32);

function demandObject(value: unknown, field: string): void {
  if (typeof value !== "object" || value === null) throw new InvalidArgumentError(field, "an object", value);
}

function boundedArray<T>(value: readonly T[] | undefined, field: string, most: number): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > most) {
    throw new InvalidArgumentError(field, `an array of at most ${most}`, value);
  }
  return value;
}

function checkedBlobBaseFee(excessBlobGas: bigint, rules: Rules): bigint {
  const price = blobBaseFee(excessBlobGas, rules.blobs as BlobSchedule);
  if (price >> 256n === 0n) return price;
  throw new InvalidArgumentError(
    "header.excessBlobGas",
    "so low that blob gas costs less than 2 ** 256 wei",
    excessBlobGas,
  );
}

function word(value: bigint): Uint8Array {
  return toBytes(`0x${value.toString(16).padStart(64, "0")}`, "word", 32);
}

/**
 * Checks every field of a block.
 * @throws InvalidArgumentError naming the first field that is wrong; InvalidBlockError where a part is there that
 * the block's fork does not have
 */
export function checkBlockInput(input: BlockInput, rules: Rules): CheckedInput {
  const { header } = input;
  if (typeof header !== "object" || header === null)
    throw new InvalidArgumentError("header", "a header", header);
  const quantity = (
    name:
      | "number"
      | "timestamp"
      | "gasLimit"
      | "difficulty"
      | "baseFeePerGas"
      | "excessBlobGas"
      | "slotNumber",
  ) => {
    const bits = name === "difficulty" || name === "baseFeePerGas" ? 256 : 64;
    const value = header[name];
    if (typeof value !== "bigint") throw new InvalidArgumentError(`header.${name}`, "a bigint", value);
    return toQuantity(value, `header.${name}`, bits);
  };
  quantity("number");
  quantity("timestamp");
  if (quantity("gasLimit") > MAX_GAS_LIMIT) {
    throw new InvalidArgumentError("header.gasLimit", `at most ${MAX_GAS_LIMIT}`, header.gasLimit);
  }
  const coinbase = toBytes(header.coinbase, "header.coinbase", 20);
  const hash = (name: "parentHash" | "mixHash" | "parentBeaconBlockRoot") =>
    header[name] === undefined ? undefined : toBytes(header[name], `header.${name}`, 32);

  const parentHash = hash("parentHash");
  // EIP-2935 stores it; before Prague nothing reads it but BLOCKHASH, which has its own table.
  if (parentHash === undefined && rules.fork >= Fork.Prague && header.number > 0n) {
    throw new InvalidArgumentError("header.parentHash", "32 bytes", undefined);
  }
  const difficulty = rules.fork >= Fork.Paris ? (hash("mixHash") ?? ZERO_32) : word(quantity("difficulty"));
  const baseFee = rules.fork >= Fork.London ? quantity("baseFeePerGas") : 0n;
  if (rules.eips.has(7843)) quantity("slotNumber");
  const cancun = rules.fork >= Fork.Cancun;
  const parentBeaconBlockRoot = hash("parentBeaconBlockRoot");
  if (cancun && parentBeaconBlockRoot === undefined && header.number > 0n) {
    throw new InvalidArgumentError("header.parentBeaconBlockRoot", "32 bytes", undefined);
  }

  const transactions = checkTransactions(input.transactions);
  const withdrawals = boundedArray(input.withdrawals, "withdrawals", MAX_WITHDRAWALS).map((withdrawal, i) => {
    const field = `withdrawals[${i}]`;
    demandObject(withdrawal, field);
    return {
      index: toQuantity(withdrawal.index, `${field}.index`, 64),
      validatorIndex: toQuantity(withdrawal.validatorIndex, `${field}.validatorIndex`, 64),
      amount: toQuantity(withdrawal.amount, `${field}.amount`, 64),
      address: toBytes(withdrawal.address, `${field}.address`, 20),
    };
  });
  if (withdrawals.length > 0 && rules.fork < Fork.Shanghai) {
    throw new InvalidBlockError("withdrawals", "absent before Shanghai", input.withdrawals);
  }
  const uncles = boundedArray(input.uncles, "uncles", MAX_UNCLES).map((uncle, i) => {
    demandObject(uncle, `uncles[${i}]`);
    const depth = header.number - toQuantity(uncle.number, `uncles[${i}].number`, 64);
    if (depth < 1n || depth > 6n) {
      throw new InvalidBlockError(
        `uncles[${i}].number`,
        "one to six blocks before the block's",
        uncle.number,
      );
    }
    return { coinbase: toBytes(uncle.coinbase, `uncles[${i}].coinbase`, 20), depth };
  });
  if (uncles.length > 0 && rules.fork >= Fork.Paris) {
    throw new InvalidBlockError("uncles", "absent from Paris on", input.uncles);
  }
  const simulation = input.simulation === undefined ? undefined : checkSimulation(input.simulation);
  const { blockAccessList } = input;
  if (blockAccessList !== undefined) {
    if (!(blockAccessList instanceof Uint8Array) || blockAccessList.length > MAX_ACCESS_LIST_BYTES) {
      throw new InvalidArgumentError(
        "blockAccessList",
        `at most ${MAX_ACCESS_LIST_BYTES} bytes`,
        blockAccessList,
      );
    }
    if (!rules.eips.has(7928)) {
      throw new InvalidBlockError(
        "blockAccessList",
        "absent where EIP-7928 is not in force",
        blockAccessList,
      );
    }
  }
  return {
    header,
    coinbase,
    difficulty,
    parentHash: parentHash ?? ZERO_32,
    parentBeaconBlockRoot: cancun ? parentBeaconBlockRoot : undefined,
    baseFee,
    blobBaseFee:
      simulation?.blobBaseFee ?? (cancun ? checkedBlobBaseFee(quantity("excessBlobGas"), rules) : 0n),
    transactions,
    senders: checkSenders(input.senders, transactions.count),
    withdrawals,
    uncles,
    blockAccessList,
    simulation,
  };
}

/** Sum of what applies to a run; BlockEnv.flags. */
export interface RunFlags {
  trace?: boolean;
  sequential?: boolean;
  noStateRoot?: boolean;
  transactionsOnly?: boolean;
  recordSchedule?: boolean;
}

/** Hashes of earlier blocks that BLOCKHASH may ask for, by number. */
export type RecentHashes = Iterable<readonly [number: bigint, hash: Uint8Array]> | HashTable;

/** Of block n at n modulo 256, 32 bytes each. */
export type HashTable = Uint8Array;

const HASH_TABLE_SIZE = 256 * 32;

/**
 * Writes a block to the kernel: opens it, fills in its environment, transactions, withdrawals and uncles. Nothing
 * of a block before is left after it. Transactions that are in the kernel's memory already are not copied.
 */
export function writeBlock(
  kernel: KernelInstance,
  input: CheckedInput,
  rules: Rules,
  hashes: RecentHashes,
  flags: RunFlags,
  placed?: PlacedTransactions,
): void {
  const { exports, layout } = kernel;
  exports.blockOpen();
  const env = layout.BLOCK_ENV;
  const { header } = input;
  writeTransactions(kernel, input, placed);
  kernel.setU32(env + layout.BlockEnv_fork, rules.fork);
  const simulationFlags = input.simulation === undefined ? 0 : writeSimulation(kernel, input.simulation);
  kernel.setU32(
    env + layout.BlockEnv_flags,
    simulationFlags |
      (flags.trace ? layout.FLAG_TRACE : 0) |
      (flags.sequential ? layout.FLAG_SEQUENTIAL : 0) |
      (flags.noStateRoot ? layout.FLAG_NO_STATE_ROOT : 0) |
      (flags.transactionsOnly ? layout.FLAG_TRANSACTIONS_ONLY : 0) |
      (flags.recordSchedule ? layout.FLAG_RECORD_SCHEDULE : 0) |
      (rules.stateGasKept ? layout.FLAG_STATE_GAS_KEPT : 0) |
      (rules.contractSenders ? layout.FLAG_CONTRACT_SENDERS : 0) |
      (rules.unlimitedCodeSize ? layout.FLAG_UNLIMITED_CODE : 0) |
      (rules.consoleCalls ? layout.FLAG_CONSOLE : 0),
  );
  kernel.setU32(env + layout.BlockEnv_eips, eipBits(rules.eips));
  kernel.setU64(env + layout.BlockEnv_slotNumber, header.slotNumber ?? 0n);
  kernel.setU64(env + layout.BlockEnv_chainId, rules.chainId);
  kernel.setU64(env + layout.BlockEnv_number, header.number);
  kernel.setU64(env + layout.BlockEnv_timestamp, header.timestamp);
  kernel.setU64(env + layout.BlockEnv_gasLimit, header.gasLimit);
  kernel.setU64(env + layout.BlockEnv_excessBlobGas, header.excessBlobGas ?? 0n);
  if (rules.blobs !== undefined) {
    kernel.setU32(env + layout.BlockEnv_blobTarget, rules.blobs.target);
    kernel.setU32(env + layout.BlockEnv_blobMax, rules.blobs.max);
    kernel.setU64(env + layout.BlockEnv_blobUpdateFraction, BigInt(rules.blobs.baseFeeUpdateFraction));
  }
  kernel.setWordBytes(layout.ENV_COINBASE, input.coinbase);
  kernel.setWordBytes(layout.ENV_DIFFICULTY, input.difficulty);
  kernel.setWord(layout.ENV_BASE_FEE, input.baseFee);
  kernel.setWord(layout.ENV_BLOB_BASE_FEE, input.blobBaseFee);
  kernel.write(layout.ENV_PARENT_HASH, input.parentHash);
  if (input.parentBeaconBlockRoot !== undefined) {
    kernel.setU32(env + layout.BlockEnv_hasParentBeaconRoot, 1);
    kernel.write(layout.ENV_PARENT_BEACON_ROOT, input.parentBeaconBlockRoot);
  }
  kernel.setU32(env + layout.BlockEnv_blockHashes, writeHashes(kernel, hashes));
  writeWithdrawals(kernel, input);
  writeUncles(kernel, input);
  if (rules.daoFork) writeDaoFork(kernel);
}

function writeTransactions(kernel: KernelInstance, input: CheckedInput, placed?: PlacedTransactions): void {
  const { transactions } = input;
  const { count, bytes, byteLength, offsets, senders } =
    placed ??
    placeTransactions(kernel, transactions, input.senders, kernel.allocate(placedSize(transactions)));
  kernel.exports.blockTransactions(count, bytes, byteLength, offsets, senders);
}

function writeHashes(kernel: KernelInstance, hashes: RecentHashes): number {
  let table = 0;
  if (hashes instanceof Uint8Array) {
    table = kernel.allocate(HASH_TABLE_SIZE);
    kernel.write(table, hashes);
    return table;
  }
  for (const [number, hash] of hashes) {
    if (table === 0) {
      table = kernel.allocate(HASH_TABLE_SIZE);
      kernel.bytes.fill(0, table, table + HASH_TABLE_SIZE);
    }
    kernel.write(table + Number(number & 255n) * 32, hash);
  }
  return table;
}

function writeWithdrawals(kernel: KernelInstance, { withdrawals }: CheckedInput): void {
  const { layout } = kernel;
  const size = layout.Withdrawal_size;
  const at = kernel.allocate(withdrawals.length * size + 8);
  withdrawals.forEach(({ index, validatorIndex, amount, address }, i) => {
    const item = at + i * size;
    kernel.setU64(item + layout.Withdrawal_index, index);
    kernel.setU64(item + layout.Withdrawal_validatorIndex, validatorIndex);
    kernel.setU64(item + layout.Withdrawal_amount, amount);
    kernel.setWordBytes(item + layout.Withdrawal_address, address);
  });
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_withdrawals, at);
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_withdrawalCount, withdrawals.length);
}

function writeUncles(kernel: KernelInstance, { uncles }: CheckedInput): void {
  const { layout } = kernel;
  const size = layout.Uncle_size;
  const at = kernel.allocate(uncles.length * size + 8);
  uncles.forEach(({ coinbase, depth }, i) => {
    kernel.setU64(at + i * size + layout.Uncle_depth, depth);
    kernel.setWordBytes(at + i * size + layout.Uncle_miner, coinbase);
  });
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_uncles, at);
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_uncleCount, uncles.length);
}

function writeDaoFork(kernel: KernelInstance): void {
  const { layout } = kernel;
  const at = kernel.allocate(DAO_DRAINED_ACCOUNTS.length * 32);
  DAO_DRAINED_ACCOUNTS.forEach((address, i) => {
    kernel.setWordBytes(at + i * 32, toBytes(`0x${address}`, "account", 20));
  });
  kernel.setWordBytes(layout.ENV_DRAIN_TARGET, toBytes(`0x${DAO_REFUND_CONTRACT}`, "account", 20));
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_drained, at);
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_drainedCount, DAO_DRAINED_ACCOUNTS.length);
}
