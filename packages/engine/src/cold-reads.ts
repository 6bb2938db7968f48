// Values that are not in the kernel's cache. Workers post what they miss to a ring in shared memory and go on with
// other transactions; here the requests are taken, asked of the source once each, stored, and their transactions
// made ready again.

import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "./empty.ts";
import { ColdReadError } from "./errors.ts";
import { toBytes, toHex, toQuantity } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { Attendant } from "./pool.ts";
import type { MaybePromise, SourceAccount, StateSource } from "./state-source.ts";

const FIELD_MASK = 7;
/** Reads under way at the same time, where the source does not say. */
export const DEFAULT_CONCURRENCY = 256;
const NO_CODE = toBytes(EMPTY_CODE_HASH, "hash");
const NO_STORAGE = toBytes(EMPTY_TRIE_ROOT, "hash");
/** Loaded.Yes of the kernel's records. */
const LOADED = 2;

/** Writes answers of the source into the kernel's cache. */
export class CacheLoader {
  private readonly kernel: KernelInstance;
  private epoch = 0;
  private scratch = 0;

  constructor(kernel: KernelInstance) {
    this.kernel = kernel;
  }

  /** 160 bytes of the running block's memory. */
  private place(): number {
    const { kernel } = this;
    const epoch = kernel.getU32(kernel.layout.CONTROL + kernel.layout.Control_epoch);
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.scratch = kernel.allocate(160);
    }
    return this.scratch;
  }

  account(address: Uint8Array, account: SourceAccount | undefined, field: string): void {
    const { kernel } = this;
    const at = this.place();
    const nonce = account === undefined ? 0n : toQuantity(account.nonce, `${field}.nonce`, 64);
    const balance = account === undefined ? 0n : toQuantity(account.balance, `${field}.balance`, 256);
    const codeHash =
      account?.codeHash === undefined ? NO_CODE : toBytes(account.codeHash, `${field}.codeHash`, 32);
    const storageRoot =
      account?.storageRoot === undefined
        ? NO_STORAGE
        : toBytes(account.storageRoot, `${field}.storageRoot`, 32);
    if (account?.code !== undefined && account.codeHash !== undefined) this.code(codeHash, account.code);
    kernel.setWordBytes(at, address);
    kernel.setWord(at + 32, balance);
    kernel.write(at + 64, codeHash);
    kernel.write(at + 96, storageRoot);
    kernel.exports.stateLoadAccount(at, nonce, at + 32, at + 64, at + 96, account === undefined ? 0 : 1);
  }

  slot(address: Uint8Array, key: Uint8Array, value: bigint, field: string): void {
    const { kernel } = this;
    const at = this.place();
    kernel.setWordBytes(at, address);
    kernel.setWordBytes(at + 32, key);
    kernel.setWord(at + 64, toQuantity(value, field, 256));
    kernel.exports.stateLoadSlot(at, at + 32, at + 64);
  }

  code(hash: Uint8Array, code: Uint8Array): void {
    const { kernel } = this;
    const at = this.place();
    const bytes = kernel.allocate(code.length + 8);
    kernel.write(bytes, code);
    kernel.write(at + 128, hash);
    kernel.exports.codeIntern(bytes, code.length, at + 128);
  }

  /**
   * How the value of a location that the kernel missed is asked for: `ask` answers with what stores it. `location` is
   * a record's address plus the number of a field.
   */
  read(
    location: number,
    source: StateSource | undefined,
  ): { name: string; ask: () => MaybePromise<() => void> } {
    const { kernel } = this;
    const { layout } = kernel;
    const field = location & FIELD_MASK;
    const record = location - field;
    const isSlot = field === layout.FIELD_SLOT;
    const owner = isSlot ? kernel.getU32(record + layout.SlotRecord_account) : record;
    const address = kernel.wordBytes(owner + layout.AccountRecord_address, 20);
    const name = toHex(address);
    if (source === undefined) {
      const none = () => {
        throw new Error("no state source is configured");
      };
      return { name, ask: none };
    }
    if (isSlot) {
      const key = kernel.wordBytes(record + layout.SlotRecord_key, 32);
      const keyName = toHex(key);
      const store = (value: bigint) => () => this.slot(address, key, value, `storage[${name}][${keyName}]`);
      return { name: `storage ${name} ${keyName}`, ask: () => after(source.storage(name, keyName), store) };
    }
    const isLoaded = Atomics.load(kernel.u32, (owner + layout.AccountRecord_loaded) >>> 2) === LOADED;
    if (field === layout.FIELD_CODE && isLoaded) {
      const hash = kernel.copy(record + layout.AccountRecord_codeHash, 32);
      const store = (code: Uint8Array) => () => this.code(hash, code);
      return { name: `code ${toHex(hash)}`, ask: () => after(source.code(toHex(hash)), store) };
    }
    const store = (account: SourceAccount | undefined) => () =>
      this.account(address, account, `account[${name}]`);
    return { name: `account ${name}`, ask: () => after(source.account(name), store) };
  }
}

