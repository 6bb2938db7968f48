// The state of the checkpoint as an engine reads it.

import type { Hex, SourceAccount, SourceCommit, StateSource } from "@heddle/engine";
import { decodeAccount, encodeAccount } from "./account-record.ts";
import { bytesOf, bytesQuantity, hexOf, quantityBytes } from "./bytes.ts";
import { afterPrefix, locationKey, type Tables } from "./database.ts";
import { StoreError } from "./errors.ts";

/** Answers from the tables, at once. */
export class DatabaseSource implements StateSource {
  protected readonly tables: Tables;

  constructor(tables: Tables) {
    this.tables = tables;
  }

  account(address: Hex): SourceAccount | undefined {
    const bytes = this.tables.accounts.get(locationKey(address));
    return bytes === undefined ? undefined : decodeAccount(bytes);
  }

  storage(address: Hex, key: Hex): bigint {
    const bytes = this.tables.slots.get(locationKey(address, key));
    return bytes === undefined ? 0n : bytesQuantity(bytes);
  }

  code(hash: Hex): Uint8Array {
    const bytes = this.tables.codes.get(bytesOf(hash));
    if (bytes === undefined)
      throw new StoreError("CODE_MISSING", `the store has no code of hash ${hash}`, { met: hash });
    return bytes;
  }

  node(hash: Hex): Uint8Array | undefined {
    return this.tables.nodes.get(bytesOf(hash));
  }

  /** Every slot of an account, by key. */
  *listStorage(address: Hex): Generator<readonly [key: Hex, value: bigint]> {
    const prefix = locationKey(address);
    for (const { key, value } of this.tables.slots.getRange({ start: prefix, end: afterPrefix(prefix) })) {
      yield [hexOf(key.subarray(20)), bytesQuantity(value)];
    }
  }
}

/**
 * The state of the checkpoint with what an engine has committed since on top, not written yet: an engine may work in
 * several steps towards one write.
 */
export class PendingSource extends DatabaseSource {
  private readonly accounts = new Map<Hex, SourceAccount | null>();
  private readonly written = new Map<Hex, Map<Hex, bigint>>();
  private readonly wiped = new Set<Hex>();
  private readonly codes = new Map<Hex, Uint8Array>();
  private readonly nodes = new Map<Hex, Uint8Array>();

  override account(address: Hex): SourceAccount | undefined {
    const pending = this.accounts.get(address);
    return pending === undefined ? super.account(address) : (pending ?? undefined);
  }

  override storage(address: Hex, key: Hex): bigint {
    const pending = this.written.get(address)?.get(key);
    if (pending !== undefined) return pending;
    return this.wiped.has(address) ? 0n : super.storage(address, key);
  }

  override code(hash: Hex): Uint8Array {
    return this.codes.get(hash) ?? super.code(hash);
  }

  override node(hash: Hex): Uint8Array | undefined {
    return this.nodes.get(hash) ?? super.node(hash);
  }

  override *listStorage(address: Hex): Generator<readonly [key: Hex, value: bigint]> {
    const pending = this.written.get(address);
    if (!this.wiped.has(address)) {
      for (const slot of super.listStorage(address)) if (!pending?.has(slot[0])) yield slot;
    }
    for (const slot of pending ?? []) if (slot[1] !== 0n) yield slot;
  }

  /** Takes what an engine changed. */
  commit({ changes, codes, nodes }: SourceCommit): void {
    for (const { address, account, storageWiped, storage } of changes) {
      this.accounts.set(address, account);
      let slots = this.written.get(address);
      if (storageWiped || account === null) {
        this.wiped.add(address);
        slots = undefined;
        this.written.delete(address);
      }
      if (account === null || storage.length === 0) continue;
      if (slots === undefined) {
        slots = new Map();
        this.written.set(address, slots);
      }
      for (const [key, value] of storage) slots.set(key, value);
    }
    for (const [hash, code] of codes) this.codes.set(hash, code);
    for (const [hash, rlp] of nodes) this.nodes.set(hexOf(hash), rlp);
  }

  /** Puts all that is pending into the tables; in a write transaction. */
  write(): void {
    const { accounts, slots, codes, nodes } = this.tables;
    for (const address of this.wiped) {
      const prefix = locationKey(address);
      const keys = [...slots.getKeys({ start: prefix, end: afterPrefix(prefix) })];
      for (const key of keys) slots.removeSync(key);
    }
    for (const [address, account] of this.accounts) {
      if (account === null) accounts.removeSync(locationKey(address));
      else accounts.putSync(locationKey(address), encodeAccount(account));
    }
    for (const [address, written] of this.written) {
      for (const [key, value] of written) {
        const location = locationKey(address, key);
        if (value === 0n) slots.removeSync(location);
        else slots.putSync(location, quantityBytes(value));
      }
    }
    for (const [hash, code] of this.codes) codes.putSync(bytesOf(hash), code);
    for (const [hash, rlp] of this.nodes) nodes.putSync(bytesOf(hash), rlp);
  }

  /** Forgets what is pending: it was written, or is given up. */
  clear(): void {
    for (const pending of [this.accounts, this.written, this.wiped, this.codes, this.nodes]) pending.clear();
  }
}
