// Block headers: fields by fork, RLP, hash, and the checks of one header against its parent's.

import * as Rlp from "ox/Rlp";
import { EMPTY_OMMERS_HASH } from "./empty.ts";
import { DecodingError, InvalidArgumentError, InvalidHeaderError } from "./errors.ts";
import { GAS_PER_BLOB, gasLimitBounds, nextBaseFee, nextDifficulty, nextExcessBlobGas } from "./fees.ts";
import { Fork, type Rules } from "./forks.ts";
import { type Hex, quantityBytes, toBytes, toHex, toQuantity } from "./hex.ts";
import { keccak256 } from "./precompiles/hashes.ts";
import { type RlpItem, rlpBytes, rlpItems, rlpQuantity, rlpWhole } from "./rlp.ts";

/** A block header. Which of the last fields are there depends on the fork. */
export interface Header {
  parentHash: Hex;
  ommersHash: Hex;
  /** The fee recipient. */
  coinbase: Hex;
  stateRoot: Hex;
  transactionsRoot: Hex;
  receiptsRoot: Hex;
  logsBloom: Hex;
  difficulty: bigint;
  number: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: bigint;
  extraData: Hex;
  /** prevRandao from Paris on. */
  mixHash: Hex;
  nonce: Hex;
  /** London, EIP-1559. */
  baseFeePerGas?: bigint | undefined;
  /** Shanghai, EIP-4895. */
  withdrawalsRoot?: Hex | undefined;
  /** Cancun, EIP-4844. */
  blobGasUsed?: bigint | undefined;
  excessBlobGas?: bigint | undefined;
  /** Cancun, EIP-4788. */
  parentBeaconBlockRoot?: Hex | undefined;
  /** Prague, EIP-7685. */
  requestsHash?: Hex | undefined;
  /** Amsterdam, EIP-7928. */
  blockAccessListHash?: Hex | undefined;
  /** Amsterdam, EIP-7843. */
  slotNumber?: bigint | undefined;
}

/** Length in bytes of a fixed field, 0 for bytes of any length, or the bits of a number. */
type Shape = { bytes: number } | { bits: 64 | 256 };

interface Field {
  name: keyof Header;
  shape: Shape;
  since: Fork;
  /** The EIP that brings it, where the rules name EIPs one by one. */
  eip?: number | undefined;
}

const bytes = (name: keyof Header, length: number, since: Fork = Fork.Frontier, eip?: number): Field => ({
  name,
  shape: { bytes: length },
  since,
  eip,
});
const number = (name: keyof Header, bits: 64 | 256, since: Fork = Fork.Frontier, eip?: number): Field => ({
  name,
  shape: { bits },
  since,
  eip,
});

function hasField({ since, eip }: Field, rules: Pick<Rules, "fork" | "eips">): boolean {
  return eip === undefined ? rules.fork >= since : rules.eips.has(eip);
}

/** All header fields in the order of their RLP. */
const FIELDS: readonly Field[] = [
  bytes("parentHash", 32),
  bytes("ommersHash", 32),
  bytes("coinbase", 20),
  bytes("stateRoot", 32),
  bytes("transactionsRoot", 32),
  bytes("receiptsRoot", 32),
  bytes("logsBloom", 256),
  number("difficulty", 256),
  number("number", 64),
  number("gasLimit", 64),
  number("gasUsed", 64),
  number("timestamp", 64),
  bytes("extraData", 0),
  bytes("mixHash", 32),
  bytes("nonce", 8),
  number("baseFeePerGas", 256, Fork.London),
  bytes("withdrawalsRoot", 32, Fork.Shanghai),
  number("blobGasUsed", 64, Fork.Cancun),
  number("excessBlobGas", 64, Fork.Cancun),
  bytes("parentBeaconBlockRoot", 32, Fork.Cancun),
  bytes("requestsHash", 32, Fork.Prague),
  bytes("blockAccessListHash", 32, Fork.Amsterdam, 7928),
  number("slotNumber", 64, Fork.Amsterdam, 7843),
];