function after<T, R>(value: MaybePromise<T>, then: (value: T) => R): MaybePromise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** The cold reads of one run of a block. */
export class ColdReads implements Attendant {
  private readonly kernel: KernelInstance;
  private readonly source: StateSource | undefined;
  private readonly loader: CacheLoader;
  /** Tasks that wait for a location; the first request of a location asks the source. */
  private readonly waiting = new Map<number, number[]>();
  private readonly queue: number[] = [];
  /** Locations that a block access list names and the cache lacked, as long as they are awaited. */
  private readonly prefetched = new Set<number>();
  /** Tasks that met one of them: ready again when all are there, so that none is left twice for them. */
  private afterPrefetch: number[] = [];
  private readonly bringNodes: ((isOver: () => boolean) => Promise<void>) | undefined;
  private inFlight = 0;
  private closed = false;
  private nodesAwaited = false;
  private changed: (() => void) | undefined;
  failure: Error | undefined;
  /** Locations that were asked of the source. */
  reads = 0;

  /** `bringNodes` hangs in the trie nodes that a running block misses. */
  constructor(
    kernel: KernelInstance,
    source: StateSource | undefined,
    loader: CacheLoader,
    bringNodes?: (isOver: () => boolean) => Promise<void>,
  ) {
    this.kernel = kernel;
    this.source = source;
    this.loader = loader;
    this.bringNodes = bringNodes;
  }

  get isWaiting(): boolean {
    return this.inFlight > 0;
  }

  /** Resolves when nothing is awaited any more, or a read has failed. */
  async settled(): Promise<void> {
    while (this.inFlight > 0 && this.failure === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.changed = resolve;
      await promise;
    }
  }

  /** Answers that come later are dropped: the block that asked is over. */
  close(): void {
    this.closed = true;
  }

  serve(): void {
    const { kernel } = this;
    const { layout } = kernel;
    this.serveNodes();
    const scheduler = layout.SCHEDULER;
    const ring = kernel.getU32(scheduler + layout.Scheduler_ring) >>> 2;
    if (ring === 0) return;
    const mask = kernel.getU32(scheduler + layout.Scheduler_ringMask);
    const headAt = (scheduler + layout.Scheduler_ringHead) >>> 2;
    const { u32 } = kernel;
    for (;;) {
      const head = u32[headAt]!;
      const entry = ring + (head & mask) * 2;
      const location = Atomics.load(u32, entry);
      if (location === 0) return;
      const task = u32[entry + 1]!;
      Atomics.store(u32, entry, 0);
      u32[headAt] = head + 1;
      this.request(location, task);
    }
  }

  /**
   * Asks for everything that a block access list names and the cache lacks, all at once; the block may begin
   * meanwhile. When all is there, the kernel is told (`claimsLoaded`).
   */
  prefetch(locations: Iterable<number>): void {
    for (const location of locations) {
      if (!this.isThere(location)) this.prefetchOne(location);
    }
    this.endPrefetch();
  }

  private prefetchOne(location: number): void {
    this.prefetched.add(location);
    this.waiting.set(location, []);
    this.start(location);
  }

  /** A prefetched value is there; of an account the code is asked for too. */
  private prefetchedCame(location: number): void {
    const { layout } = this.kernel;
    const isAccount = (location & FIELD_MASK) === layout.FIELD_BALANCE;
    const code = location - (location & FIELD_MASK) + layout.FIELD_CODE;
    if (isAccount && !this.isThere(code)) this.prefetchOne(code);
    this.prefetched.delete(location);
    this.endPrefetch();
  }

