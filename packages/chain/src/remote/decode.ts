// Values of a remote's answers: what is not what its method gives is told, never guessed.

import type { Header, Hex } from "@heddle/engine";
import { headerHash } from "@heddle/engine";
import type { RemoteClient } from "./client.ts";

/** Where an answer came from, for errors. */
export interface Answer {
  client: RemoteClient;
  method: string;
}

function fail({ client, method }: Answer, field: string, expected: string, value: unknown): never {
  throw client.error(
    "MALFORMED",
    method,
    `${field} to be ${expected}`,
    value === undefined ? "nothing" : value,
  );
}

/** A number in hex of at most `bits` bits. */
export function quantity(from: Answer, value: unknown, field = "the result", bits = 256): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) {
    fail(from, field, "a number in hex", value);
  }
  const number = BigInt(value);
  return number >> BigInt(bits) === 0n ? number : fail(from, field, `a number of ${bits} bits`, value);
}

/** Bytes in hex, lower case; `length` of them where it is given. */
export function data(from: Answer, value: unknown, field = "the result", length?: number): Hex {
  const isData = typeof value === "string" && /^0x([0-9a-fA-F]{2})*$/.test(value);
  if (!isData || (length !== undefined && value.length !== 2 + 2 * length)) {
    fail(from, field, length === undefined ? "bytes in hex" : `${length} bytes in hex`, value);
  }
  return value.toLowerCase() as Hex;
}

export function object(from: Answer, value: unknown, field = "the result"): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(from, field, "an object", value);
}

export function list(from: Answer, value: unknown, field = "the result"): unknown[] {
  return Array.isArray(value) ? value : fail(from, field, "an array", value);
}

/** Fields that came with later forks, as JSON-RPC and the header name them. */
const LATER_QUANTITIES = ["baseFeePerGas", "blobGasUsed", "excessBlobGas", "slotNumber"] as const;
const LATER_HASHES = [
  "withdrawalsRoot",
  "parentBeaconBlockRoot",
  "requestsHash",
  "blockAccessListHash",
] as const;

/** A block's header and hash as a remote tells them. */
export interface RemoteHeader {
  header: Header;
  hash: Hex;
  /** The hash is that of the header: not so on chains whose headers have fields of their own. */
  isHashed: boolean;
}

export function remoteHeader(from: Answer, value: unknown): RemoteHeader {
  const block = object(from, value);
  const bytes = (name: string, length?: number, absent?: Hex): Hex =>
    absent !== undefined && (block[name] === undefined || block[name] === null)
      ? absent
      : data(from, block[name], name, length);
  const number = (name: string, bits?: number) => quantity(from, block[name], name, bits);
  const header: Header = {
    parentHash: bytes("parentHash", 32),
    ommersHash: bytes("sha3Uncles", 32),
    coinbase: bytes("miner", 20),
    stateRoot: bytes("stateRoot", 32),
    transactionsRoot: bytes("transactionsRoot", 32),
    receiptsRoot: bytes("receiptsRoot", 32),
    logsBloom: bytes("logsBloom", 256),
    difficulty: number("difficulty"),
    number: number("number", 64),
    gasLimit: number("gasLimit", 64),
    gasUsed: number("gasUsed", 64),
    timestamp: number("timestamp", 64),
    extraData: bytes("extraData"),
    mixHash: bytes("mixHash", 32, `0x${"00".repeat(32)}`),
    nonce: bytes("nonce", 8, "0x0000000000000000"),
  };
  for (const name of LATER_QUANTITIES) {
    if (block[name] !== undefined && block[name] !== null) header[name] = number(name);
  }
  for (const name of LATER_HASHES) {
    if (block[name] !== undefined && block[name] !== null) header[name] = bytes(name, 32);
  }
  const hash = bytes("hash", 32);
  return { header, hash, isHashed: headerHash(header) === hash };
}
