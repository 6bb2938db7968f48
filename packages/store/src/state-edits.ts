// Changes of the state as bytes, and many of them as one.

import type { Hex, StateEdit } from "@heddle/engine";
import { ByteReader, ByteWriter } from "./bytes.ts";

const DELETED = 1;
const BALANCE = 2;
const NONCE = 4;
const CODE = 8;
const CLEAR_STORAGE = 16;
const EXISTS = 32;

/**
 * Packs changes from outside of any transaction, for `StoredBlock.changes`: in the form in which `result.changes.pack()` gives
 * those of a block.
 */
export function encodeEdits(edits: Iterable<StateEdit>): Uint8Array {
  const out = new ByteWriter();
  for (const { address, deleted, balance, nonce, code, clearStorage, storage } of edits) {
    out.hex(address, 20);
    let flags = 0;
    if (deleted !== undefined) flags |= deleted ? DELETED : EXISTS;
    if (balance !== undefined) flags |= BALANCE;
    if (nonce !== undefined) flags |= NONCE;
    if (code !== undefined) flags |= CODE;
    if (clearStorage) flags |= CLEAR_STORAGE;
    out.u8(flags);
    if (balance !== undefined) out.quantity(balance);
    if (nonce !== undefined) out.quantity(nonce);
    if (code !== undefined) out.sized(typeof code === "string" ? Buffer.from(code.slice(2), "hex") : code);
    const slots = storage === undefined ? [] : [...storage];
    out.u32(slots.length);
    for (const [key, value] of slots) {
      out.hex(key, 32);
      out.quantity(value);
    }
  }
  return out.take();
}

/** The inverse of `encodeEdits`, and what `result.changes.pack()` of a block means; codes are slices of the bytes. */
export function* decodeEdits(bytes: Uint8Array): Generator<StateEdit> {
  const input = new ByteReader(bytes);
  while (!input.isAtEnd) {
    const address = input.hex(20);
    const flags = input.u8();
    const edit: StateEdit = { address };
    if (flags & (DELETED | EXISTS)) edit.deleted = (flags & DELETED) !== 0;
    if (flags & BALANCE) edit.balance = input.quantity();
    if (flags & NONCE) edit.nonce = input.quantity();
    if (flags & CODE) edit.code = input.sized();
    if (flags & CLEAR_STORAGE) edit.clearStorage = true;
    const count = input.u32();
    if (count > 0) {
      edit.storage = Array.from({ length: count }, () => [input.hex(32), input.quantity()] as const);
    }
    yield edit;
  }
}

const EMPTY = new Uint8Array(0);

/** An edit that takes more edits of the same account. */
interface NetEdit extends Omit<StateEdit, "storage"> {
  storage: Map<Hex, bigint>;
}

/** What all these changes come to, one edit an account; each applies to what those before it leave. */
export function mergeEdits(edits: Iterable<StateEdit>): StateEdit[] {
  const accounts = new Map<Hex, NetEdit>();
  for (const { address, deleted, balance, nonce, code, clearStorage, storage } of edits) {
    let net = accounts.get(address);
    if (net === undefined) {
      net = { address, storage: new Map() };
      accounts.set(address, net);
    }
    if (deleted) {
      accounts.set(address, { address, deleted: true, storage: new Map() });
      continue;
    }
    if (net.deleted) {
      // What is made where an account was deleted has nothing of it.
      net = { address, balance: 0n, nonce: 0n, code: EMPTY, clearStorage: true, storage: new Map() };
      accounts.set(address, net);
    }
    // The last change decides whether an account that is left empty is there.
    if (deleted === undefined) delete net.deleted;
    else net.deleted = deleted;
    if (balance !== undefined) net.balance = balance;
    if (nonce !== undefined) net.nonce = nonce;
    if (code !== undefined) net.code = code;
    if (clearStorage) {
      net.clearStorage = true;
      net.storage.clear();
    }
    for (const [key, value] of storage ?? []) net.storage.set(key, value);
  }
  return [...accounts.values()];
}
