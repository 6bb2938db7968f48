// Keys of the actors, and transactions as they sign them: what goes to a peer must carry a valid signature.

import { createRequire } from "node:module";
import { type Hex, integerHex } from "@heddle/engine";
import { keccak256, preparePrecompiles } from "@heddle/engine/testing";

interface Secp256k1 {
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
}

await preparePrecompiles();
const secp256k1 = createRequire(import.meta.url)("secp256k1") as Secp256k1;

/** Private key of actor `index`: everybody can know it, it owns nothing but on a chain of the benchmark. */
export function actorKey(index: number): Uint8Array {
  return keccak256(new TextEncoder().encode(`actor ${index} of Heddle's benchmark`));
}

/** The address of a private key. */
export function keyAddress(key: Uint8Array): Uint8Array {
  return keccak256(secp256k1.publicKeyCreate(key, false).subarray(1)).slice(12);
}

/** Signature of a digest in 65 bytes: r, s, and v of 27 or 28. */
export function signDigest(digest: Uint8Array, key: Uint8Array): Uint8Array {
  const { signature, recid } = secp256k1.ecdsaSign(digest, key);
  return Uint8Array.of(...signature, 27 + recid);
}

/** A transaction with EIP-1559's fees, before it is signed. */
export interface DynamicFeeTransaction {
  chainId: number;
  nonce: number;
  maxPriorityFeePerGas: bigint;
  maxFeePerGas: bigint;
  gas: bigint;
  /** Absent: creates a contract. */
  to: Uint8Array | undefined;
  value: bigint;
  data: Uint8Array;
}

const TYPE = 0x02;
const ONE = Uint8Array.of(1);

/** Big-endian, without leading zeroes. */
function quantity(value: bigint | number): Uint8Array {
  return Buffer.from(integerHex(BigInt(value)).slice(2), "hex");
}

function prefix(length: number, short: number): Uint8Array {
  if (length < 56) return Uint8Array.of(short + length);
  const size = quantity(length);
  return Uint8Array.of(short + 55 + size.length, ...size);
}

function item(bytes: Uint8Array): Uint8Array[] {
  return bytes.length === 1 && bytes[0]! < 0x80 ? [bytes] : [prefix(bytes.length, 0x80), bytes];
}

/** The envelope around fields that are RLP already. */
function envelope(fields: readonly Uint8Array[]): Uint8Array {
  const length = fields.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(TYPE), prefix(length, 0xc0), ...fields]);
}

/** A signature's s or r without its leading zeroes. */
function scalar(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

/**
 * The raw transaction (EIP-2718). Without a key the signature is r = s = 1: in range, but nobody's, which is enough
 * where the sender is given.
 */
export function encodeTransaction(t: DynamicFeeTransaction, key: Uint8Array | undefined): Uint8Array {
  const fields = [
    quantity(t.chainId),
    quantity(t.nonce),
    quantity(t.maxPriorityFeePerGas),
    quantity(t.maxFeePerGas),
    quantity(t.gas),
    t.to ?? new Uint8Array(0),
    quantity(t.value),
    t.data,
  ].flatMap(item);
  // No access list.
  fields.push(Uint8Array.of(0xc0));
  if (key === undefined) return envelope([...fields, Uint8Array.of(0x80), ONE, ONE]);
  const { signature, recid } = secp256k1.ecdsaSign(keccak256(envelope(fields)), key);
  const parts = [quantity(recid), scalar(signature.subarray(0, 32)), scalar(signature.subarray(32))];
  return envelope([...fields, ...parts.flatMap(item)]);
}

/** An address as it is written. */
export const addressText = (address: Uint8Array): Hex => `0x${Buffer.from(address).toString("hex")}`;
