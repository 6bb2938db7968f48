// Whether what is on the disk fits together: the log's checksums, the state against its trie, blocks against their indexes.

import {
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  rlpBytes,
  rlpItems,
  rlpQuantity,
  rlpWhole,
  type SourceAccount,
} from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { decodeAccount } from "./account-record.ts";
import { readBlockRow } from "./block-row.ts";
import { bytesOf, bytesQuantity, hexOf } from "./bytes.ts";
import {
  blockKey,
  type Checkpoint,
  closeTables,
  historyKey,
  openTables,
  readCheckpoint,
  type Tables,
} from "./database.ts";
import { DatabaseSource } from "./database-source.ts";
import { ForeignFolderError } from "./errors.ts";
import { checkFolder, logFolder, stateFolder } from "./folder.ts";
import { oldValues } from "./history-index.ts";
import { takeLock } from "./lock.ts";
import { checkLog } from "./log/check.ts";
import { decodeList } from "./stored-block.ts";
import { walkTrie } from "./trie-walk.ts";

/** What a check found. */
export interface StoreReport {
  /** In words, at most `MOST_PROBLEMS`; empty = all is well. */
  problems: string[];
  checkpoint: Checkpoint | undefined;
  /** Records of the log. */
  records: number;
  /** Bytes at the log's end of a write that was cut off; opening the store cuts them away. */
  tornBytes: number;
  accounts: number;
  slots: number;
  blocks: number;
}

/** So many problems are told; a store with more is not read on. */
export const MOST_PROBLEMS = 100;

class TooManyProblems extends Error {}

/**
 * Reads a store that is not open and tells what does not fit together. Nothing is changed. Holds the hashes of all accounts,
 * and of the slots of one account, in memory.
 * @throws ForeignFolderError, NewerFolderError, OlderFolderError, StoreLockedError
 *
 * @example
 * ```ts
 * const { problems } = await checkStore("data");
 * for (const problem of problems) console.error(problem);
 * ```
 */
export async function checkStore(directory: string): Promise<StoreReport> {
  if (!checkFolder(directory)) throw new ForeignFolderError(directory, "it is empty");
  const unlock = takeLock(directory);
  const report: StoreReport = {
    problems: [],
    checkpoint: undefined,
    records: 0,
    tornBytes: 0,
    accounts: 0,
    slots: 0,
    blocks: 0,
  };
  let tables: Tables | undefined;
  try {
    tables = openTables(stateFolder(directory));
    report.checkpoint = readCheckpoint(tables);
    const { records, tornBytes, problems } = checkLog(logFolder(directory), report.checkpoint?.position);
    Object.assign(report, { records, tornBytes });
    const check = new Check(tables, report);
    for (const problem of problems) check.problem(problem);
    if (report.checkpoint !== undefined) check.all(report.checkpoint);
  } catch (error) {
    if (!(error instanceof TooManyProblems)) throw error;
  } finally {
    if (tables !== undefined) await closeTables(tables);
    unlock();
  }
  return report;
}

/** A key of the flat state with the hash under which the trie has it. */
interface HashedKey {
  path: string;
  key: Uint8Array;
}

function hashed(keys: Iterable<Uint8Array>): HashedKey[] {
  const list = Array.from(keys, (key) => ({ path: hexOf(keccak_256(key)).slice(2), key: key.slice() }));
  return list.sort((a, b) => (a.path < b.path ? -1 : 1));
}

class Check {
  private readonly tables: Tables;
  private readonly report: StoreReport;
  private readonly source: DatabaseSource;

  constructor(tables: Tables, report: StoreReport) {
    this.tables = tables;
    this.report = report;
    this.source = new DatabaseSource(tables);
  }

  problem(text: string): void {
    this.report.problems.push(text);
    if (this.report.problems.length >= MOST_PROBLEMS) throw new TooManyProblems();
  }

  all(checkpoint: Checkpoint): void {
    this.state(checkpoint);
    for (let number = checkpoint.oldest; number <= checkpoint.number; number++) {
      this.block(number, number > checkpoint.oldest);
    }
    const row = readBlockRow(this.tables, checkpoint.number);
    if (row?.hash !== checkpoint.hash || row.stateRoot !== checkpoint.stateRoot) {
      this.problem(
        `the checkpoint is of block ${checkpoint.number} ${checkpoint.hash}, which is ${row?.hash}`,
      );
    }
  }

