// How transactions come into the pool: what arrives in one turn of the event loop, from however many connections, is taken
// together and in its order. Senders are recovered on all workers and accounts read for many at once, and nobody overtakes who
// came before: in a block of transactions that pay the same, who came first is first.

import type { Hex, Rules, TransactionInspector } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import type { PoolAccount } from "./account.ts";
import { TransactionRefusedError } from "./errors.ts";
import {
  type Parted,
  partArrived,
  type ReadingRules,
  type ReadTransaction,
  readTransaction,
} from "./reading.ts";
import type { PooledTransaction } from "./transaction.ts";

/** Recovers senders, 20 bytes each, one behind the other; zeros where an envelope has none. */
export type RecoverSenders = (envelopes: readonly Uint8Array[]) => Promise<Uint8Array>;

/** What taking transactions in asks of the pool. */
export interface IntakePlace {
  inspector: TransactionInspector;
  recoverSenders: RecoverSenders;
  reading: ReadingRules;
  /** Of the next block. */
  rules(): Rules;
  /** The account of a sender who has transactions in the pool. */
  known(address: Hex): PoolAccount | undefined;
  /** Whether nonce and balance are those of the head. */
  isFresh(account: PoolAccount): boolean;
  /** Reads an account of the head's state. */
  fresh(address: Hex): Promise<PoolAccount>;
  /** @throws TransactionRefusedError */
  take(read: ReadTransaction, account: PoolAccount, isRestored: boolean): PooledTransaction;
}

/** A raw transaction; the sender where it is known without the signature. */
export interface GivenTransaction {
  raw: Uint8Array;
  sender?: Hex | undefined;
}

/** A transaction on its way, and who is told what became of it. */
interface Arrival {
  parted: Parted;
  sender: Uint8Array | undefined;
  isRestored: boolean;
  taken: (transaction: PooledTransaction) => void;
  refused: (error: unknown) => void;
}

/** What became of a transaction. */
type Told = PooledTransaction | TransactionRefusedError;

/** Of fewer transactions senders are recovered in this thread before workers are awake. */
const WORTH_WAKING = 8;
const ADDRESS = 20;

export class Intake {
  readonly #place: IntakePlace;
  #arrived: Arrival[] = [];
  /** Settles when all that came before have been told. */
  #done: Promise<void> = Promise.resolve();

  constructor(place: IntakePlace) {
    this.#place = place;
  }

  /** @throws TransactionRefusedError */
  add(given: GivenTransaction): Promise<PooledTransaction> {
    return new Promise((taken, refused) => this.#arrive(given, false, taken, refused));
  }

  /** For each what was taken, or why it was not. */
  addAll(given: readonly GivenTransaction[], isRestored = false): Promise<Told[]> {
    return new Promise((resolve, reject) => {
      const all: Told[] = new Array(given.length);
      let left = given.length;
      if (left === 0) resolve(all);
      given.forEach((one, i) => {
        const tell = (told: Told) => {
          all[i] = told;
          if (--left === 0) resolve(all);
        };
        const refused = (error: unknown) =>
          error instanceof TransactionRefusedError ? tell(error) : reject(error);
        this.#arrive(one, isRestored, tell, refused);
      });
    });
  }

  #arrive(
    { raw, sender }: GivenTransaction,
    isRestored: boolean,
    taken: Arrival["taken"],
    refused: Arrival["refused"],
  ): void {
    try {
      const parted = partArrived(raw, this.#place.reading);
      const from = sender === undefined ? undefined : Bytes.fromHex(sender);
      const count = this.#arrived.push({ parted, sender: from, isRestored, taken, refused });
      // Nothing waits for more to come.
      if (count === 1) setImmediate(() => this.#flush());
    } catch (error) {
      refused(error);
    }
  }

  #flush(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#done = this.#done.then(() => this.#takeIn(arrived));
  }

  /** Takes what has arrived, one after the other, when all senders and their accounts are known. */
  async #takeIn(arrived: readonly Arrival[]): Promise<void> {
    const { inspector, rules, reading, take } = this.#place;
    const senders = await this.#sendersOf(arrived);
    const waiting: { arrival: Arrival; read: ReadTransaction }[] = [];
    arrived.forEach((arrival, i) => {
      try {
        const { parted, isRestored } = arrival;
        const read = readTransaction(inspector, rules(), parted, senders[i], reading, isRestored);
        waiting.push({ arrival, read });
      } catch (error) {
        arrival.refused(error);
      }
    });
    const accounts = await this.#accountsOf(waiting.map(({ read }) => read.facts.sender));
    for (const { arrival, read } of waiting) {
      const account = accounts.get(read.facts.sender)!;
      try {
        if ("error" in account) throw account.error;
        arrival.taken(take(read, account, arrival.isRestored));
      } catch (error) {
        arrival.refused(error);
      }
    }
  }

  /** Who has signed what has arrived; undefined: it has to be looked at by itself, as so few came or it has no signer. */
  async #sendersOf(arrived: readonly Arrival[]): Promise<(Uint8Array | undefined)[]> {
    const unknown = arrived.filter(({ sender }) => sender === undefined);
    // What fails for all, such as memory for them together, may not fail for each.
    const recovered =
      unknown.length < WORTH_WAKING
        ? undefined
        : await this.#place
            .recoverSenders(unknown.map(({ parted }) => parted.envelope))
            .catch(() => undefined);
    let at = 0;
    return arrived.map(({ sender }) => {
      if (sender !== undefined || recovered === undefined) return sender;
      const found = recovered.subarray(at, at + ADDRESS);
      at += ADDRESS;
      return found.some((byte) => byte !== 0) ? found : undefined;
    });
  }

  /** Accounts as they are in the state of the head, or why they could not be read. */
  async #accountsOf(addresses: readonly Hex[]): Promise<Map<Hex, PoolAccount | { error: unknown }>> {
    const { known, isFresh, fresh } = this.#place;
    const accounts = new Map<Hex, PoolAccount | { error: unknown }>();
    for (;;) {
      // While some are read, others may become old.
      const old = new Set<Hex>();
      for (const address of addresses) {
        const account = known(address) ?? accounts.get(address);
        if (account !== undefined && "error" in account) continue;
        if (account !== undefined && isFresh(account)) accounts.set(address, account);
        else old.add(address);
      }
      if (old.size === 0) return accounts;
      const read = async (address: Hex) => {
        accounts.set(address, await fresh(address).catch((error: unknown) => ({ error })));
      };
      await Promise.all(Array.from(old, read));
    }
  }
}
