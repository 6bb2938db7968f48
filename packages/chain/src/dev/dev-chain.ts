// A local chain for development: blocks when transactions come, time and state as one wants them, and ways back.

import { type Hex, InvalidArgumentError } from "@heddle/engine";
import { DiskFullError } from "@heddle/store";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import * as Signature from "ox/Signature";
import type { BlockEntry } from "../block-entry.ts";
import type { BuildAttributes } from "../building.ts";
import type { Chain } from "../chain.ts";
import type { ChainMark, ChainOptions } from "../chain-options.ts";
import { openChain } from "../open-chain.ts";
import { Turns } from "../turns.ts";
import { DEV_MNEMONIC, type DevAccount, devAccounts } from "./accounts.ts";
import { Clock } from "./clock.ts";
import { chooseFees } from "./fees.ts";
import { type Fork, type ForkOptions, forkEdits, forkOrigin, openFork } from "./fork.ts";
import { DEV_BALANCE, type DevGenesisOptions, devGenesis } from "./genesis.ts";
import {
  type DevSettings,
  keptDevGenesis,
  type MiningMode,
  readSettings,
  type Snapshot,
  settingsNotes,
  snapshotNotes,
} from "./kept-settings.ts";
import {
  impersonateTransaction,
  signTransaction,
  UnknownAccountError,
  type UnsignedTransaction,
} from "./signing.ts";

/** How a local chain is opened; everything may be left out. */
export interface DevChainOptions extends DevGenesisOptions, Omit<ChainOptions, "genesis"> {
  /** In place of the default one; then `accounts` have what it gives them. */
  genesis?: ChainOptions["genesis"];
  /** How many accounts there are; 10 unless given. */
  accounts?: number;
  mnemonic?: string;
  derivationPath?: string;
  /** Automatic unless given. */
  mining?: MiningMode;
  /** True: a block may have the time of the one before it. */
  sameTimestamp?: boolean;
  /** Who gets the fees; the zero address unless given. */
  coinbase?: Hex;
  /** Goes on from a block of a remote chain. Id, rules, gas limit, base fee and time are its own unless they are given. */
  fork?: ForkOptions;
}

/** A transaction that the node is asked to make; what is left out is filled in. */
export type TransactionRequest = Omit<UnsignedTransaction, "chainId" | "nonce"> & {
  nonce?: bigint | undefined;
};

/** Of a transaction on a chain where contracts may have any size. */
const MOST_TRANSACTION_BYTES = 2 ** 23;

/**
 * Opens a local chain; it must be closed.
 *
 * @example
 * ```ts
 * const dev = await openDevChain({ workers: 2 });
 * const [alice, bob] = dev.accounts;
 * await dev.sendTransaction(alice.address, { to: bob.address, value: 1n, gas: 21_000n });
 * console.log(dev.chain.head.number); // 1n
 * await dev.close();
 * ```
 */
export async function openDevChain(options: DevChainOptions = {}): Promise<DevChain> {
  const accounts = devAccounts(options.accounts ?? 10, {
    mnemonic: options.mnemonic ?? DEV_MNEMONIC,
    ...(options.derivationPath === undefined ? {} : { path: options.derivationPath }),
  });
  const pool = {
    demandBaseFee: true,
    sidecarOptional: true,
    ...(options.unlimitedContractSize ? { transactionBytes: MOST_TRANSACTION_BYTES } : {}),
    ...options.pool,
  };
  if (options.fork !== undefined)
    return openForkedDevChain({ ...options, pool, fork: options.fork }, accounts);
  const genesis = options.genesis ?? keptDevGenesis(devGenesis(accounts, options), options);
  const chain = await openChain({ ...options, genesis, pool });
  return new DevChain(chain, accounts, options);
}

async function openForkedDevChain(
  options: DevChainOptions & { fork: ForkOptions },
  accounts: readonly DevAccount[],
): Promise<DevChain> {
  const { genesis: _, baseFee, gasLimit, ...rest } = options;
  const fork = await openFork(options.fork);
  let chain: Chain | undefined;
  try {
    const edits = await forkEdits(fork, accounts, options.balance ?? DEV_BALANCE);
    chain = await openChain({ ...rest, origin: forkOrigin(fork, options) });
    await chain.edit(edits);
    const timestamp = options.timestamp ?? fork.block.header.timestamp;
    const dev = new DevChain(chain, accounts, { ...options, timestamp }, fork);
    if (gasLimit !== undefined) dev.setBlocks({ gasLimit });
    if (baseFee !== undefined) dev.setNextBlock({ baseFeePerGas: baseFee });
    return dev;
  } catch (error) {
    await chain?.close();
    await fork.close();
    throw error;
  }
}

