// Reading the committed state between blocks, through the cache and the source behind it.

import type { CheckedInput } from "./block-input.ts";
import type { CacheLoader } from "./cold-reads.ts";
import { EMPTY_CODE_HASH } from "./empty.ts";
import { ColdReadError, throwIfAborted } from "./errors.ts";
import { type Hex, toBytes, toHex } from "./hex.ts";
import { IndexTable } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { Unheld } from "./lagging-source.ts";
import { rlpItem, rlpItems } from "./rlp.ts";
import type { StateSource } from "./state-source.ts";
import { eachTransaction } from "./transactions.ts";

/** A committed account. */
export interface StateAccess {
  nonce: bigint;
  balance: bigint;
  codeHash: Hex;
}

const LOADED = 2;
/** What `trieResolve` of the kernel says when a node was hung in. */
const RESOLVED = 0;

export class StateReader {
  private readonly kernel: KernelInstance;
  private readonly loader: CacheLoader;
  private readonly source: StateSource | undefined;
  private scratchAt = 0;
  private scratchEpoch = -1;

  constructor(kernel: KernelInstance, loader: CacheLoader, source: StateSource | undefined) {
    this.kernel = kernel;
    this.loader = loader;
    this.source = source;
  }

  /** 64 bytes of the open block, the same for all reads: between blocks there may be any number of them. */
  private scratch(): number {
    const { kernel } = this;
    const epoch = kernel.getU32(kernel.layout.CONTROL + kernel.layout.Control_epoch);
    if (epoch !== this.scratchEpoch) {
      this.scratchAt = kernel.allocate(64);
      this.scratchEpoch = epoch;
    }
    return this.scratchAt;
  }

  /** An address and a key as words, until the next read. */
  private words(address: Uint8Array, key?: Uint8Array): number {
    const { kernel } = this;
    const at = this.scratch();
    kernel.setWordBytes(at, address);
    if (key !== undefined) kernel.setWordBytes(at + 32, key);
    return at;
  }

  /** The account's record, its values loaded. */
  async accountRecord(address: Uint8Array): Promise<number> {
    const { kernel, source } = this;
    const { exports, layout } = kernel;
    exports.internReserve(IndexTable.Accounts, 1);
    const record = exports.stateAccountRecord(this.words(address));
    if (kernel.getU32(record + layout.AccountRecord_loaded) === LOADED || source === undefined) return record;
    const name = toHex(address);
    const account = await cold(`account ${name}`, () => source.account(name));
    this.loader.account(address, account, `account[${name}]`);
    return record;
  }

  async account(address: Uint8Array): Promise<StateAccess | undefined> {
    const { kernel } = this;
    const record = await this.accountRecord(address);
    const { layout } = kernel;
    if (kernel.getU32(record + layout.AccountRecord_exists) === 0) return undefined;
    return {
      nonce: kernel.getU64(record + layout.AccountRecord_nonce),
      balance: kernel.getWord(record + layout.AccountRecord_balance),
      codeHash: toHex(kernel.copy(record + layout.AccountRecord_codeHash, 32)),
    };
  }

  async slot(address: Uint8Array, key: Uint8Array): Promise<bigint> {
    const { kernel, source } = this;
    const { exports, layout } = kernel;
    const owner = await this.accountRecord(address);
    if (kernel.getU32(owner + layout.AccountRecord_exists) === 0) return 0n;
    exports.internReserve(IndexTable.Slots, 1);
    const at = this.words(address, key);
    const record = exports.stateSlotRecord(at, at + 32);
    const isOld =
      kernel.getU32(record + layout.SlotRecord_generation) !==
      kernel.getU32(owner + layout.AccountRecord_generation);
    if (isOld) return 0n;
    if (kernel.getU32(record + layout.SlotRecord_loaded) !== LOADED && source !== undefined) {
      const [name, keyName] = [toHex(address), toHex(key)];
      const value = await cold(`storage ${name} ${keyName}`, () => source.storage(name, keyName));
      this.loader.slot(address, key, value, `storage[${name}][${keyName}]`);
    }
    return kernel.getWord(record + layout.SlotRecord_value);
  }