const SEAL: ReadonlySet<keyof Header> = new Set(["mixHash", "nonce"]);
const ZERO_NONCE: Hex = "0x0000000000000000";
/** EIP-779: "dao-hard-fork". */
const DAO_EXTRA_DATA: Hex = "0x64616f2d686172642d666f726b";
const MAX_GAS_LIMIT = 0x7fffffffffffffffn;

/** Checks every field's type and range. @throws InvalidArgumentError naming the first field that is wrong */
export function checkHeaderFields(header: Header, field = "header"): void {
  if (typeof header !== "object" || header === null) {
    throw new InvalidArgumentError(field, "a header", header);
  }
  let ended = false;
  for (const { name, shape, since } of FIELDS) {
    const value = header[name];
    if (value === undefined && since > Fork.Frontier) {
      ended = true;
      continue;
    }
    // The RLP has no names: a field can only be there when all before it are.
    if (ended) throw new InvalidArgumentError(`${field}.${name}`, "absent while an earlier field is", value);
    if ("bits" in shape) {
      if (typeof value !== "bigint") throw new InvalidArgumentError(`${field}.${name}`, "a bigint", value);
      toQuantity(value, `${field}.${name}`, shape.bits);
    } else {
      toBytes(value as Hex, `${field}.${name}`, shape.bytes || undefined);
    }
  }
}

type RlpValue = Uint8Array | RlpValue[];

/** The items of a header's RLP list. */
export function headerItems(header: Header): RlpValue[] {
  const items: RlpValue[] = [];
  for (const { name, shape, since } of FIELDS) {
    const value = header[name];
    if (value === undefined && since > Fork.Frontier) break;
    if ("bytes" in shape) {
      items.push(toBytes(value as Hex, `header.${name}`, shape.bytes || undefined));
    } else {
      items.push(quantityBytes(toQuantity(value as bigint, `header.${name}`, shape.bits), name));
    }
  }
  return items;
}

/**
 * RLP of a header; fields behind the last one present are left out.
 * @throws InvalidArgumentError naming the first field that is wrong, or that no header may lack
 */
export function encodeHeader(header: Header): Uint8Array {
  return Rlp.from(headerItems(header) as Uint8Array[], { as: "Bytes" }) as Uint8Array;
}

/** keccak256 of a header's RLP: the block's hash. */
export function headerHash(header: Header): Hex {
  return toHex(keccak256(encodeHeader(header)));
}

/**
 * What a miner seals (Yellow Paper, appendix J): keccak256 of the header's RLP without mixHash and nonce.
 *
 * @example
 * ```ts
 * const { mix, hash } = hashimoto(sealHash(header), header.nonce);
 * ```
 */
export function sealHash(header: Header): Hex {
  const items = headerItems(header).filter((_, index) => !SEAL.has(FIELDS[index]!.name));
  return toHex(keccak256(Rlp.from(items as Uint8Array[], { as: "Bytes" }) as Uint8Array));
}

/** Numbers of fields that a header of some fork has. */
const LENGTHS = new Set(
  FIELDS.map(({ since }, index) => (FIELDS[index + 1]?.since !== since ? index + 1 : 0)).filter(Boolean),
);

/** The header that an item of already read RLP is. */
export function headerFromItem(input: Uint8Array, item: RlpItem, field: string): Header {
  const items = rlpItems(input, item, field);
  if (!LENGTHS.has(items.length)) {
    throw new DecodingError(field, `has ${items.length} items, which no fork's header has`);
  }
  const header: Record<string, unknown> = {};
  items.forEach((part, index) => {
    const { name, shape } = FIELDS[index]!;
    const where = `${field}.${name}`;
    header[name] =
      "bits" in shape
        ? rlpQuantity(input, part, where, shape.bits / 8)
        : toHex(rlpBytes(input, part, where, shape.bytes || undefined));
  });
  return header as unknown as Header;
}

