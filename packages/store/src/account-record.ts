// How accounts stand in the database.

import type { SourceAccount } from "@heddle/engine";
import { ByteReader, ByteWriter } from "./bytes.ts";

const EXISTS = 1;
const HAS_CODE = 2;
const HAS_STORAGE = 4;

/** An account, or that there is none, as bytes. */
export function encodeAccount(account: Omit<SourceAccount, "code"> | undefined): Uint8Array {
  const out = new ByteWriter();
  if (account === undefined) {
    out.u8(0);
    return out.take();
  }
  const { nonce, balance, codeHash, storageRoot } = account;
  out.u8(EXISTS | (codeHash === undefined ? 0 : HAS_CODE) | (storageRoot === undefined ? 0 : HAS_STORAGE));
  out.quantity(nonce);
  out.quantity(balance);
  if (codeHash !== undefined) out.hex(codeHash, 32);
  if (storageRoot !== undefined) out.hex(storageRoot, 32);
  return out.take();
}

/** The inverse of `encodeAccount`. */
export function decodeAccount(bytes: Uint8Array): SourceAccount | undefined {
  const input = new ByteReader(bytes);
  const flags = input.u8();
  if ((flags & EXISTS) === 0) return undefined;
  const account: SourceAccount = { nonce: input.quantity(), balance: input.quantity() };
  if (flags & HAS_CODE) account.codeHash = input.hex(32);
  if (flags & HAS_STORAGE) account.storageRoot = input.hex(32);
  return account;
}