  async code(address: Uint8Array): Promise<Uint8Array> {
    const { kernel } = this;
    const { layout } = kernel;
    const record = await this.accountRecord(address);
    if (kernel.getU32(record + layout.AccountRecord_exists) === 0) return new Uint8Array(0);
    return this.codeOf(kernel.copy(record + layout.AccountRecord_codeHash, 32));
  }

  /** The code with this hash. */
  async codeOf(hash: Uint8Array): Promise<Uint8Array> {
    const { kernel, source } = this;
    const { exports, layout } = kernel;
    const name = toHex(hash);
    if (name === EMPTY_CODE_HASH) return new Uint8Array(0);
    const at = this.scratch();
    kernel.write(at, hash);
    const code = exports.codeFind(at);
    if (code !== 0) {
      return kernel.copy(kernel.getU32(code + layout.Code_bytes), kernel.getU32(code + layout.Code_length));
    }
    if (source === undefined)
      throw new ColdReadError(`code ${name}`, new Error("no state source is configured"));
    const bytes = await cold(`code ${name}`, () => source.code(name));
    this.loader.code(hash, bytes);
    return bytes;
  }

  /**
   * Hangs in every trie node that the kernel has missed. Answers that come when `isOver` are dropped: the block that
   * asked has ended.
   * @throws ColdReadError
   */
  async bringNodes(isOver: () => boolean = () => false): Promise<void> {
    const { kernel, source } = this;
    const { exports } = kernel;
    const count = exports.trieMissingCount();
    const wanted = new Map<Hex, number[]>();
    for (let i = 0; i < count; i++) {
      const hash = toHex(kernel.copy(exports.trieMissingHash(i), 32));
      const places = wanted.get(hash);
      if (places === undefined) wanted.set(hash, [exports.trieMissing(i)]);
      else places.push(exports.trieMissing(i));
    }
    const ask = source?.node?.bind(source);
    if (ask === undefined) {
      throw new ColdReadError("trie node", new Error("the state source gives no trie nodes"));
    }
    await Promise.all(
      [...wanted].map(async ([hash, places]) => {
        const rlp = await cold(`trie node ${hash}`, () => ask(hash));
        if (rlp === undefined) throw new ColdReadError(`trie node ${hash}`, new Error("the source has none"));
        if (isOver()) return;
        const at = kernel.allocate(rlp.length + 8);
        kernel.write(at, rlp);
        for (const place of places) {
          if (exports.trieResolve(place, at, rlp.length) !== RESOLVED) {
            throw new ColdReadError(
              `trie node ${hash}`,
              new Error("the bytes are not the node of this hash"),
            );
          }
        }
      }),
    );
  }

  /** Brings all slots of an account to the cache; false where the source cannot list them. */
  async loadStorage(address: Uint8Array): Promise<boolean> {
    const { kernel, source } = this;
    if (source === undefined) return true;
    const list = source.listStorage?.bind(source);
    if (list === undefined) return false;
    const { exports, layout } = kernel;
    const name = toHex(address);
    const slots = [...(await cold(`storage ${name}`, () => list(name)))];
    exports.internReserve(IndexTable.Slots, slots.length);
    const at = this.words(address, address);
    for (const [key, value] of slots) {
      const field = `storage[${name}][${key}]`;
      const bytes = toBytes(key, field, 32);
      kernel.setWordBytes(at, address);
      kernel.setWordBytes(at + 32, bytes);
      const record = exports.stateSlotRecord(at, at + 32);
      // What is known here is newer.
      if (kernel.getU32(record + layout.SlotRecord_loaded) === LOADED) continue;
      this.loader.slot(address, bytes, value, field);
    }
    return true;
  }

