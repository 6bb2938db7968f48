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

type OldValues = ReadonlyMap<Hex, OldAccount>;

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
  return { values, size };
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
 * The state behind a block of the line on which the engine's state stands. `records` are the undo records of what came
 * after it, oldest first; the engine's state must not move while it is read.
 */
export class History implements StateSource {
  readonly #engine: Engine;
  readonly #decoded: DecodedRecords;
  readonly #records: () => readonly Uint8Array[];

  constructor(engine: Engine, decoded: DecodedRecords, records: () => readonly Uint8Array[]) {
    this.#engine = engine;
    this.#decoded = decoded;
    this.#records = records;
  }

  async account(address: Hex): Promise<SourceAccount | undefined> {
    for (const record of this.#records()) {
      const old = this.#decoded.get(record).get(address);
      if (old !== undefined) return old.account;
    }
    const account = await this.#engine.getAccount(address);
    return account === undefined ? undefined : sourceAccount(account);
  }

  async storage(address: Hex, key: Hex): Promise<bigint> {
    for (const record of this.#records()) {
      const old = this.#decoded.get(record).get(address);
      if (old === undefined) continue;
      const value = old.storage.get(key);
      if (value !== undefined) return value;
      if (old.isWhole || old.account === undefined) return 0n;
    }
    return this.#engine.getStorage(address, key);
  }

  code(hash: Hex): Promise<Uint8Array> {
    return this.#engine.getCodeOf(hash);
  }
}
