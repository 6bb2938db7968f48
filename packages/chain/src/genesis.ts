// Genesis in geth's file format: the chain's schedule, the first accounts, and the header that follows from both.

import {
  type AllocatedAccount,
  type Allocation,
  type ChainConfig,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  Fork,
  type Header,
  type Hex,
  rulesAt,
} from "@heddle/engine";
import { ChainError } from "./errors.ts";

/** A number as genesis files write it: a JSON number, decimal digits or hex. */
export type GenesisQuantity = bigint | number | string;

/** The fields of geth's genesis.json. What is left out is zero or empty. */
export interface Genesis {
  config: ChainConfig & Record<string, unknown>;
  alloc: Readonly<Record<string, AllocatedAccount>>;
  number?: GenesisQuantity;
  nonce?: GenesisQuantity;
  timestamp?: GenesisQuantity;
  extraData?: string;
  gasLimit?: GenesisQuantity;
  gasUsed?: GenesisQuantity;
  difficulty?: GenesisQuantity;
  mixHash?: Hex;
  coinbase?: Hex;
  parentHash?: Hex;
  baseFeePerGas?: GenesisQuantity;
  blobGasUsed?: GenesisQuantity;
  excessBlobGas?: GenesisQuantity;
  slotNumber?: GenesisQuantity;
}

/** keccak256 of mainnet's first header. */
export const MAINNET_GENESIS_HASH: Hex = "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3";

const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;
const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;
const INITIAL_BASE_FEE = 1_000_000_000n;
/** geth's, where a file gives no limit. */
const DEFAULT_GAS_LIMIT = 4_712_388n;
const DEFAULT_DIFFICULTY = 131_072n;
/** EIP-7685: sha256 of nothing. */
export const EMPTY_REQUESTS_HASH: Hex = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A genesis file is not what it should be. `field` tells where. */
export class InvalidGenesisError extends ChainError {
  override readonly name = "InvalidGenesisError";
  constructor(field: string, expected: string, met: unknown) {
    super("INVALID_GENESIS", `genesis: ${field} must be ${expected}, but is ${String(met)}`, {
      field,
      expected,
      met,
    });
  }
}

function quantity(value: GenesisQuantity | undefined, field: string, absent = 0n): bigint {
  if (value === undefined) return absent;
  if (typeof value === "string" && !/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value)) {
    throw new InvalidGenesisError(field, "a number", value);
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new InvalidGenesisError(field, "a number that is told exactly", value);
  }
  const number = BigInt(value);
  if (number < 0n) throw new InvalidGenesisError(field, "not negative", value);
  return number;
}

function bytes(value: string | undefined, field: string, length: number | undefined, absent: Hex): Hex {
  if (value === undefined || (length === undefined && value === "")) return absent;
  const digits = value.startsWith("0x") ? value.slice(2) : value;
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits) || (length !== undefined && digits.length !== length * 2)) {
    throw new InvalidGenesisError(field, length === undefined ? "bytes in hex" : `${length} bytes`, value);
  }
  return `0x${digits.toLowerCase()}`;
}

/** JSON whose numbers keep all their digits: a terminal total difficulty is more than a double holds. */
function parseExactly(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^[0-9]+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A schedule's fork blocks and times; null stands in files for a fork that never comes. */
function checkedConfig(config: unknown): ChainConfig & Record<string, unknown> {
  if (!isObject(config)) throw new InvalidGenesisError("config", "an object", config);
  if (config["chainId"] === undefined) throw new InvalidGenesisError("config.chainId", "given", undefined);
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    if (value === null) continue;
    if (!/(Block|Time)$/.test(name) && name !== "chainId") {
      checked[name] = value;
      continue;
    }
    const number = quantity(value as GenesisQuantity, `config.${name}`);
    // A time so late that a double does not hold it is as good as any that is.
    checked[name] = number > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(number);
  }
  if (checked["terminalTotalDifficulty"] !== undefined) {
    checked["terminalTotalDifficulty"] = quantity(
      checked["terminalTotalDifficulty"] as GenesisQuantity,
      "config.terminalTotalDifficulty",
    );
  }
  return checked as unknown as ChainConfig & Record<string, unknown>;
}