/** The header that `input` is the RLP of. @throws DecodingError */
export function decodeHeader(input: Uint8Array): Header {
  return headerFromItem(input, rlpWhole(input, "header"), "header");
}

/** Hash of a block's list of uncles. */
export function ommersHash(uncles: readonly Header[]): Hex {
  return toHex(keccak256(Rlp.from(uncles.map(headerItems) as Uint8Array[][], { as: "Bytes" }) as Uint8Array));
}

/** Checks that the header has exactly the fields of its fork. @throws InvalidHeaderError */
export function checkHeaderShape(header: Header, rules: Pick<Rules, "fork" | "eips">): void {
  for (const field of FIELDS) {
    const { name } = field;
    const present = header[name] !== undefined;
    if (present !== hasField(field, rules)) {
      throw new InvalidHeaderError(
        name,
        present ? "absent before its fork" : "present in its fork",
        header[name],
      );
    }
  }
}

function demand<T>(field: keyof Header, expected: T, met: T): void {
  if (expected !== met) throw new InvalidHeaderError(field, expected, met);
}

/**
 * Checks a header against its parent and its fork's rules, all but the proof-of-work seal and what only
 * executing the block can tell (gasUsed, roots, bloom).
 * @throws InvalidHeaderError naming the first field that is wrong
 *
 * @example
 * ```ts
 * checkHeader(header, parent, rulesAt(MAINNET, header));
 * ```
 */
export function checkHeader(header: Header, parent: Header, rules: Rules): void {
  demand("number", parent.number + 1n, header.number);
  demand("parentHash", headerHash(parent), header.parentHash.toLowerCase());
  if (header.timestamp <= parent.timestamp) {
    throw new InvalidHeaderError("timestamp", `above ${parent.timestamp}`, header.timestamp);
  }
  if ((header.extraData.length - 2) / 2 > 32) {
    throw new InvalidHeaderError("extraData", "at most 32 bytes", header.extraData);
  }
  if (rules.daoExtraData) demand("extraData", DAO_EXTRA_DATA, header.extraData.toLowerCase());

  const { lowest, highest } = gasLimitBounds(parent, rules);
  if (header.gasLimit < lowest || header.gasLimit > highest || header.gasLimit > MAX_GAS_LIMIT) {
    throw new InvalidHeaderError("gasLimit", `from ${lowest} to ${highest}`, header.gasLimit);
  }
  checkHeaderShape(header, rules);
  if (header.gasUsed > header.gasLimit) {
    throw new InvalidHeaderError("gasUsed", `at most ${header.gasLimit}`, header.gasUsed);
  }
  if (rules.fork >= Fork.London) demand("baseFeePerGas", nextBaseFee(parent, rules), header.baseFeePerGas);

  if (rules.fork >= Fork.Paris) {
    demand("difficulty", 0n, header.difficulty);
    demand("nonce", ZERO_NONCE, header.nonce);
    demand("ommersHash", EMPTY_OMMERS_HASH, header.ommersHash.toLowerCase());
  } else {
    const hasUncles = parent.ommersHash.toLowerCase() !== EMPTY_OMMERS_HASH;
    demand(
      "difficulty",
      nextDifficulty({ ...parent, hasUncles }, header.timestamp, rules),
      header.difficulty,
    );
  }
  if (rules.fork >= Fork.Cancun) checkBlobGas(header, parent, rules);
}

function checkBlobGas(header: Header, parent: Header, rules: Rules): void {
  const used = header.blobGasUsed ?? 0n;
  const highest = BigInt(rules.blobs?.max ?? 0) * GAS_PER_BLOB;
  if (used > highest) throw new InvalidHeaderError("blobGasUsed", `at most ${highest}`, used);
  if (used % GAS_PER_BLOB !== 0n) {
    throw new InvalidHeaderError("blobGasUsed", `a multiple of ${GAS_PER_BLOB}`, used);
  }
  demand("excessBlobGas", nextExcessBlobGas(parent, rules), header.excessBlobGas);
}