  private state({ stateRoot }: Checkpoint): void {
    const { accounts, slots } = this.tables;
    const flat = hashed(accounts.getKeys());
    this.report.accounts = flat.length;
    this.against("account", stateRoot, flat, (key, leaf) => {
      const address = hexOf(key);
      const account = decodeAccount(accounts.get(key)!)!;
      const told = rlpAccount(leaf);
      for (const field of ["nonce", "balance", "codeHash", "storageRoot"] as const) {
        const met = account[field] ?? EMPTY[field];
        if (met !== told[field])
          this.problem(`account ${address}: its ${field} is ${met}, in the trie ${told[field]}`);
      }
      if (account.codeHash !== undefined) this.code(address, account.codeHash);
      this.storage(address, key, told.storageRoot);
    });
    const all = slots.getCount();
    if (this.report.slots !== all) this.problem(`${all - this.report.slots} slots belong to no account`);
  }

  private code(address: string, hash: SourceAccount["codeHash"] & {}): void {
    const code = this.tables.codes.get(bytesOf(hash));
    if (code === undefined) this.problem(`account ${address}: its code ${hash} is missing`);
    else if (hexOf(keccak_256(code)) !== hash) this.problem(`code ${hash} has other bytes`);
  }

  private storage(address: string, account: Uint8Array, root: `0x${string}`): void {
    const values = new Map<string, bigint>();
    const keys: Uint8Array[] = [];
    for (const [key, value] of this.source.listStorage(hexOf(account))) {
      keys.push(bytesOf(key));
      values.set(key, value);
    }
    this.report.slots += keys.length;
    if (keys.length === 0 && root === EMPTY_TRIE_ROOT) return;
    this.against(`account ${address}: slot`, root, hashed(keys), (key, leaf) => {
      const met = values.get(hexOf(key));
      const told = bytesQuantity(rlpBytes(leaf, rlpWhole(leaf, "slot"), "slot"));
      if (met !== told) this.problem(`account ${address}: slot ${hexOf(key)} is ${met}, in the trie ${told}`);
    });
  }

  /** Compares keys with a trie's values, both by path. */
  private against(
    what: string,
    root: `0x${string}`,
    flat: HashedKey[],
    compare: (key: Uint8Array, leaf: Uint8Array) => void,
  ): void {
    let next = 0;
    const missing = () => this.problem(`${what} ${hexOf(flat[next++]!.key)} is not in the trie`);
    try {
      for (const { path, value } of walkTrie(root, { node: (hash) => this.source.node(hash) })) {
        while (next < flat.length && flat[next]!.path < path) missing();
        if (flat[next]?.path === path) compare(flat[next++]!.key, value);
        else this.problem(`${what} of hash 0x${path} is in the trie only`);
      }
      while (next < flat.length) missing();
    } catch (error) {
      if (error instanceof TooManyProblems) throw error;
      this.problem(`${what}s: ${error instanceof Error ? error.message : error}`);
    }
  }

  private block(number: bigint, hasHistory: boolean): void {
    const { tables } = this;
    const key = blockKey(number);
    const row = readBlockRow(tables, number);
    const hashes = tables.transactionHashes.get(key);
    this.report.blocks++;
    if (row === undefined || hashes === undefined || tables.payloads.get(key) === undefined) {
      this.problem(`block ${number} is not there as a whole`);
      return;
    }
    const back = tables.numbers.get(bytesOf(row.hash));
    if (back === undefined || Buffer.compare(back, key) !== 0) {
      this.problem(`block ${number} is not found by its hash ${row.hash}`);
    }
    for (let i = 0; i * 32 < hashes.length; i++) {
      const hash = hashes.subarray(i * 32, i * 32 + 32);
      if (tables.transactions.get(hash) === undefined) {
        this.problem(`transaction ${hexOf(hash)} of block ${number} is not found by its hash`);
      }
    }
    if (hasHistory) this.history(number);
  }

  private history(number: bigint): void {
    const { undos, accountHistory, slotHistory } = this.tables;
    const undo = undos.get(blockKey(number));
    if (undo === undefined) {
      this.problem(`the undo record of block ${number} is missing`);
      return;
    }
    for (const { location, value } of oldValues(decodeList(undo))) {
      const table = location.length === 20 ? accountHistory : slotHistory;
      const met = table.get(historyKey(location, number));
      if (met === undefined || Buffer.compare(met, value) !== 0) {
        this.problem(
          `history of ${hexOf(location)} at block ${number} is not what the block's undo record says`,
        );
      }
    }
  }
}

const EMPTY = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH, storageRoot: EMPTY_TRIE_ROOT };

function rlpAccount(leaf: Uint8Array): typeof EMPTY {
  const [nonce, balance, storageRoot, codeHash] = rlpItems(leaf, rlpWhole(leaf, "account"), "account");
  return {
    nonce: rlpQuantity(leaf, nonce!, "account.nonce", 8),
    balance: rlpQuantity(leaf, balance!, "account.balance", 32),
    storageRoot: hexOf(rlpBytes(leaf, storageRoot!, "account.storageRoot", 32)),
    codeHash: hexOf(rlpBytes(leaf, codeHash!, "account.codeHash", 32)),
  };
}
