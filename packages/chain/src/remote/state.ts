// The state behind one block of a remote chain: read when it is asked for, kept, and asked for ahead where it is known what
// will be needed.

import {
  EMPTY_CODE_HASH,
  type Hex,
  type MaybePromise,
  type SourceAccount,
  type StateSource,
} from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import type { RemoteClient } from "./client.ts";
import { data, list, object, quantity, type RemoteHeader, remoteHeader } from "./decode.ts";
import type { BlockCache } from "./disk-cache.ts";
import { RemoteError } from "./errors.ts";
import { accountRead, hashRead, slotRead, takeRead } from "./kept-reads.ts";
import { provenAccount, provenSlot } from "./proof.ts";
import { type KnownAccount, StateRecords } from "./records.ts";

/** What of a transaction tells which state it will read. */
export interface ExpectedCall {
  from?: Hex | undefined;
  to?: Hex | undefined;
  data?: Hex | undefined;
  value?: bigint | undefined;
  accessList?: readonly { address: Hex; storageKeys: readonly Hex[] }[] | undefined;
}

export interface RemoteStateOptions {
  client: RemoteClient;
  block: RemoteHeader;
  /** Where values are kept that were read before. */
  cache?: BlockCache | undefined;
  /** Every value is proven against the header's state root (eth_getProof). */
  verify?: boolean | undefined;
  /** True: what is used of the cache is told to `keepReads` as well. */
  isKept?: boolean | undefined;
}

/** BLOCKHASH reaches as far. */
const RECENT = 256n;
/** Codes of a method that the remote does not have or does not give to everybody. */
const UNSUPPORTED: ReadonlySet<number | undefined> = new Set([-32601, -32004]);
/** EIP-2935: hashes of the last 8191 blocks stand in the storage of this contract. */
const HISTORY_CONTRACT: Hex = "0x0000f90827f1c53a10cb7a02335b175320002935";
const HISTORY_LENGTH = 8191n;

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** An account, or null where there is none, and its code where it has any. */
interface FoundAccount {
  account: KnownAccount | null;
  code?: Uint8Array | undefined;
}

function foundAccount(nonce: bigint, balance: bigint, code: Uint8Array): FoundAccount {
  if (code.length > 0) {
    return { account: { nonce, balance, codeHash: HexOf.fromBytes(keccak_256(code)) }, code };
  }
  // From EIP-161 on an empty account is none.
  return { account: nonce === 0n && balance === 0n ? null : { nonce, balance } };
}

/**
 * State of a remote block as an engine reads it.
 *
 * @example
 * ```ts
 * const state = new RemoteState({ client, block });
 * const engine = await createEngine({ state, computeStateRoot: false });
 * ```
 */
export class RemoteState implements StateSource {
  readonly block: RemoteHeader;
  /** Reads under way at the same time; they go in batches. */
  readonly concurrency = 256;
  readonly #client: RemoteClient;
  readonly #tag: Hex;
  readonly #cache: BlockCache | undefined;
  readonly #verify: boolean;
  readonly #known: StateRecords;
  /** What others have read, and nobody here has asked for yet. */
  readonly #others: StateRecords | undefined;
  #keep: (read: Uint8Array) => void = () => undefined;
  readonly #waiting = new Map<string, Promise<unknown>>();
  /** Calls whose slots were asked for ahead: contract and selector. */
  readonly #learned = new Set<string>();
  #listsAccess = true;
  #ancestors: Promise<void> | undefined;

  constructor({ client, block, cache, verify = false, isKept = false }: RemoteStateOptions) {
    this.block = block;
    this.#client = client;
    this.#tag = `0x${block.header.number.toString(16)}`;
    this.#cache = cache;
    this.#verify = verify;
    this.#known = (isKept ? undefined : cache?.records) ?? new StateRecords();
    this.#others = isKept ? cache?.records : undefined;
  }

  /** From now on `keep` is given each value before anybody uses it; what it throws ends the read. */
  keepReads(keep: (read: Uint8Array) => void): void {
    this.#keep = keep;
  }

