// The transactions that wait for a block: what is taken in, what is replaced, what has to go when there is no room.

import { EventEmitter } from "node:events";
import type { Hex, Rules, TransactionInspector } from "@heddle/engine";
import type { WaitingTransaction } from "../directory/log-records.ts";
import { PoolAccount } from "./account.ts";
import { TransactionRefusedError } from "./errors.ts";
import { bytesOf, chooseEvicted } from "./eviction.ts";
import { Intake, type RecoverSenders } from "./intake.ts";
import type { ReadTransaction } from "./reading.ts";
import { pickInArrivalOrder, type SelectionLimits, selectTransactions } from "./selection.ts";
import { type PackedParts, Slabs } from "./slabs.ts";
import { PooledTransaction, type TransactionFacts } from "./transaction.ts";

/** Bounds of a pool; everything may be left out. */
export interface PoolOptions {
  /** Transactions in all; 131,072 unless given. */
  limit?: number;
  /** Bytes of all transactions and sidecars; 1 GiB unless given. */
  byteLimit?: number;
  /** Transactions of one sender; 65,536 unless given. */
  accountLimit?: number;
  /** Per cent by which both fees of a replacement must be higher; 10 unless given. Of blob transactions it is 100. */
  priceBump?: number;
  /** Bytes of one transaction without its blobs; 131,072 unless given. */
  transactionBytes?: number;
  /** True: what does not pay the next block's base fee is refused at once. */
  demandBaseFee?: boolean;
  /** True: a blob transaction may come without its sidecar, or with one of the form of another fork. */
  sidecarOptional?: boolean;
  /** "fees": what pays most is first in a block; "fifo": what came first. "fees" unless given. */
  order?: "fees" | "fifo";
}

/** Of the head and the block after it, as far as the pool depends on them. */
export interface PoolHead {
  /** Rules of the next block. */
  rules: Rules;
  baseFee: bigint;
  blobBaseFee: bigint | undefined;
  gasLimit: bigint;
}

/** Reads an account of the head's state. */
export type ReadAccount = (address: Hex) => Promise<{ nonce: bigint; balance: bigint } | undefined>;

/** Who keeps what waits, so that it waits again after a restart. */
export interface PoolKeeper {
  logWaiting(transaction: WaitingTransaction): void;
  logDropped(hashes: readonly Hex[]): void;
  durable(): Promise<void>;
}

export interface PoolEvents {
  /** A transaction was taken that can be executed after those before it, or has become such. */
  pending: [transaction: PooledTransaction];
  /** Transactions left the pool without having been executed. */
  dropped: [transactions: readonly PooledTransaction[]];
}

/** What a pool asks of the chain that it belongs to. */
export interface PoolPlace {
  inspector: TransactionInspector;
  readAccount: ReadAccount;
  recoverSenders: RecoverSenders;
  keeper?: PoolKeeper | undefined;
}

const GIB = 2 ** 30;
/** The cheapest part that goes when the pool is full: one of so many. */
const EVICTED_PART = 64;

export class TransactionPool extends EventEmitter<PoolEvents> {
  readonly options: Required<PoolOptions>;
  readonly #readAccount: ReadAccount;
  readonly #intake: Intake;
  readonly #keeper: PoolKeeper | undefined;
  readonly #byHash = new Map<Hex, PooledTransaction>();
  readonly #accounts = new Map<Hex, PoolAccount>();
  readonly #slabs = new Slabs();
  /** Senders that are being read, for all who wait for the same one. */
  readonly #reads = new Map<Hex, Promise<PoolAccount>>();
  #head: PoolHead;
  /** Becomes another one with the head: what was read of accounts is old then. */
  #headCount = 0;
  #version = 0;
  /** Wei a unit of gas that a transaction must offer at least. */
  minGasPrice = 0n;
  #bytes = 0;
  #arrivalCount = 0;
  /** What is refused while the pool is full: the highest fee that was too low for it. */
  #floor = -1n;
  /** While others are put in place of all that waited: what of that was told as pending. */
  #told: ReadonlySet<Hex> | undefined;