/** A chain whose blocks, time and state are in one's own hands. Made by `openDevChain`. */
export class DevChain {
  readonly chain: Chain;
  /** Accounts whose keys the node has. */
  readonly accounts: readonly DevAccount[];
  readonly clock: Clock;
  /** The remote chain that it goes on from. */
  readonly fork: Fork | undefined;
  readonly #keys: ReadonlyMap<Hex, Hex>;
  readonly #impersonated = new Set<Hex>();
  #impersonatesAll = false;
  readonly #turns = new Turns();
  readonly #sending = new Turns();
  readonly #opened: Pick<DevSettings, "clock" | "blocks" | "mining"> & { edits: number };
  /** Of all blocks until they are set otherwise. */
  #settings: BuildAttributes;
  /** Of the next block alone. */
  #next: BuildAttributes = {};
  #mining: MiningMode = { kind: "manual" };
  #timer: NodeJS.Timeout | undefined;
  #automatic: Promise<void> | undefined;
  readonly #snapshots = new Map<number, Snapshot>();
  #lastSnapshot = 0;
  #isClosed = false;

  /** @internal */
  constructor(chain: Chain, accounts: readonly DevAccount[], options: DevChainOptions, fork?: Fork) {
    this.chain = chain;
    this.fork = fork;
    this.accounts = accounts;
    this.#keys = new Map(accounts.map(({ address, privateKey }) => [address, privateKey]));
    this.clock = new Clock(undefined, options.timestamp, options.sameTimestamp);
    this.#settings = {};
    this.#opened = {
      // Of a fork, what its accounts were given.
      edits: fork === undefined ? 0 : chain.mark(chain.genesis.hash).edits,
      clock: this.clock.state,
      blocks: options.coinbase === undefined ? {} : { coinbase: options.coinbase },
      mining: options.mining ?? { kind: "auto" },
    };
    const kept = readSettings(chain.notes, chain.head);
    if (kept !== undefined) {
      this.#state = kept.settings;
      for (const [id, snapshot] of kept.snapshots) this.#snapshots.set(id, snapshot);
    }
    if (options.coinbase !== undefined) this.#settings = { ...this.#settings, coinbase: options.coinbase };
    this.#tellDefaults();
    this.clock.onChange = () => this.#keep();
    this.#startMining(options.mining ?? kept?.settings.mining ?? this.#opened.mining);
  }

  // What is kept of it where the chain has a directory

  get #state(): DevSettings {
    return {
      impersonated: [...this.#impersonated],
      impersonatesAll: this.#impersonatesAll,
      clock: this.clock.state,
      blocks: this.#settings,
      next: this.#next,
      nextNumber: this.chain.head.number + 1n,
      mining: this.#mining,
      lastSnapshot: this.#lastSnapshot,
    };
  }

  set #state(state: DevSettings) {
    this.#impersonated.clear();
    for (const address of state.impersonated) this.#impersonated.add(address);
    this.#impersonatesAll = state.impersonatesAll;
    this.clock.state = state.clock;
    this.#settings = state.blocks;
    this.#next = state.next;
    this.#lastSnapshot = state.lastSnapshot;
  }

  #keep(): void {
    this.chain.note(() => settingsNotes(this.#state));
  }

  /** Changes settings and keeps them; where they cannot be kept nothing is changed. */
  #change(work: () => void): void {
    const before = this.#state;
    work();
    try {
      this.#keep();
    } catch (error) {
      this.#state = before;
      throw error;
    }
  }

  /**
   * Resolves when the settings until now survive what the directory's fsync policy promises; without a directory at once. Whoever
   * answers for a setting waits for it: methods that give a promise have done so.
   * @throws DiskFullError, ChainFailedError
   */
  durable(): Promise<void> {
    return this.chain.durable();
  }

  // Transactions

  /**
   * Takes a raw transaction; where blocks are made automatically it is in one when this resolves, if it can be executed.
   * @throws TransactionRefusedError
   */
  async send(raw: Uint8Array, options: { sender?: Hex } = {}): Promise<Hex> {
    const { hash } = await this.chain.pool.add(raw, options);
    await this.#mineAutomatically();
    return hash;
  }

  async #mineAutomatically(): Promise<void> {
    if (this.#mining.kind === "auto") await this.#mineReady();
  }

  /**
   * Makes a transaction in the name of an account whose key is known or that is impersonated, and sends it.
   * @throws UnknownAccountError, TransactionRefusedError
   */
  async sendTransaction(from: Hex, request: TransactionRequest): Promise<Hex> {
    // One after the other: of two at the same time the second must see the first one's nonce.
    const hash = await this.#sending.run(async () => {
      const { raw, sender } = await this.makeTransaction(from, request);
      return (await this.chain.pool.add(raw, { sender })).hash;
    });
    await this.#mineAutomatically();
    return hash;
  }

  /** Makes a transaction as `sendTransaction` does, without sending it; `sender` must be given beside it. */
  async makeTransaction(from: Hex, request: TransactionRequest): Promise<{ raw: Uint8Array; sender: Hex }> {
    const sender = from.toLowerCase() as Hex;
    const key = this.#keys.get(sender);
    if (!this.canSend(sender)) throw new UnknownAccountError(from);
    const transaction = await this.fillTransaction(sender, request);
    const raw =
      key === undefined ? impersonateTransaction(transaction, sender) : signTransaction(transaction, key);
    return { raw, sender };
  }

  /** The fields of a transaction with those that are left out: chain, nonce and fees. */
  async fillTransaction(from: Hex, request: TransactionRequest): Promise<UnsignedTransaction> {
    return {
      ...request,
      ...chooseFees(request, this.chain.proposal().header.baseFeePerGas),
      chainId: Number(this.chain.chainId),
      nonce: request.nonce ?? (await this.chain.pool.nextNonce(from)),
    };
  }

  /** The signature of a hash by an account whose key is known: r, s and v of 27 or 28. @throws UnknownAccountError */
  sign(address: Hex, payload: Hex): Hex {
    const privateKey = this.#keys.get(address.toLowerCase() as Hex);
    if (privateKey === undefined) throw new UnknownAccountError(address);
    return Signature.toHex(Secp256k1.sign({ payload, privateKey }));
  }

  /** Drops a transaction from the pool; false where it is not there. */
  drop(hash: Hex): boolean {
    return this.chain.pool.drop(hash);
  }

  // Impersonation

  impersonate(address: Hex): void {
    this.#change(() => this.#impersonated.add(address.toLowerCase() as Hex));
  }

  stopImpersonating(address: Hex): void {
    this.#change(() => this.#impersonated.delete(address.toLowerCase() as Hex));
  }

  /** Acts in the name of every account, or only of those that were named. */
  impersonateAll(enabled: boolean): void {
    this.#change(() => {
      this.#impersonatesAll = enabled;
    });
  }

  isImpersonated(address: Hex): boolean {
    return this.#impersonatesAll || this.#impersonated.has(address.toLowerCase() as Hex);
  }

  /** Whether the node can make transactions of an account: it has the key, or acts in its name. */
  canSend(address: Hex): boolean {
    return this.#keys.has(address.toLowerCase() as Hex) || this.isImpersonated(address);
  }

  // Blocks

  get mining(): MiningMode {
    return this.#mining;
  }

  /** Says when blocks are made. */
  setMining(mode: MiningMode): void {
    if (mode.kind === "interval" && !(mode.milliseconds > 0)) {
      throw new InvalidArgumentError("milliseconds", "above 0", mode.milliseconds);
    }
    const before = this.#mining;
    this.#mining = mode;
    try {
      this.#keep();
    } catch (error) {
      this.#mining = before;
      throw error;
    }
    this.#startMining(mode);
  }

  #startMining(mode: MiningMode): void {
    clearTimeout(this.#timer);
    this.#mining = mode;
    if (mode.kind === "interval") this.#wait(mode.milliseconds);
    if (mode.kind === "auto" && this.chain.pool.size > 0) this.#mineReady().catch(() => undefined);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(async () => {
      // A block that fails is told to nobody here; the next one is tried again.
      await this.mine().catch(() => undefined);
      const mode = this.#mining;
      if (mode.kind === "interval" && !this.#isClosed) this.#wait(mode.milliseconds);
    }, milliseconds);
    this.#timer.unref();
  }

  /** Makes a block from the pool, also where that has nothing. */
  mine(attributes: BuildAttributes = {}): Promise<BlockEntry> {
    return this.#turns.run(() => this.#mineOne(attributes));
  }

  /** Makes `count` blocks, each `interval` seconds after the one before, where that is given. */
  mineMany(count: number, interval?: bigint): Promise<BlockEntry[]> {
    return this.#turns.run(async () => {
      const blocks: BlockEntry[] = [];
      for (let i = 0; i < count; i++) {
        const { timestamp } = this.chain.head.header;
        const isApart = interval !== undefined && i > 0;
        blocks.push(await this.#mineOne(isApart ? { timestamp: timestamp + interval } : {}));
      }
      if (interval !== undefined && count > 1) this.clock.set(this.chain.head.header.timestamp);
      return blocks;
    });
  }

  async #mineOne(attributes: BuildAttributes): Promise<BlockEntry> {
    const block = await this.chain.mine(attributes);
    const wasSet = this.clock.state.next !== undefined || Object.keys(this.#next).length > 0;
    this.clock.passed(block.header.timestamp);
    if (wasSet) {
      this.#next = {};
      this.#tellDefaults();
      this.#keepUsedUp();
    }
    return block;
  }

  /** A restart sees by itself that the block is there for which something was set: this may fail. */
  #keepUsedUp(): void {
    try {
      this.#keep();
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
    }
  }

  /** The block that `mine` would make now: the pending one. Nothing of it is kept. */
  build(attributes: BuildAttributes = {}): Promise<BlockEntry> {
    return this.#turns.run(() => this.chain.build(attributes));
  }

  /** Makes blocks as long as there is something for them; those who ask meanwhile wait for the same. */
  #mineReady(): Promise<void> {
    this.#automatic ??= this.#turns.run(async () => {
      this.#automatic = undefined;
      while (this.chain.pool.size > 0 && (await this.chain.pool.hasReady())) {
        const { transactionCount } = await this.#mineOne({});
        if (transactionCount === 0) break;
      }
    });
    return this.#automatic;
  }

  #tellDefaults(): void {
    const { chain, clock } = this;
    chain.setDefaults({
      // Of the head and the time that there are when they are asked for.
      get timestamp() {
        return clock.peek(chain.head.header.timestamp);
      },
      get prevRandao() {
        return HexOf.fromBytes(keccak_256(Bytes.fromHex(chain.head.hash)));
      },
      ...this.#settings,
      ...this.#next,
    });
  }

  /** Sets attributes of all blocks from now on. */
  setBlocks(settings: Pick<BuildAttributes, "coinbase" | "gasLimit" | "extraData">): void {
    this.#change(() => {
      this.#settings = { ...this.#settings, ...settings };
    });
    this.#tellDefaults();
  }

  /** Sets attributes of the next block alone. */
  setNextBlock(
    settings: Pick<BuildAttributes, "baseFeePerGas" | "prevRandao" | "parentBeaconBlockRoot">,
  ): void {
    this.#change(() => {
      this.#next = { ...this.#next, ...settings };
    });
    this.#tellDefaults();
  }

  /** Sets the time of the next block. @throws InvalidArgumentError where it is not after the head's */
  setNextTimestamp(timestamp: bigint): void {
    this.clock.setNext(timestamp, this.chain.head.header.timestamp);
  }

  // State

  setBalance(address: Hex, balance: bigint): Promise<void> {
    return this.chain.edit([{ address, balance, deleted: false }]);
  }

  setNonce(address: Hex, nonce: bigint): Promise<void> {
    return this.chain.edit([{ address, nonce, deleted: false }]);
  }

  setCode(address: Hex, code: Hex): Promise<void> {
    return this.chain.edit([{ address, code, deleted: false }]);
  }

  setStorageAt(address: Hex, key: Hex, value: bigint): Promise<void> {
    return this.chain.edit([{ address, storage: [[key, value]], deleted: false }]);
  }

  // Ways back

  /** Remembers chain, time and pool as they are; the number by which `revert` knows them. */
  snapshot(): Promise<number> {
    return this.#turns.run(async () => {
      const id = ++this.#lastSnapshot;
      const snapshot = {
        mark: this.chain.mark(),
        clock: this.clock.state,
        blocks: this.#settings,
        transactions: [...this.chain.pool.waiting()],
      };
      this.chain.note(() => new Map([...settingsNotes(this.#state), ...snapshotNotes(id, snapshot)]));
      this.#snapshots.set(id, snapshot);
      await this.chain.durable();
      return id;
    });
  }

  /** Goes back to genesis, and makes everything as it was when the chain was begun. */
  reset(): Promise<void> {
    return this.#turns.run(async () => {
      const { edits, clock, blocks, mining } = this.#opened;
      const begun = {
        impersonated: [],
        impersonatesAll: false,
        clock,
        blocks,
        next: {},
        nextNumber: this.chain.genesis.number + 1n,
        mining,
        lastSnapshot: 0,
      };
      const ids = [...this.#snapshots.keys()];
      const notes = () =>
        new Map([...settingsNotes(begun), ...ids.flatMap((id) => [...snapshotNotes(id, undefined)])]);
      await this.chain.rewind({ head: this.chain.genesis.hash, edits }, { notes, pool: [] });
      this.#snapshots.clear();
      this.#state = begun;
      this.#tellDefaults();
      await this.chain.pool.restore([]);
      this.#startMining(mining);
    });
  }

  /** Numbers of the snapshots that can be gone back to. */
  get snapshots(): number[] {
    return [...this.#snapshots.keys()];
  }

  /** The block that a snapshot goes back to. */
  snapshotBlock(id: number): Hex | undefined {
    return this.#snapshots.get(id)?.mark.head;
  }

  /** Goes back to a snapshot, which is used up with all that are younger; false where there is none of the number. */
  revert(id: number): Promise<boolean> {
    return this.#turns.run(async () => {
      const snapshot = this.#snapshots.get(id);
      if (snapshot === undefined) return false;
      const { mark, clock, blocks, transactions } = snapshot;
      const used = [...this.#snapshots.keys()].filter((other) => other >= id);
      const notes = () => {
        const after = { ...this.#state, clock, blocks, next: {} };
        return new Map([
          ...settingsNotes(after),
          ...used.flatMap((other) => [...snapshotNotes(other, undefined)]),
        ]);
      };
      await this.chain.rewind(mark, { notes, pool: transactions });
      for (const other of used) this.#snapshots.delete(other);
      this.clock.state = clock;
      this.#settings = blocks;
      this.#next = {};
      this.#tellDefaults();
      await this.chain.pool.restore(transactions);
      return true;
    });
  }

  /**
   * Takes the last `depth` blocks back.
   * @throws InvalidArgumentError where the chain is shorter
   */
  rollback(depth: number): Promise<void> {
    return this.#turns.run(() => this.chain.rewind(this.#markBefore(depth)));
  }

  /**
   * Takes the last `depth` blocks back and makes as many others; `transactions[i]` are those of the i-th of them, raw, with
   * their senders.
   */
  reorg(
    depth: number,
    transactions: readonly (readonly { raw: Uint8Array; sender: Hex }[])[] = [],
  ): Promise<void> {
    return this.#turns.run(async () => {
      await this.chain.rewind(this.#markBefore(depth));
      for (let i = 0; i < depth; i++) {
        const given = transactions[i] ?? [];
        const senders = new Uint8Array(given.length * 20);
        given.forEach(({ sender }, at) => {
          senders.set(Bytes.fromHex(sender), at * 20);
        });
        await this.#mineOne({ transactions: given.map(({ raw }) => raw), senders });
      }
    });
  }

  #markBefore(depth: number): ChainMark {
    const { number } = this.chain.head;
    const oldest = this.chain.genesis.number;
    if (!Number.isInteger(depth) || depth < 0 || BigInt(depth) > number - oldest) {
      throw new InvalidArgumentError("depth", `an integer from 0 to ${number - oldest}`, depth);
    }
    return this.chain.mark(number - BigInt(depth));
  }

  /** Ends mining and the chain. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    // What waits for the remote is not waited for.
    this.fork?.client.close();
    await this.#turns.idle();
    await this.chain.close();
    await this.fork?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
