// The state changed from outside of any transaction: by edits, and by undo records of blocks.

import { Changes } from "./changes.ts";
import { EMPTY_CODE_HASH } from "./empty.ts";
import { DecodingError, InvalidArgumentError } from "./errors.ts";
import { type Hex, toBytes, toHex, toQuantity } from "./hex.ts";
import { growIndex } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { ResultMemory } from "./result-memory.ts";
import { commitToSource } from "./source-commit.ts";
import { inParallel, type StateReader } from "./state-reader.ts";
import type { StateSource } from "./state-source.ts";
import { encodeUndo, readUndoHeader, UndoIncompleteError, UndoMismatchError } from "./undo.ts";

/**
 * One account changed from outside of any transaction; what is left out stays as it is. An account that is left without
 * nonce, balance, code and storage is not in the state any more (EIP-161), unless `deleted` is false.
 */
export interface StateEdit {
  address: Hex;
  /** True: nothing is left of the account. False: the account is there, even where it is empty. */
  deleted?: boolean;
  balance?: bigint;
  nonce?: bigint;
  code?: Uint8Array | Hex;
  /** True: the storage is emptied before `storage` is written. */
  clearStorage?: boolean;
  /** Slots by 32-byte key, each once; 0 = not set any more. */
  storage?: Iterable<readonly [key: Hex, value: bigint]>;
}

/** What changing the state gave. */
export interface EditResult {
  /** Undefined where no state root is kept. */
  stateRoot: Hex | undefined;
  /** Takes the change back: `engine.revert` applies it. */
  undo: Uint8Array;
}

/** A `StateEdit` whose fields were checked. */
export interface CheckedEdit {
  address: Uint8Array;
  deleted: boolean | undefined;
  balance: bigint | undefined;
  nonce: bigint | undefined;
  code: Uint8Array | undefined;
  clearStorage: boolean;
  /** By key. */
  storage: { key: Uint8Array; value: bigint }[];
}

/** Where lists are made and committed. */
export interface EditPlace {
  kernel: KernelInstance;
  reader: StateReader;
  source: StateSource | undefined;
  hasStateRoot: boolean;
  /** Root of the state as it is. */
  stateRoot: Hex | undefined;
  /** Called with the list just before it is committed. */
  onCommit(): void;
}

function flag(value: unknown, field: string): boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") {
    throw new InvalidArgumentError(field, "true or false", value);
  }
  return value;
}

/** Sorts by bytes. @throws InvalidArgumentError where two are the same */
function ascending<T>(items: T[], bytes: (item: T) => Uint8Array, field: string): T[] {
  items.sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  for (let i = 1; i < items.length; i++) {
    if (Buffer.compare(bytes(items[i - 1]!), bytes(items[i]!)) === 0) {
      throw new InvalidArgumentError(field, "given once", toHex(bytes(items[i]!)));
    }
  }
  return items;
}

function checkEdit(edit: StateEdit, field: string): CheckedEdit {
  if (typeof edit !== "object" || edit === null) throw new InvalidArgumentError(field, "an edit", edit);
  const deleted = flag(edit.deleted, `${field}.deleted`);
  const checked: CheckedEdit = {
    address: toBytes(edit.address, `${field}.address`, 20),
    deleted,
    balance: edit.balance === undefined ? undefined : toQuantity(edit.balance, `${field}.balance`, 256),
    nonce: edit.nonce === undefined ? undefined : toQuantity(edit.nonce, `${field}.nonce`, 64),
    code: edit.code === undefined ? undefined : toBytes(edit.code, `${field}.code`),
    clearStorage: flag(edit.clearStorage, `${field}.clearStorage`) ?? false,
    storage: ascending(
      Array.from(edit.storage ?? [], ([key, value]) => ({
        key: toBytes(key, `${field}.storage`, 32),
        value: toQuantity(value, `${field}.storage[${key}]`, 256),
      })),
      ({ key }) => key,
      `${field}.storage`,
    ),
  };
  const { balance, nonce, code, storage } = checked;
  if (deleted && (balance ?? nonce ?? code ?? storage[0]) !== undefined) {
    throw new InvalidArgumentError(`${field}.deleted`, "false where something is set", true);
  }
  return checked;
}