  constructor(place: PoolPlace, head: PoolHead, options: PoolOptions = {}) {
    super();
    this.#readAccount = place.readAccount;
    this.#keeper = place.keeper;
    this.#head = head;
    this.options = {
      limit: options.limit ?? 131_072,
      byteLimit: options.byteLimit ?? GIB,
      accountLimit: options.accountLimit ?? 65_536,
      priceBump: options.priceBump ?? 10,
      transactionBytes: options.transactionBytes ?? 131_072,
      demandBaseFee: options.demandBaseFee ?? false,
      sidecarOptional: options.sidecarOptional ?? false,
      order: options.order ?? "fees",
    };
    this.#intake = new Intake({
      ...place,
      reading: this.options,
      rules: () => this.#head.rules,
      known: (address) => this.#accounts.get(address),
      isFresh: ({ readAt }) => readAt === this.#headCount,
      fresh: (address) => this.#fresh(address),
      take: (read, account, isRestored) => this.#take(read, account, isRestored),
    });
  }

  /** Transactions in the pool. */
  get size(): number {
    return this.#byHash.size;
  }

  /** Becomes another one when a transaction comes or goes, and when head or state do: what was picked may not be the same. */
  get version(): number {
    return this.#version;
  }

  /** Bytes that its transactions and their sidecars hold. */
  get bytes(): number {
    return this.#bytes;
  }

  get(hash: Hex): PooledTransaction | undefined {
    return this.#byHash.get(hash.toLowerCase() as Hex);
  }

  /**
   * Takes a raw transaction, of type 3 with its sidecar; its bytes must stay as they are until it is taken. `sender` is given where it is known otherwise, and then trusted:
   * the signature is not looked at.
   * @throws TransactionRefusedError
   *
   * @example
   * ```ts
   * const { hash } = await chain.pool.add(raw);
   * ```
   */
  async add(raw: Uint8Array, options: { sender?: Hex } = {}): Promise<PooledTransaction> {
    const transaction = await this.#intake.add({ raw, sender: options.sender });
    if (this.#keeper !== undefined) await this.#keeper.durable();
    return transaction;
  }

  /**
   * Makes these all that waits: they were taken before, by this pool or that of an earlier start. What cannot be executed any
   * more is left out. The keeper knows already.
   */
  async restore(transactions: readonly WaitingTransaction[]): Promise<void> {
    const gone = [...this.transactions()];
    this.#told = new Set(gone.filter(({ isTold }) => isTold).map(({ hash }) => hash));
    for (const one of gone) this.#forget(one);
    if (gone.length > 0) this.emit("dropped", gone);
    try {
      await this.#intake.addAll(transactions, true);
    } finally {
      this.#told = undefined;
    }
  }

  /** All that waits, as `restore` takes it. */
  *waiting(): Generator<WaitingTransaction> {
    for (const { hash, sender, raw, received = raw } of this.transactions())
      yield { hash, sender, raw: received };
  }

  /**
   * Takes raw transactions in their order, as `add` takes one; their senders are recovered together. For each what was taken,
   * or why it was not.
   *
   * @example
   * ```ts
   * const taken = await chain.pool.addMany(raws);
   * const refused = taken.filter((one) => one instanceof TransactionRefusedError);
   * ```
   */
  async addMany(raws: Iterable<Uint8Array>): Promise<(PooledTransaction | TransactionRefusedError)[]> {
    const taken = await this.#intake.addAll(Array.from(raws, (raw) => ({ raw })));
    if (this.#keeper !== undefined) await this.#keeper.durable();
    return taken;
  }

  /** Checks a transaction against its sender's account and the pool's others, and takes it. */
  #take({ facts, parts }: ReadTransaction, account: PoolAccount, isRestored: boolean): PooledTransaction {
    const { hash, nonce, cost, gasLimit, maxFee } = facts;
    const head = this.#head;
    const refuse = (
      reason: ConstructorParameters<typeof TransactionRefusedError>[0],
      met: bigint,
      expected: bigint,
    ) => {
      throw new TransactionRefusedError(reason, { hash, met, expected });
    };
    if (this.#byHash.has(hash)) throw new TransactionRefusedError("AlreadyKnown", { hash });
    // What is restored has been taken once, and stays as others stay when fees, limits and balances change.
    if (!isRestored && gasLimit > head.gasLimit)
      refuse("GasAllowanceExceeded", BigInt(gasLimit), head.gasLimit);
    if (maxFee < this.minGasPrice) refuse("Underpriced", maxFee, this.minGasPrice);
    if (this.options.demandBaseFee && !isRestored && maxFee < head.baseFee)
      refuse("MaxFeeBelowBaseFee", maxFee, head.baseFee);
    if (nonce < account.nonce) refuse("NonceTooLow", BigInt(nonce), BigInt(account.nonce));
    if (!Number.isSafeInteger(nonce)) refuse("NonceTooHigh", BigInt(nonce), BigInt(account.nonce));
    if (!isRestored && cost > account.balance) refuse("InsufficientFunds", account.balance, cost);
    const replaced = account.get(nonce);
    if (replaced !== undefined) this.#checkReplacement(facts, replaced);
    else if (account.size >= this.options.accountLimit) {
      throw new TransactionRefusedError("AccountLimit", { hash });
    }
    this.#makeRoom(facts, parts, replaced);
    // What it replaces is given up when this one is kept.
    const { sender, received = parts.raw } = facts;
    if (!isRestored) this.#keeper?.logWaiting({ hash, sender, raw: received });
    if (replaced !== undefined) this.#drop([replaced]);
    const nextBefore = this.listenerCount("pending") > 0 ? account.next : 0;
    this.#accounts.set(account.address, account);
    const transaction = new PooledTransaction(facts, account, this.#arrivalCount++, parts.raw.length);
    this.#slabs.add(transaction, parts);
    account.set(transaction);
    this.#byHash.set(hash, transaction);
    this.#version++;
    this.#bytes += bytesOf(transaction);
    if (this.listenerCount("pending") > 0) this.#tellPending(account, transaction, nextBefore);
    return transaction;
  }

  /** Tells of a transaction that can be executed, and of those behind it that waited for it. */
  #tellPending(account: PoolAccount, { nonce }: PooledTransaction, nextBefore: number): void {
    const next = account.next;
    if (nonce < nextBefore) this.#tell(account.get(nonce)!);
    for (let at = nextBefore; at < next; at++) this.#tell(account.get(at)!);
  }

  #tell(transaction: PooledTransaction): void {
    if (transaction.isTold) return;
    transaction.isTold = true;
    if (!this.#told?.has(transaction.hash)) this.emit("pending", transaction);
  }

  #checkReplacement(transaction: TransactionFacts, replaced: PooledTransaction): void {
    const bump = BigInt(100 + (transaction.blobs > 0 ? 100 : this.options.priceBump));
    const outbids = (fee: bigint, before: bigint) => fee * 100n >= before * bump && fee > before;
    const fees = [
      [transaction.maxFee, replaced.maxFee],
      [transaction.priorityFee, replaced.priorityFee],
      ...(transaction.blobs > 0 ? ([[transaction.maxBlobFee, replaced.maxBlobFee]] as const) : []),
    ] as const;
    for (const [fee, before] of fees) {
      if (outbids(fee, before)) continue;
      throw new TransactionRefusedError("ReplacementUnderpriced", {
        hash: transaction.hash,
        met: fee,
        expected: `at least ${(before * bump + 99n) / 100n}`,
      });
    }
  }

  /**
   * Where the pool is full, the cheapest go, those behind gaps first; one that pays no more than they do is refused.
   * @throws TransactionRefusedError
   */
  #makeRoom(
    transaction: TransactionFacts,
    { raw }: PackedParts,
    replaced: PooledTransaction | undefined,
  ): void {
    const { limit, byteLimit } = this.options;
    const { sidecar } = transaction;
    const excess = {
      transactions: this.size + (replaced === undefined ? 1 : 0) - limit,
      bytes:
        this.#bytes +
        bytesOf({ rawLength: raw.length, sidecar }) -
        (replaced === undefined ? 0 : bytesOf(replaced)) -
        byteLimit,
    };
    if (excess.transactions <= 0 && excess.bytes <= 0) return;
    const evicted =
      transaction.maxFee <= this.#floor
        ? undefined
        : chooseEvicted(this.#accounts.values(), transaction, excess, Math.ceil(limit / EVICTED_PART));
    if (evicted === undefined) {
      // One that is as large as others; a larger one says nothing of them.
      if (excess.transactions > 0 && transaction.maxFee > this.#floor) this.#floor = transaction.maxFee;
      throw new TransactionRefusedError("PoolFull", { hash: transaction.hash });
    }
    this.#drop(evicted);
  }

  #forget(transaction: PooledTransaction): void {
    const { hash, account, nonce } = transaction;
    if (this.#byHash.get(hash) !== transaction) return;
    this.#byHash.delete(hash);
    this.#version++;
    this.#bytes -= bytesOf(transaction);
    this.#floor = -1n;
    this.#slabs.remove(transaction);
    account.delete(nonce);
    if (account.size === 0) this.#accounts.delete(account.address);
  }

  /** Whether the transactions, each once, are all that the pool holds. */
  #areAll(transactions: readonly PooledTransaction[]): boolean {
    return (
      transactions.length === this.size &&
      transactions.every((one) => one.slab.transactions[one.place] === one)
    );
  }

  #forgetAll(): void {
    this.#byHash.clear();
    this.#accounts.clear();
    this.#slabs.clear();
    this.#bytes = 0;
    this.#floor = -1n;
    this.#version++;
  }

  /** The account with its nonce and balance of the head, as it is when the state has been read. */
  #fresh(address: Hex): Promise<PoolAccount> {
    const known = this.#reads.get(address);
    if (known !== undefined) return known;
    const account = this.#accounts.get(address) ?? new PoolAccount(address);
    const read = this.#refresh(account).finally(() => this.#reads.delete(address));
    this.#reads.set(address, read);
    return read;
  }

  async #refresh(account: PoolAccount): Promise<PoolAccount> {
    const head = this.#headCount;
    const read = await this.#readAccount(account.address);
    account.nonce = Number(read?.nonce ?? 0n);
    account.balance = read?.balance ?? 0n;
    account.readAt = head;
    const gone = [...account.transactions()].filter(({ nonce }) => nonce < account.nonce);
    for (const one of gone) this.#forget(one);
    return account;
  }

  /** Drops a transaction; false where it is not there. Those of its sender behind it wait for another one. */
  drop(hash: Hex): boolean {
    const transaction = this.get(hash);
    if (transaction === undefined) return false;
    this.#drop([transaction]);
    return true;
  }

  /** Drops all transactions, or all of one sender. */
  clear(sender?: Hex): void {
    const gone = [...this.transactions()].filter(
      (one) => sender === undefined || one.sender === sender.toLowerCase(),
    );
    if (gone.length > 0) this.#drop(gone);
  }

  #drop(transactions: readonly PooledTransaction[]): void {
    this.#keeper?.logDropped(transactions.map(({ hash }) => hash));
    for (const one of transactions) this.#forget(one);
    this.emit("dropped", transactions);
  }

  /** All transactions in the order of their arrival. */
  transactions(): IterableIterator<PooledTransaction> {
    return this.#byHash.values();
  }

  /** By sender and nonce, as txpool_content has them: what can be executed, and what waits behind a gap. */
  async content(
    sender?: Hex,
  ): Promise<{ pending: Map<Hex, PooledTransaction[]>; queued: Map<Hex, PooledTransaction[]> }> {
    const pending = new Map<Hex, PooledTransaction[]>();
    const queued = new Map<Hex, PooledTransaction[]>();
    for (const account of await this.#freshAccounts()) {
      if (sender !== undefined && account.address !== sender.toLowerCase()) continue;
      const [ready, waiting] = [account.executable(), account.queued()];
      if (ready.length > 0) pending.set(account.address, ready);
      if (waiting.length > 0) queued.set(account.address, waiting);
    }
    return { pending, queued };
  }

  /** The nonce of a sender's next transaction, those in the pool counted that can be executed. */
  async nextNonce(sender: Hex): Promise<bigint> {
    const address = sender.toLowerCase() as Hex;
    const account = this.#accounts.get(address);
    if (account === undefined) return (await this.#readAccount(address))?.nonce ?? 0n;
    if (account.readAt !== this.#headCount) await this.#fresh(address);
    return BigInt(account.next);
  }

  async #freshAccounts(): Promise<PoolAccount[]> {
    const accounts = [...this.#accounts.values()];
    for (const { address, readAt } of accounts) {
      if (readAt !== this.#headCount) await this.#fresh(address);
    }
    return accounts.filter(({ size }) => size > 0);
  }

  /** Whether there is a transaction that the next block can hold, as far as its fees tell. */
  async hasReady(): Promise<boolean> {
    const { baseFee } = this.#head;
    for (const account of await this.#freshAccounts()) {
      const first = account.get(account.nonce);
      if (first !== undefined && first.maxFee >= baseFee) return true;
    }
    return false;
  }

  /** Picks transactions for the next block; they stay in the pool. */
  async select(limits: Omit<SelectionLimits, "byArrival">): Promise<PooledTransaction[]> {
    const accounts = await this.#freshAccounts();
    const all = { ...limits, byArrival: this.options.order === "fifo" };
    return (
      pickInArrivalOrder(this.#slabs, accounts, all) ??
      selectTransactions(
        accounts.map((account) => account.executable()),
        all,
      )
    );
  }

  /** The head is another one; `executed` are transactions of the pool that its block holds. */
  moveTo(head: PoolHead, executed: readonly PooledTransaction[] = []): void {
    this.#head = head;
    if (this.#areAll(executed)) this.#forgetAll();
    else for (const transaction of executed) this.#forget(transaction);
    // Whoever was paid or has paid: accounts are read again before the next transaction is taken.
    this.#headCount++;
    this.#version++;
  }
}
