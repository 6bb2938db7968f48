// Signed transactions of every type, by keys of the tests' own.

import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Address from "ox/Address";
import * as Authorization from "ox/Authorization";
import * as Rlp from "ox/Rlp";
import * as Secp256k1 from "ox/Secp256k1";
import { integerHex, toBytes, toHex } from "../../src/hex.ts";
import type { Hex } from "../../src/index.ts";
import { encodeUnsigned, type TransactionFields } from "../../src/local-executor.ts";

export const key = (index: number): Hex => `0x${(index + 1).toString(16).padStart(64, "0")}`;
export const signer = (index: number): Hex =>
  Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: key(index) })).toLowerCase() as Hex;

const number = (value: bigint | number | Hex): Uint8Array => toBytes(integerHex(BigInt(value)), "number");

/** The raw transaction of these fields, signed by key `by`. */
export function sign(fields: TransactionFields, by: number): Uint8Array {
  const unsigned = encodeUnsigned(fields);
  const isLegacy = unsigned[0]! >= 0xc0;
  const body = isLegacy ? unsigned : unsigned.subarray(1);
  const items = Rlp.toBytes(body) as unknown as Uint8Array[];
  const type = isLegacy ? [] : [unsigned[0]!];
  const chainId = BigInt(fields.chainId ?? 1);
  const signed = items.slice(0, -3);
  // EIP-155: the chain stands in place of the signature.
  const payload = isLegacy ? [...signed, number(chainId), number(0), number(0)] : signed;
  const hash = toHex(keccak_256(Uint8Array.of(...type, ...encode(payload))));
  const { r, s, yParity } = Secp256k1.sign({ payload: hash, privateKey: key(by) });
  const v = isLegacy ? number(chainId * 2n + 35n + BigInt(yParity)) : number(yParity);
  return Uint8Array.of(...type, ...encode([...signed, v, number(r), number(s)]));
}

/** Authorizations of EIP-7702, signed by key `by`. */
export function authorize(
  tuples: readonly { address: Hex; nonce: bigint; chainId?: number }[],
  by: number,
): NonNullable<TransactionFields["authorizationList"]> {
  return tuples.map(({ address, nonce, chainId = 1 }) => {
    const payload = Authorization.getSignPayload({ address, chainId, nonce });
    const signature = Secp256k1.sign({ payload, privateKey: key(by) });
    return { address, chainId, nonce, ...signature };
  });
}

function encode(items: Uint8Array[]): Uint8Array {
  return Rlp.from(items, { as: "Bytes" }) as Uint8Array;
}