/**
 * Checks edits and sorts them by address.
 * @throws InvalidArgumentError naming the first field that is wrong
 */
export function checkEdits(edits: Iterable<StateEdit>): CheckedEdit[] {
  if (typeof edits?.[Symbol.iterator] !== "function") {
    throw new InvalidArgumentError("edits", "a list of edits", edits);
  }
  let index = 0;
  const checked = Array.from(edits, (edit) => checkEdit(edit, `edits[${index++}]`));
  return ascending(checked, ({ address }) => address, "edits.address");
}

/** The code in the kernel's cache. */
function internCode(kernel: KernelInstance, code: Uint8Array, hash: number): void {
  const { exports, signal } = kernel;
  const bytes = kernel.allocate(code.length + 8);
  kernel.write(bytes, code);
  exports.keccak256(hash, bytes, code.length);
  for (;;) {
    try {
      exports.codeIntern(bytes, code.length, hash);
      return;
    } catch (error) {
      if (error !== signal) throw error;
      growIndex(kernel, signal.detail);
    }
  }
}

/** Adds what an edit makes of an account to the list; everything that it names is in the cache. */
function addEdit(kernel: KernelInstance, edit: CheckedEdit, record: number, at: number): void {
  const { exports, layout } = kernel;
  const existed = kernel.getU32(record + layout.AccountRecord_exists) !== 0;
  const nonce = edit.nonce ?? kernel.getU64(record + layout.AccountRecord_nonce);
  const balance = edit.balance ?? kernel.getWord(record + layout.AccountRecord_balance);
  const hash = at + 64;
  if (edit.code === undefined) kernel.write(hash, kernel.copy(record + layout.AccountRecord_codeHash, 32));
  else internCode(kernel, edit.code, hash);
  const hasStorage =
    edit.storage.some(({ value }) => value !== 0n) ||
    (existed && !edit.clearStorage && exports.recordHasStorage(record) !== 0);
  const isEmpty =
    nonce === 0n && balance === 0n && toHex(kernel.copy(hash, 32)) === EMPTY_CODE_HASH && !hasStorage;
  const isDeleted = edit.deleted ?? isEmpty;
  if (isDeleted && !existed) return;
  kernel.setWordBytes(at, edit.address);
  kernel.setWord(at + 32, balance);
  let flags = edit.clearStorage && existed ? layout.CHANGE_STORAGE_WIPED : 0;
  if (isDeleted) flags = layout.CHANGE_DELETED | layout.CHANGE_STORAGE_WIPED;
  exports.editAccountAdd(at, flags, nonce, at + 32, hash);
  for (const { key, value } of edit.storage) {
    kernel.setWordBytes(at, key);
    kernel.setWord(at + 32, value);
    exports.importSlotAdd(at, at + 32);
  }
}

/**
 * Changes accounts and commits that. A block was opened.
 * @throws ColdReadError, MemoryExhaustedError; then nothing was applied
 */
export function editState(place: EditPlace, edits: readonly CheckedEdit[]): Promise<EditResult> {
  return whole(place, async () => {
    const { kernel, reader } = place;
    await inParallel(edits, async ({ address, storage }) => {
      await reader.accountRecord(address);
      for (const { key } of storage) await reader.slot(address, key);
    });
    const slots = edits.reduce((sum, { storage }) => sum + storage.length, 0);
    kernel.exports.importBegin(edits.length, slots);
    const at = kernel.allocate(96);
    for (const edit of edits) addEdit(kernel, edit, await reader.accountRecord(edit.address), at);
    return commitList(place, undefined);
  });
}

/**
 * Puts back what an undo record holds, and commits that. A block was opened.
 * @throws DecodingError, UndoMismatchError, UndoIncompleteError, ColdReadError, MemoryExhaustedError; then nothing was applied
 */
