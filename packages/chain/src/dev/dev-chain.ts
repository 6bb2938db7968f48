// A local chain for development: blocks when transactions come, time and state as one wants them, and ways back.

import { type Hex, InvalidArgumentError } from "@heddle/engine";
import type { BlockEntry } from "../block-entry.ts";
import type { BuildAttributes } from "../building.ts";
import type { Chain } from "../chain.ts";
import { packAddresses } from "../packed.ts";
import { Turns } from "../turns.ts";
import type { DevAccount } from "./accounts.ts";
import { Clock } from "./clock.ts";
import { chooseFees } from "./fees.ts";
import type { Fork } from "./fork.ts";
import {
  type DevSettings,
  type MiningMode,
  readSettings,
  settingsNotes,
  snapshotNotes,
} from "./kept-settings.ts";
import { Mining } from "./mining.ts";
import type { DevChainOptions } from "./options.ts";
import type { Senders } from "./senders.ts";
import { Settings } from "./settings.ts";
import type { UnsignedTransaction } from "./signing.ts";
import { forgottenNotes, Snapshots } from "./snapshots.ts";

/** A transaction that the node is asked to make; what is left out is filled in. */
export type TransactionRequest = Omit<UnsignedTransaction, "chainId" | "nonce"> & {
  nonce?: bigint | undefined;
};

/** A chain whose blocks, time and state are in one's own hands. Made by `openDevChain`. */
export class DevChain {
  readonly chain: Chain;
  /** Accounts whose keys the node has. */
  readonly accounts: readonly DevAccount[];
  /** The remote chain that it goes on from. */
  readonly fork: Fork | undefined;
  readonly #settings: Settings;
  readonly #mining: Mining;
  readonly #turns = new Turns();
  readonly #sending = new Turns();
  /** What was set when the chain was begun. */
  readonly #opened: DevSettings;
  readonly #openedEdits: number;
  readonly #openedId: bigint;
  readonly #snapshots = new Snapshots();