  /**
   * Drops what was longest not used until the cache takes no more than `budget` bytes, but nothing that the source lacks. In a
   * block just opened.
   */
  evict(budget: number, unheld?: Unheld): void {
    const { kernel, source } = this;
    if (source === undefined) return;
    const { exports, layout } = kernel;
    const bytes = (field: number) => Number(kernel.getU64(layout.CONTROL + field));
    const used = () => bytes(layout.Control_cacheBytes);
    const epoch = kernel.getU32(layout.CONTROL + layout.Control_epoch);
    if (used() <= budget) return;
    // Code goes as a whole: first where it is most of what is too much, else only when nothing else is left.
    if (bytes(layout.Control_codeBytes) > budget / 2) exports.codesEvict();
    for (const age of [64, 16, 4, 1, 0]) {
      if (used() <= budget) return;
      // A block is opened twice: here, and again when it is written.
      const threshold = Math.max(1, epoch - 2 * age + 1);
      const mayDropAll = unheld === undefined ? 1 : 0;
      exports.internEvict(Math.min(threshold, unheld?.epoch ?? threshold), 1, mayDropAll);
      const before = Math.max(1, exports.trieGeneration() - age);
      exports.trieEvictAll(Math.min(before, unheld?.generation ?? before));
    }
    if (used() > budget) exports.codesEvict();
  }
}

async function cold<T>(location: string, ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new ColdReadError(location, error);
  }
}

/** Recipient and access list of a raw transaction, as far as they can be read; nothing where it is malformed. */
function touched(raw: Uint8Array): { addresses: Uint8Array[]; slots: [Uint8Array, Uint8Array][] } {
  const addresses: Uint8Array[] = [];
  const slots: [Uint8Array, Uint8Array][] = [];
  try {
    const type = raw[0]! < 0xc0 ? raw[0]! : 0;
    const items = rlpItems(raw, rlpItem(raw, type === 0 ? 0 : 1, raw.length, "transaction"), "transaction");
    const to = items[type === 0 ? 3 : type === 1 ? 4 : 5];
    if (to !== undefined && to.end - to.payload === 20) addresses.push(raw.subarray(to.payload, to.end));
    const list = type === 0 ? undefined : items[type === 1 ? 7 : 8];
    for (const entry of list === undefined ? [] : rlpItems(raw, list, "accessList")) {
      const [address, keys] = rlpItems(raw, entry, "accessList[]");
      const bytes = raw.subarray(address!.payload, address!.end);
      if (bytes.length !== 20) continue;
      addresses.push(bytes);
      for (const key of rlpItems(raw, keys!, "accessList[].keys")) {
        if (key.end - key.payload === 32) slots.push([bytes, raw.subarray(key.payload, key.end)]);
      }
    }
  } catch {
    // The kernel refuses it with the reason.
  }
  return { addresses, slots };
}

/** Loads what the block surely reads, all at once: senders, recipients, access lists, whom it pays. */
export async function prefetch(
  reader: StateReader,
  input: CheckedInput,
  signal: AbortSignal | undefined,
): Promise<void> {
  const accounts = new Map<string, Uint8Array>();
  const slots = new Map<string, [Uint8Array, Uint8Array]>();
  const add = (address: Uint8Array) => accounts.set(toHex(address), address);
  add(input.coinbase);
  // Missed at the end of the block, they would cost a run of all that follows the transactions each.
  for (const { address } of input.withdrawals) add(address);
  for (const { coinbase } of input.uncles) add(coinbase);
  const { senders } = input;
  for (let at = 0; senders !== undefined && at < senders.length; at += 20) add(senders.subarray(at, at + 20));
  for (const raw of eachTransaction(input.transactions)) {
    const { addresses, slots: keys } = touched(raw);
    for (const address of addresses) add(address);
    for (const [address, key] of keys) slots.set(toHex(address) + toHex(key), [address, key]);
  }
  await inParallel([...accounts.values()], (address) => reader.accountRecord(address), signal);
  await inParallel([...slots.values()], ([address, key]) => reader.slot(address, key), signal);
}

const PREFETCH_CONCURRENCY = 256;

/** Does `work` for all items, many at the same time. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  const runner = async () => {
    while (next < items.length) {
      throwIfAborted(signal);
      await work(items[next++]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PREFETCH_CONCURRENCY, items.length) }, runner));
}