  /** A value that `keepReads` was given before. @throws DecodingError */
  restore(read: Uint8Array): void {
    takeRead(read, this.#known);
  }

  account(address: Hex): MaybePromise<SourceAccount | undefined> {
    const known = this.#known.accounts.get(address);
    if (known !== undefined) return this.#withCode(known);
    return this.#once(address, async () => {
      const found = this.#otherAccount(address) ?? (await this.#askAccount(address));
      const { account, code } = found;
      this.#keep(accountRead(address, account, code));
      this.#take(({ accounts, codes }) => {
        accounts.set(address, account);
        if (account?.codeHash !== undefined) codes.set(account.codeHash, code!);
      });
      return this.#withCode(account);
    });
  }

  storage(address: Hex, key: Hex): MaybePromise<bigint> {
    const place = address + key;
    const known = this.#known.slots.get(place);
    if (known !== undefined) return known;
    return this.#once(place, async () => {
      const value = this.#others?.slots.get(place) ?? (await this.#askSlot(address, key));
      this.#keep(slotRead(address, key, value));
      this.#take(({ slots }) => slots.set(place, value));
      return value;
    });
  }

  code(hash: Hex): Uint8Array {
    const code = this.#known.codes.get(hash);
    // Accounts are given with their code, so nobody has seen this hash here.
    if (code === undefined)
      throw this.#client.error("MALFORMED", "eth_getCode", `the code of ${hash}`, "none");
    return code;
  }

  /** Puts a value where this fork and those to come find it. */
  #take(put: (records: StateRecords) => void): void {
    put(this.#known);
    if (this.#others !== undefined) put(this.#others);
    this.#cache?.changed();
  }

  #otherAccount(address: Hex): FoundAccount | undefined {
    const account = this.#others?.accounts.get(address);
    if (account === undefined) return undefined;
    const hash = account?.codeHash;
    return hash === undefined ? { account } : { account, code: this.#others!.codes.get(hash) };
  }

  #askAccount(address: Hex): Promise<FoundAccount> {
    return this.#verify ? this.#proveAccount(address) : this.#readAccount(address);
  }

  #askSlot(address: Hex, key: Hex): Promise<bigint> {
    return this.#verify ? this.#proveSlot(address, key) : this.#readSlot(address, key);
  }

  #withCode(account: KnownAccount | null): SourceAccount | undefined {
    if (account === null) return undefined;
    return account.codeHash === undefined
      ? account
      : { ...account, code: this.#known.codes.get(account.codeHash) };
  }

  /** Many may ask for the same; what fails is asked for again by the next one. */
  #once<T>(place: string, read: () => Promise<T>): Promise<T> {
    let waiting = this.#waiting.get(place) as Promise<T> | undefined;
    if (waiting === undefined) {
      waiting = read().finally(() => this.#waiting.delete(place));
      this.#waiting.set(place, waiting);
    }
    return waiting;
  }

  async #readAccount(address: Hex): Promise<FoundAccount> {
    const client = this.#client;
    const [balance, nonce, code] = await Promise.all([
      client.request("eth_getBalance", address, this.#tag),
      client.request("eth_getTransactionCount", address, this.#tag),
      client.request("eth_getCode", address, this.#tag),
    ]);
    return foundAccount(
      quantity({ client, method: "eth_getTransactionCount" }, nonce, "the nonce", 64),
      quantity({ client, method: "eth_getBalance" }, balance, "the balance"),
      Bytes.fromHex(data({ client, method: "eth_getCode" }, code, "the code")),
    );
  }

  async #readSlot(address: Hex, key: Hex): Promise<bigint> {
    const method = "eth_getStorageAt";
    return quantity(
      { client: this.#client, method },
      await this.#client.request(method, address, key, this.#tag),
      "the slot",
    );
  }

  async #proveAccount(address: Hex): Promise<FoundAccount> {
    const client = this.#client;
    const [answer, code] = await Promise.all([
      client.request("eth_getProof", address, [], this.#tag),
      client.request("eth_getCode", address, this.#tag),
    ]);
    const { stateRoot } = this.block.header;
    const account = provenAccount({ client, method: "eth_getProof" }, answer, stateRoot, address);
    const bytes = Bytes.fromHex(data({ client, method: "eth_getCode" }, code, "the code"));
    const hash = bytes.length === 0 ? EMPTY_CODE_HASH : HexOf.fromBytes(keccak_256(bytes));
    const expected = account?.codeHash ?? EMPTY_CODE_HASH;
    if (hash !== expected) {
      throw client.error("UNPROVEN", "eth_getCode", `code of ${address} with the hash ${expected}`, hash);
    }
    if (account === undefined) return { account: null };
    const { nonce, balance } = account;
    return bytes.length === 0
      ? { account: { nonce, balance } }
      : { account: { nonce, balance, codeHash: hash }, code: bytes };
  }

  async #proveSlot(address: Hex, key: Hex): Promise<bigint> {
    const client = this.#client;
    const method = "eth_getProof";
    const answer = await client.request(method, address, [key], this.#tag);
    return provenSlot({ client, method }, answer, this.block.header.stateRoot, address, key);
  }

  /** Takes over an account that another answer of the same remote told. */
  learn(address: Hex, account: { nonce: bigint; balance: bigint; code: Uint8Array }): void {
    if (this.#known.accounts.has(address)) return;
    const found = foundAccount(account.nonce, account.balance, account.code);
    this.#known.accounts.set(address, found.account);
    if (found.account?.codeHash !== undefined) this.#known.codes.set(found.account.codeHash, account.code);
  }

  /** Takes over a slot that another answer of the same remote told. */
  learnSlot(address: Hex, key: Hex, value: bigint): void {
    const place = address + key;
    if (!this.#known.slots.has(place)) this.#known.slots.set(place, value);
  }

  /**
   * Asks at once for what calls will surely or probably read: senders, whom they call, access lists, and for calls not met
   * before what the remote says they touch (eth_createAccessList). What fails here is asked for again when it is needed.
   */
  async prefetch(calls: Iterable<ExpectedCall>): Promise<void> {
    const reads: Promise<unknown>[] = [];
    for (const call of calls) {
      for (const address of [call.from, call.to]) {
        if (address !== undefined) reads.push(Promise.resolve(this.account(address.toLowerCase() as Hex)));
      }
      reads.push(...this.#listed(call.accessList ?? []));
      if (call.to !== undefined && (call.data ?? "0x").length >= 10) reads.push(this.#learn(call));
    }
    await Promise.allSettled(reads);
  }

  #listed(list: NonNullable<ExpectedCall["accessList"]>): Promise<unknown>[] {
    return list.flatMap(({ address, storageKeys }) => {
      const owner = address.toLowerCase() as Hex;
      return [
        Promise.resolve(this.account(owner)),
        ...storageKeys.map((key) => Promise.resolve(this.storage(owner, key.toLowerCase() as Hex))),
      ];
    });
  }

  /** What the remote says a call touches, where nothing like it was met before. */
  async #learn({ from, to, data: input = "0x", value }: ExpectedCall): Promise<void> {
    const kind = `${to}${input.slice(2, 10)}`;
    if (!this.#listsAccess || this.#learned.has(kind)) return;
    this.#learned.add(kind);
    const client = this.#client;
    const method = "eth_createAccessList";
    const call = { ...(from === undefined ? {} : { from }), to, data: input };
    const message =
      value === undefined || value === 0n ? call : { ...call, value: `0x${value.toString(16)}` };
    let answer: unknown;
    try {
      answer = await client.request(method, message, this.#tag);
    } catch (error) {
      // The call may not work there: nothing is lost but time.
      if (error instanceof RemoteError && UNSUPPORTED.has(error.rpcCode)) this.#listsAccess = false;
      return;
    }
    const at = { client, method };
    const found = list(at, object(at, answer)["accessList"], "accessList").map((entry) => {
      const { address, storageKeys } = object(at, entry, "accessList[]");
      return {
        address: data(at, address, "accessList[].address", 20),
        storageKeys: list(at, storageKeys, "storageKeys").map((key) => data(at, key, "storageKeys[]", 32)),
      };
    });
    await Promise.allSettled(this.#listed(found));
  }

  /** The hash of an ancestor among the last 256; the first that is asked for brings all. @throws RemoteError */
  ancestorHash(number: bigint): MaybePromise<Hex | undefined> {
    const { header, hash } = this.block;
    if (number === header.number) return hash;
    if (number === header.number - 1n) return header.parentHash;
    const known = this.#known.hashes.get(number);
    if (known !== undefined) return known;
    if (number < 0n || number > header.number || number < header.number - RECENT) return undefined;
    this.#ancestors ??= this.#readAncestors().catch((error: unknown) => {
      this.#ancestors = undefined;
      throw error;
    });
    return this.#ancestors.then(() => this.#known.hashes.get(number));
  }

  async #readAncestors(): Promise<void> {
    const { number: last } = this.block.header;
    const first = last > RECENT ? last - RECENT : 0n;
    const numbers = Array.from({ length: Number(last - first) }, (_, i) => first + BigInt(i));
    await Promise.all(numbers.map((number) => this.#readAncestor(number)));
  }

  async #readAncestor(number: bigint): Promise<void> {
    const client = this.#client;
    const known = this.#others?.hashes.get(number);
    if (known !== undefined) return this.#takeHash(number, known);
    // A slot is far less to read than a block with all its transactions' hashes.
    const stored =
      this.block.header.requestsHash === undefined
        ? 0n
        : await this.storage(HISTORY_CONTRACT, word(number % HISTORY_LENGTH));
    if (stored !== 0n) return this.#takeHash(number, word(stored));
    const method = "eth_getBlockByNumber";
    const block = await client.request(method, `0x${number.toString(16)}`, false);
    // A remote that has forgotten its old blocks: BLOCKHASH gives 0 for what is not known.
    if (block === null) return;
    this.#takeHash(number, remoteHeader({ client, method }, block).hash);
  }

  #takeHash(number: bigint, hash: Hex): void {
    this.#keep(hashRead(number, hash));
    this.#take(({ hashes }) => hashes.set(number, hash));
  }

  /** Writes what was read to the cache. */
  async close(): Promise<void> {
    await this.#cache?.close();
  }
}