  /** @internal */
  constructor(chain: Chain, senders: Senders, options: DevChainOptions, fork?: Fork) {
    this.chain = chain;
    this.fork = fork;
    this.accounts = senders.accounts;
    const clock = new Clock(undefined, options.timestamp, options.sameTimestamp);
    const settings = new Settings(chain, senders, clock);
    this.#settings = settings;
    const place = { pool: chain.pool, turns: this.#turns, mine: () => this.#mineOne({}) };
    this.#mining = new Mining(place, settings);
    this.#opened = {
      ...settings.state,
      blocks: options.coinbase === undefined ? {} : { coinbase: options.coinbase },
      nextNumber: chain.genesis.number + 1n,
      mining: options.mining ?? { kind: "auto" },
    };
    // Of a fork, what its accounts were given, altogether.
    this.#openedId = chain.firstChainId;
    this.#openedEdits = fork === undefined ? 0 : 1;
    const kept = readSettings(chain.notes, chain.head);
    for (const [id, snapshot] of kept?.snapshots ?? []) this.#snapshots.set(id, snapshot);
    const state = kept?.settings ?? this.#opened;
    const blocks = { ...state.blocks, ...this.#opened.blocks };
    settings.state = { ...state, blocks, mining: options.mining ?? state.mining };
    clock.onChange = () => settings.keep();
    this.#mining.begin();
  }

  get clock(): Clock {
    return this.#settings.clock;
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
    await this.#mining.arrived();
    return hash;
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
    await this.#mining.arrived();
    return hash;
  }

  /** Makes a transaction as `sendTransaction` does, without sending it; `sender` must be given beside it. */
  makeTransaction(from: Hex, request: TransactionRequest): Promise<{ raw: Uint8Array; sender: Hex }> {
    return this.#settings.senders.make(from, (sender) => this.fillTransaction(sender, request));
  }

  /** The fields of a transaction with those that are left out: chain, nonce and fees. */
  async fillTransaction(from: Hex, request: TransactionRequest): Promise<UnsignedTransaction> {
    return {
      ...request,
      ...chooseFees(request, this.chain.proposal().header.baseFeePerGas),
      chainId: this.chain.chainId,
      nonce: request.nonce ?? (await this.chain.pool.nextNonce(from)),
    };
  }

  /** The signature of a hash by an account whose key is known: r, s and v of 27 or 28. @throws UnknownAccountError */
  sign(address: Hex, payload: Hex): Hex {
    return this.#settings.senders.sign(address, payload);
  }

  /** Drops a transaction from the pool; false where it is not there. */
  drop(hash: Hex): boolean {
    return this.chain.pool.drop(hash);
  }

  // Impersonation

  impersonate(address: Hex): void {
    this.#settings.change(() => this.#settings.senders.impersonate(address));
  }

  stopImpersonating(address: Hex): void {
    this.#settings.change(() => this.#settings.senders.stopImpersonating(address));
  }

  /** Acts in the name of every account, or only of those that were named. */
  impersonateAll(enabled: boolean): void {
    this.#settings.change(() => this.#settings.senders.impersonateAll(enabled));
  }

  isImpersonated(address: Hex): boolean {
    return this.#settings.senders.isImpersonated(address);
  }

  /** Whether the node can make transactions of an account: it has the key, or acts in its name. */
  canSend(address: Hex): boolean {
    return this.#settings.senders.canSend(address);
  }

  // Blocks

  get mining(): MiningMode {
    return this.#settings.mining;
  }

  /** Says when blocks are made. */
  setMining(mode: MiningMode): void {
    if ("milliseconds" in mode && !(mode.milliseconds > 0)) {
      throw new InvalidArgumentError("milliseconds", "above 0", mode.milliseconds);
    }
    this.#settings.change(() => {
      this.#settings.mining = mode;
    });
    this.#mining.begin();
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
    this.#settings.passed(block.header.timestamp);
    return block;
  }

  /** The block that `mine` would make now: the pending one. Nothing of it is kept. */
  build(attributes: BuildAttributes = {}): Promise<BlockEntry> {
    return this.#turns.run(() => this.chain.build(attributes));
  }

  /** Sets attributes of all blocks from now on. */
  setBlocks(settings: Pick<BuildAttributes, "coinbase" | "gasLimit" | "extraData">): void {
    this.#settings.setBlocks(settings);
  }

  /** Sets attributes of the next block alone. */
  setNextBlock(
    settings: Pick<BuildAttributes, "baseFeePerGas" | "prevRandao" | "parentBeaconBlockRoot">,
  ): void {
    this.#settings.setNext(settings);
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
      const snapshot = {
        mark: this.chain.mark(),
        clock: this.clock.state,
        blocks: this.#settings.state.blocks,
        transactions: [...this.chain.pool.waiting()],
      };
      const id = ++this.#settings.lastSnapshot;
      const { state } = this.#settings;
      this.chain.note(() => new Map([...settingsNotes(state), ...snapshotNotes(id, snapshot)]));
      this.#snapshots.set(id, snapshot);
      await this.chain.durable();
      return id;
    });
  }

  /** Goes back to genesis, and makes everything as it was when the chain was begun. */
  reset(): Promise<void> {
    return this.#turns.run(async () => {
      const { ids } = this.#snapshots;
      const notes = () => new Map([...settingsNotes(this.#opened), ...forgottenNotes(ids)]);
      await this.chain.rewind(
        { head: this.chain.genesis.hash, edits: this.#openedEdits },
        { notes, pool: [] },
      );
      this.#snapshots.forget(ids);
      if (this.chain.chainId !== this.#openedId) this.chain.setChainId(this.#openedId);
      this.#settings.state = this.#opened;
      await this.chain.pool.restore([]);
      this.#mining.begin();
    });
  }

  /** Numbers of the snapshots that can be gone back to. */
  get snapshots(): number[] {
    return this.#snapshots.ids;
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
      const after = { ...this.#settings.state, clock, blocks, next: {} };
      const used = this.#snapshots.which((_, other) => other >= id);
      const notes = () => new Map([...settingsNotes(after), ...forgottenNotes(used)]);
      await this.chain.rewind(mark, { notes, pool: transactions });
      this.#snapshots.forget(used);
      this.#settings.state = after;
      await this.chain.pool.restore(transactions);
      return true;
    });
  }

  /**
   * Takes the last `depth` blocks back, and with them the snapshots that were taken behind one of them.
   * @throws InvalidArgumentError where the chain is shorter
   */
  rollback(depth: number): Promise<void> {
    return this.#turns.run(() => this.#goBack(depth));
  }

  async #goBack(depth: number): Promise<void> {
    const { number } = this.chain.head;
    const oldest = this.chain.genesis.number;
    if (!Number.isInteger(depth) || depth < 0 || BigInt(depth) > number - oldest) {
      throw new InvalidArgumentError("depth", `an integer from 0 to ${number - oldest}`, depth);
    }
    const target = number - BigInt(depth);
    const gone = this.#snapshots.which(
      ({ mark }) => (this.chain.block(mark.head)?.number ?? number) > target,
    );
    await this.chain.rewind(this.chain.mark(target), { notes: () => forgottenNotes(gone) });
    this.#snapshots.forget(gone);
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
      await this.#goBack(depth);
      for (let i = 0; i < depth; i++) {
        const given = transactions[i] ?? [];
        const senders = packAddresses(given.map(({ sender }) => sender));
        await this.#mineOne({ transactions: given.map(({ raw }) => raw), senders });
      }
    });
  }

  /** Ends mining and the chain. */
  async close(): Promise<void> {
    this.#mining.end();
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
