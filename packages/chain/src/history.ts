// Values as they were behind an older block: what the first later change overwrote, else what is there now.

import {
  decodeUndo,
  EMPTY_CODE_HASH,
  type Engine,
  type Hex,
  type SourceAccount,
  type StateSource,
} from "@heddle/engine";

interface OldAccount {
  account: SourceAccount | undefined;
  /** `storage` holds all that there was. */
  isWhole: boolean;
  storage: Map<Hex, bigint>;
}

type OldAccounts = ReadonlyMap<Hex, OldAccount>;

/** A value of the past; undefined where it was not overwritten. */
export type OldValue<T> = { value: T } | undefined;

/** Values that were overwritten. */
export interface OldValues {
  account(address: Hex): OldValue<SourceAccount | undefined>;
  slot(address: Hex, key: Hex): OldValue<bigint>;
}

/** Of one record. */
class RecordValues implements OldValues {
  readonly #accounts: OldAccounts;

  constructor(accounts: OldAccounts) {
    this.#accounts = accounts;
  }

  account(address: Hex): OldValue<SourceAccount | undefined> {
    const old = this.#accounts.get(address);
    return old && { value: old.account };
  }

  slot(address: Hex, key: Hex): OldValue<bigint> {
    const old = this.#accounts.get(address);
    if (old === undefined) return undefined;
    const value = old.storage.get(key);
    if (value !== undefined) return { value };
    return old.isWhole || old.account === undefined ? { value: 0n } : undefined;
  }
}

/** Decoded accounts and slots that are kept for the next read; some 200 bytes each. */
const MOST_DECODED = 500_000;

/** Undo records taken apart, the last ones that were asked for. */
export class DecodedRecords {
  readonly #decoded = new Map<Uint8Array, { values: OldValues; size: number }>();
  #size = 0;

  get(record: Uint8Array): OldValues {
    let found = this.#decoded.get(record);
    if (found !== undefined) this.#decoded.delete(record);
    else {
      found = decode(record);
      this.#size += found.size;
    }
    this.#decoded.set(record, found);
    for (const [oldest, { size }] of this.#decoded) {
      if (this.#size <= MOST_DECODED || oldest === record) break;
      this.#decoded.delete(oldest);
      this.#size -= size;
    }
    return found.values;
  }
}

function decode(record: Uint8Array): { values: OldValues; size: number } {
  const values = new Map<Hex, OldAccount>();
  let size = 0;
  for (const { address, account, storageWiped, storage } of decodeUndo(record)) {
    values.set(address, {
      account: account === undefined ? undefined : sourceAccount(account),
      isWhole: storageWiped,
      storage: new Map(storage),
    });
    size += 1 + storage.length;
  }
  return { values: new RecordValues(values), size };
}

function sourceAccount({
  nonce,
  balance,
  codeHash,
}: {
  nonce: bigint;
  balance: bigint;
  codeHash: Hex;
}): SourceAccount {
  return codeHash === EMPTY_CODE_HASH ? { nonce, balance } : { nonce, balance, codeHash };
}

/**
 * The state behind a block of the line on which the engine's state stands. `values` gives what was overwritten since, what
 * came first first; the engine's state must not move while it is read.
 */
export class History implements StateSource {
  readonly #engine: Engine;
  readonly #values: () => readonly OldValues[];

  constructor(engine: Engine, values: () => readonly OldValues[]) {
    this.#engine = engine;
    this.#values = values;
  }

  async account(address: Hex): Promise<SourceAccount | undefined> {
    for (const values of this.#values()) {
      const old = values.account(address);
      if (old !== undefined) return old.value;
    }
    const account = await this.#engine.getAccount(address);
    return account === undefined ? undefined : sourceAccount(account);
  }

  async storage(address: Hex, key: Hex): Promise<bigint> {
    for (const values of this.#values()) {
      const old = values.slot(address, key);
      if (old !== undefined) return old.value;
    }
    return this.#engine.getStorage(address, key);
  }

  code(hash: Hex): Promise<Uint8Array> {
    return this.#engine.getCodeOf(hash);
  }
}