  private endPrefetch(): void {
    if (this.prefetched.size > 0) return;
    for (const task of this.afterPrefetch) this.kernel.exports.resume(task);
    this.afterPrefetch = [];
    this.kernel.exports.claimsLoaded();
  }

  /** Brings the trie nodes that the promised state root needs, while transactions are executed. */
  private serveNodes(): void {
    const { exports } = this.kernel;
    if (this.bringNodes === undefined || this.nodesAwaited || exports.claimsRootMissing() === 0) return;
    this.nodesAwaited = true;
    this.inFlight++;
    const done = (error?: unknown) => {
      this.inFlight--;
      this.nodesAwaited = false;
      this.changed?.();
      if (this.closed) return;
      if (error === undefined) {
        exports.claimsRootRestart();
        return;
      }
      this.failure ??= error as Error;
      exports.wakeHost();
    };
    this.bringNodes(() => this.closed).then(() => done(), done);
  }

  private request(missed: number, task: number): void {
    const location = this.asked(missed);
    const tasks = this.waiting.get(location);
    if (tasks !== undefined) {
      if (this.prefetched.has(location)) this.afterPrefetch.push(task);
      else tasks.push(task);
      return;
    }
    if (this.isThere(location)) {
      if (this.prefetched.size > 0) this.afterPrefetch.push(task);
      else this.kernel.exports.resume(task);
      return;
    }
    this.waiting.set(location, [task]);
    this.start(location);
  }

  /** An account is asked for as a whole, whichever of its fields was missed. */
  private asked(location: number): number {
    const { kernel } = this;
    const { layout } = kernel;
    const field = location & FIELD_MASK;
    if (field === layout.FIELD_SLOT) return location;
    const account = location - field + layout.FIELD_BALANCE;
    return field === layout.FIELD_CODE && this.isThere(account) ? location : account;
  }

  private start(location: number): void {
    if (this.isBusy) this.queue.push(location);
    else this.ask(location);
  }

  private get isBusy(): boolean {
    return this.inFlight >= (this.source?.concurrency ?? DEFAULT_CONCURRENCY);
  }

  /** Whether the value is in the cache: an answer may have come between the miss and now. */
  private isThere(location: number): boolean {
    const { kernel } = this;
    const { layout } = kernel;
    const field = location & FIELD_MASK;
    const record = location - field;
    if (field === layout.FIELD_CODE && this.isThere(record + layout.FIELD_BALANCE)) {
      const hash = record + layout.AccountRecord_codeHash;
      return (
        kernel.bytes.subarray(hash, hash + 32).every((byte, i) => byte === NO_CODE[i]) ||
        kernel.exports.codeFind(hash) !== 0
      );
    }
    const at =
      record + (field === layout.FIELD_SLOT ? layout.SlotRecord_loaded : layout.AccountRecord_loaded);
    return Atomics.load(kernel.u32, at >>> 2) === LOADED;
  }

  private ask(location: number): void {
    this.reads++;
    this.inFlight++;
    const { name, ask } = this.loader.read(location, this.source);
    const done = (store: () => void) => {
      this.inFlight--;
      this.changed?.();
      if (this.closed || this.failure !== undefined) return;
      try {
        store();
      } catch (error) {
        this.fail(name, error);
        return;
      }
      this.release(location);
    };
    const failed = (error: unknown) => {
      this.inFlight--;
      this.changed?.();
      this.fail(name, error);
    };
    try {
      const answer = ask();
      if (answer instanceof Promise) answer.then(done, failed);
      else done(answer);
    } catch (error) {
      failed(error);
    }
  }

  /** The value of a location is there: its transactions are ready again, and the next request goes out. */
  private release(location: number): void {
    const tasks = this.waiting.get(location) ?? [];
    this.waiting.delete(location);
    for (const task of tasks) this.kernel.exports.resume(task);
    if (this.prefetched.has(location)) this.prefetchedCame(location);
    // The code of what came may have taken the place.
    if (this.queue.length > 0 && !this.isBusy) this.ask(this.queue.shift()!);
  }

  private fail(name: string, cause: unknown): void {
    if (this.closed) return;
    this.failure ??= new ColdReadError(name, cause);
    this.kernel.exports.wakeHost();
  }
}
