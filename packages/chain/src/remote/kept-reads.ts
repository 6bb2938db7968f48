// A value that was read of a remote's state, as the log of a directory keeps it.

import {
  DecodingError,
  type Hex,
  integerHex,
  rlpBytes,
  rlpItems,
  rlpQuantity,
  rlpWhole,
} from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import type { KnownAccount, StateRecords } from "./records.ts";

const ACCOUNT = 1;
const SLOT = 2;
const HASH = 3;

function encode(kind: number, items: readonly Hex[]): Uint8Array {
  const list = Rlp.fromHex([...items], { as: "Bytes" });
  const bytes = new Uint8Array(1 + list.length);
  bytes[0] = kind;
  bytes.set(list, 1);
  return bytes;
}

/** An account with its code; null = there is none. */
export function accountRead(
  address: Hex,
  account: KnownAccount | null,
  code: Uint8Array = new Uint8Array(0),
): Uint8Array {
  if (account === null) return encode(ACCOUNT, [address]);
  const { nonce, balance } = account;
  return encode(ACCOUNT, [address, integerHex(nonce), integerHex(balance), HexOf.fromBytes(code)]);
}

export function slotRead(address: Hex, key: Hex, value: bigint): Uint8Array {
  return encode(SLOT, [address, key, integerHex(value)]);
}

/** Of one of the block's ancestors. */
export function hashRead(number: bigint, hash: Hex): Uint8Array {
  return encode(HASH, [integerHex(number), hash]);
}

/** Takes what one of these functions gave into the records. @throws DecodingError */
export function takeRead(read: Uint8Array, records: StateRecords): void {
  const list = read.subarray(1);
  const items = rlpItems(list, rlpWhole(list, "read"), "read");
  const bytes = (at: number) => rlpBytes(list, items[at]!, "read");
  const hex = (at: number) => HexOf.fromBytes(bytes(at));
  const number = (at: number) => rlpQuantity(list, items[at]!, "read", 32);
  const form = `${read[0]} ${items.length}`;
  switch (form) {
    case `${ACCOUNT} 1`:
      records.accounts.set(hex(0), null);
      break;
    case `${ACCOUNT} 4`: {
      const account = { nonce: number(1), balance: number(2) };
      const code = Uint8Array.from(bytes(3));
      if (code.length === 0) records.accounts.set(hex(0), account);
      else {
        const codeHash = HexOf.fromBytes(keccak_256(code));
        records.codes.set(codeHash, code);
        records.accounts.set(hex(0), { ...account, codeHash });
      }
      break;
    }
    case `${SLOT} 3`:
      records.slots.set(hex(0) + hex(1), number(2));
      break;
    case `${HASH} 2`:
      records.hashes.set(number(0), hex(1));
      break;
    default:
      throw new DecodingError("read", `is of kind ${read[0]} with ${items.length} parts`);
  }
}