/**
 * Reads a genesis file: its text, or what JSON.parse made of it.
 * @throws InvalidGenesisError naming the first field that is wrong
 *
 * @example
 * ```ts
 * const genesis = parseGenesis(await readFile("genesis.json", "utf8"));
 * const chain = await openChain({ genesis });
 * ```
 */
export function parseGenesis(input: string | object): Genesis {
  let read: unknown = input;
  if (typeof input === "string") {
    try {
      read = parseExactly(input);
    } catch (cause) {
      throw new InvalidGenesisError("the file", "JSON", (cause as Error).message);
    }
  }
  if (!isObject(read)) throw new InvalidGenesisError("the file", "an object", read);
  if (!isObject(read["alloc"])) throw new InvalidGenesisError("alloc", "accounts by address", read["alloc"]);
  const config = checkedConfig(read["config"]);
  const genesis = { ...read, config, alloc: read["alloc"] as Allocation } as Genesis;
  genesisHeader(genesis, EMPTY_TRIE_ROOT);
  return genesis;
}

/**
 * The header of block 0: what the file gives, and what the forks in force from the beginning on demand.
 * @throws InvalidGenesisError naming the first field that is wrong
 */
export function genesisHeader(genesis: Genesis, stateRoot: Hex): Header {
  const number = quantity(genesis.number, "number");
  const timestamp = quantity(genesis.timestamp, "timestamp");
  const terminal = genesis.config.terminalTotalDifficulty;
  // geth: a chain that begins behind the merge has no difficulty; an older one has the least there is.
  const isMerged = terminal !== undefined && BigInt(terminal) === 0n;
  const difficulty = quantity(genesis.difficulty, "difficulty", isMerged ? 0n : DEFAULT_DIFFICULTY);
  const { fork, eips } = rulesAt(genesis.config, { number, timestamp, parentTotalDifficulty: 0n });
  const header: Header = {
    parentHash: bytes(genesis.parentHash, "parentHash", 32, ZERO_HASH),
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: bytes(genesis.coinbase, "coinbase", 20, ZERO_ADDRESS),
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${"00".repeat(256)}`,
    difficulty,
    number,
    gasLimit: quantity(genesis.gasLimit, "gasLimit", DEFAULT_GAS_LIMIT),
    gasUsed: quantity(genesis.gasUsed, "gasUsed"),
    timestamp,
    extraData: bytes(genesis.extraData, "extraData", undefined, "0x"),
    mixHash: bytes(genesis.mixHash, "mixHash", 32, ZERO_HASH),
    nonce: `0x${quantity(genesis.nonce, "nonce").toString(16).padStart(16, "0")}`,
  };
  // By block number alone: a genesis before the merge may have a base fee.
  if (genesis.config.londonBlock !== undefined && number >= BigInt(genesis.config.londonBlock)) {
    header.baseFeePerGas = quantity(genesis.baseFeePerGas, "baseFeePerGas", INITIAL_BASE_FEE);
  }
  if (fork >= Fork.Shanghai) header.withdrawalsRoot = EMPTY_TRIE_ROOT;
  if (fork >= Fork.Cancun) {
    header.blobGasUsed = quantity(genesis.blobGasUsed, "blobGasUsed");
    header.excessBlobGas = quantity(genesis.excessBlobGas, "excessBlobGas");
    header.parentBeaconBlockRoot = ZERO_HASH;
  }
  if (fork >= Fork.Prague) header.requestsHash = EMPTY_REQUESTS_HASH;
  // The hash of an empty list is that of no uncles.
  if (eips.has(7928)) header.blockAccessListHash = EMPTY_OMMERS_HASH;
  if (eips.has(7843)) header.slotNumber = quantity(genesis.slotNumber, "slotNumber");
  return header;
}
