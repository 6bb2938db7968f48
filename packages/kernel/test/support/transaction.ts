// Signed transactions for tests, from lists of RLP fields, so that any field can be given any form.

import type * as Address from "ox/Address";
import * as Hash from "ox/Hash";
import * as Hex from "ox/Hex";
import * as Rlp from "ox/Rlp";
import * as Secp256k1 from "ox/Secp256k1";
import { key } from "./block.ts";

export type Item = Hex.Hex | readonly Item[];

/** An integer as RLP has it: no leading zeros, nothing for zero. */
export function integer(value: bigint | number): Hex.Hex {
  if (BigInt(value) === 0n) return "0x";
  const digits = BigInt(value).toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}

export function rlp(item: Item): Hex.Hex {
  return Rlp.fromHex(item as Hex.Hex);
}

export interface Fields {
  type?: 0 | 1 | 2 | 3 | 4;
  /** Undefined: a legacy transaction without EIP-155. */
  chainId?: bigint;
  nonce?: bigint;
  gasLimit?: bigint;
  /** Gas price, or the maximal fee from type 2 on. */
  maxFee?: bigint;
  priorityFee?: bigint;
  to?: Address.Address | "0x";
  value?: bigint;
  data?: Hex.Hex;
  accessList?: readonly (readonly [Address.Address, readonly Hex.Hex[]])[];
  maxBlobFee?: bigint;
  blobHashes?: readonly Hex.Hex[];
  authorizations?: readonly Item[];
}

export const recipient: Address.Address = `0x${"ab".repeat(20)}`;

/** The fields that are signed, as items. */
export function items(fields: Fields): Item[] {
  const { type = 0 } = fields;
  const call: Item[] = [fields.to ?? recipient, integer(fields.value ?? 0n), fields.data ?? "0x"];
  const gasLimit = integer(fields.gasLimit ?? 21_000n);
  const maxFee = integer(fields.maxFee ?? 10n);
  const nonce = integer(fields.nonce ?? 0n);
  if (type === 0) return [nonce, maxFee, gasLimit, ...call];
  const accessList: Item[] = (fields.accessList ?? []).map(([address, keys]) => [address, keys]);
  const fees = type === 1 ? [maxFee] : [integer(fields.priorityFee ?? 0n), maxFee];
  const typed: Item[] = [integer(fields.chainId ?? 1n), nonce, ...fees, gasLimit, ...call, accessList];
  if (type === 3) typed.push(integer(fields.maxBlobFee ?? 1n), fields.blobHashes ?? []);
  if (type === 4) typed.push(fields.authorizations ?? []);
  return typed;
}

/** rlp(items) behind the type byte. */
export function envelope(type: number, list: readonly Item[]): Hex.Hex {
  return type === 0 ? rlp(list) : Hex.concat(Hex.fromNumber(type, { size: 1 }), rlp(list));
}

/** Signs the items of a transaction and puts them into an envelope. */
export function signItems(
  type: number,
  list: readonly Item[],
  options: { chainId?: bigint | undefined; privateKey?: Hex.Hex } = {},
): Hex.Hex {
  const eip155 = type === 0 && options.chainId !== undefined;
  const signed = eip155 ? [...list, integer(options.chainId!), "0x" as const, "0x" as const] : list;
  const { r, s, yParity } = Secp256k1.sign({
    payload: Hash.keccak256(envelope(type, signed)),
    privateKey: options.privateKey ?? key,
  });
  const parity = BigInt(yParity);
  const v = type !== 0 ? parity : eip155 ? options.chainId! * 2n + 35n + parity : 27n + parity;
  return envelope(type, [...list, integer(v), integer(BigInt(r)), integer(BigInt(s))]);
}

export function signed(fields: Fields, privateKey?: Hex.Hex): Hex.Hex {
  return signItems(fields.type ?? 0, items(fields), {
    chainId: fields.chainId,
    ...(privateKey === undefined ? {} : { privateKey }),
  });
}

/** A signed authorization tuple (EIP-7702). */
export function authorize(
  privateKey: Hex.Hex,
  tuple: { chainId?: bigint; address: Address.Address; nonce: bigint },
): Item {
  const fields = [integer(tuple.chainId ?? 1n), tuple.address, integer(tuple.nonce)];
  const { r, s, yParity } = Secp256k1.sign({
    payload: Hash.keccak256(Hex.concat("0x05", rlp(fields))),
    privateKey,
  });
  return [...fields, integer(yParity), integer(BigInt(r)), integer(BigInt(s))];
}