export function revertState(place: EditPlace, undo: Uint8Array): Promise<EditResult> {
  return whole(place, async () => {
    const { kernel, stateRoot } = place;
    const { roots, isComplete, at } = readUndoHeader(undo);
    if (!isComplete) throw new UndoIncompleteError();
    if (roots !== undefined && stateRoot !== undefined && roots.from !== stateRoot) {
      throw new UndoMismatchError("from", roots.from, stateRoot);
    }
    const length = undo.length - at;
    const bytes = kernel.allocate(length + 8);
    kernel.write(bytes, undo.subarray(at));
    if (kernel.exports.revertCheck(bytes, length) === 0) throw new DecodingError("undo", "malformed");
    kernel.exports.revertBuild(bytes, length);
    await loadList(place);
    return commitList(place, roots?.to);
  });
}

/** After an error nothing of the list is left. */
async function whole(place: EditPlace, work: () => Promise<EditResult>): Promise<EditResult> {
  const { exports } = place.kernel;
  try {
    return await work();
  } catch (error) {
    exports.blockDiscard();
    exports.blockOpen();
    throw error;
  }
}

/** Brings what the list's accounts and slots are now. */
async function loadList({ kernel, reader, source }: EditPlace): Promise<void> {
  if (source === undefined) return;
  const { layout } = kernel;
  const list = layout.STATE_CONSTANTS;
  const accounts = kernel.getU32(list + layout.Changes_accounts);
  const accountAt = (i: number) =>
    kernel.getU32(accounts + i * layout.AccountChange_size + layout.AccountChange_record);
  const addressOf = (record: number) => kernel.wordBytes(record + layout.AccountRecord_address, 20);
  const count = kernel.getU32(list + layout.Changes_accountCount);
  await inParallel(indices(count), (i) => reader.accountRecord(addressOf(accountAt(i))));
  const slots = kernel.getU32(list + layout.Changes_slots);
  await inParallel(indices(kernel.getU32(list + layout.Changes_slotCount)), (i) => {
    const record = kernel.getU32(slots + i * layout.SlotChange_size + layout.SlotChange_record);
    const owner = kernel.getU32(record + layout.SlotRecord_account);
    return reader.slot(addressOf(owner), kernel.wordBytes(record + layout.SlotRecord_key, 32));
  });
}

const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);

/**
 * Brings to the cache what is in the storages that the open change list wipes; false where the source cannot tell what that is.
 */
export async function loadWiped(
  kernel: KernelInstance,
  reader: StateReader,
  hasStateRoot: boolean,
): Promise<boolean> {
  const { exports, layout } = kernel;
  const list = layout.STATE_CONSTANTS;
  const accounts = kernel.getU32(list + layout.Changes_accounts);
  const count = kernel.getU32(list + layout.Changes_accountCount);
  let isComplete = true;
  for (let i = exports.undoNextWiped(0); i < count; i = exports.undoNextWiped(i + 1)) {
    const record = kernel.getU32(accounts + i * layout.AccountChange_size + layout.AccountChange_record);
    // Without a trie the source need not say whether there is storage.
    if (hasStateRoot && exports.recordHasStorage(record) === 0) continue;
    const isKnown = await reader.loadStorage(kernel.wordBytes(record + layout.AccountRecord_address, 20));
    isComplete &&= isKnown;
  }
  return isComplete;
}

/** Computes the root of the list that was built, which must be `expected` where that is given, and commits it. */
async function commitList(place: EditPlace, expected: Hex | undefined): Promise<EditResult> {
  const { kernel, reader, source, hasStateRoot, stateRoot: from } = place;
  const { exports, layout } = kernel;
  const isComplete = source === undefined || (await loadWiped(kernel, reader, hasStateRoot));
  exports.editEnd();
  let stateRoot: Hex | undefined;
  if (hasStateRoot) {
    while (exports.sequentialStateRoot() === 0) await reader.bringNodes();
    stateRoot = toHex(kernel.copy(layout.RESULT_STATE_ROOT, 32));
    if (expected !== undefined && stateRoot !== expected) {
      throw new UndoMismatchError("to", expected, stateRoot);
    }
  }
  const roots = stateRoot === undefined || from === undefined ? undefined : { from: stateRoot, to: from };
  const undo = encodeUndo(kernel, roots, isComplete);
  if (source?.commit !== undefined) {
    const changes = new Changes(new ResultMemory(kernel), hasStateRoot);
    await commitToSource(kernel, source, { changes, roots: { state: stateRoot } });
  }
  place.onCommit();
  exports.blockCommit();
  return { stateRoot, undo };
}
