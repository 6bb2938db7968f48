// Writes the transactions of a workload.

import { hexToBytes } from "@heddle/cli";
import { AbiFunction, AbiParameters, Address, ContractAddress, Hex } from "ox";
import { actorKey, addressText, encodeTransaction, keyAddress, signDigest } from "./signing.ts";

export type HexString = `0x${string}`;

/** Transactions in order, as the engine takes them. */
export interface Batch {
  transactions: Uint8Array[];
  senders: Uint8Array[];
  /** Each one's gas limit. */
  gasLimits: bigint[];
}

export const CHAIN_ID = 1;

/** What every actor of a script owns at genesis: a million ether. */
export const ENDOWMENT = 10n ** 24n;

/** Arguments encoded behind a contract's creation code. */
export function withArguments(code: HexString, types: string, values: readonly unknown[]): HexString {
  return Hex.concat(code, AbiParameters.encode(AbiParameters.from(types), values as never));
}

/**
 * Calldata for `signature` ("function transfer(address,uint256)"). The signature is parsed once, so that a
 * workload may call it tens of thousands of times.
 */
export function encoder(signature: string): (...values: readonly unknown[]) => HexString {
  const abi = AbiFunction.from(signature as never) as AbiFunction.AbiFunction;
  const selector = AbiFunction.getSelector(abi);
  return (...values) =>
    values.length === 0
      ? selector
      : Hex.concat(selector, AbiParameters.encode(abi.inputs as never, values as never) as HexString);
}

/** Where the contract will stand that `creator` creates with this nonce. */
export const createdAddress = (creator: HexString, nonce: bigint): HexString =>
  ContractAddress.fromCreate({ from: Address.checksum(creator), nonce }).toLowerCase() as HexString;

/** Where the contract will stand that `creator` creates from this code with CREATE2. */
export function saltedAddress(creator: HexString, salt: HexString, bytecode: HexString): HexString {
  const from = Address.checksum(creator);
  return ContractAddress.fromCreate2({ from, salt, bytecode }).toLowerCase() as HexString;
}

const empty = (): Batch => ({ transactions: [], senders: [], gasLimits: [] });

interface Actor {
  address: HexString;
  key: Uint8Array;
}

/** Addresses take a multiplication on the curve each: those of all scripts of this process are kept. */
const actors = new Map<number, Actor>();

function actorAt(index: number): Actor {
  const known = actors.get(index);
  if (known !== undefined) return known;
  const key = actorKey(index);
  const actor = { address: addressText(keyAddress(key)), key };
  actors.set(index, actor);
  return actor;
}

export interface ScriptOptions {
  /** False: signatures are placeholders, for runs in which senders are given. True unless given. */
  signed?: boolean;
}

/** A writer of transactions: keeps every actor's nonce and key, so that a workload only says who does what. */
export class Script {
  readonly #nonces = new Map<string, number>();
  #senders = new Map<string, Uint8Array>();
  readonly #keys = new Map<string, Uint8Array>();
  readonly #signed: boolean;
  #firstActor = 0;
  #batch = empty();

  constructor({ signed = true }: ScriptOptions = {}) {
    this.#signed = signed;
  }

  /**
   * A script with a batch of its own and other actors, its first being number `firstActor` here. Their accounts count among
   * this one's.
   */
  part(firstActor: number): Script {
    const part = new Script({ signed: this.#signed });
    part.#firstActor = this.#firstActor + firstActor;
    part.#senders = this.#senders;
    return part;
  }

  /** Address of actor `index`, who can send; the same in every run. */
  actor(index: number): HexString {
    const { address, key } = actorAt(this.#firstActor + index);
    this.#keys.set(address, key);
    return address;
  }

  /** Address number `index` that nobody has the key of: for those who only receive, as it costs nothing. */
  stranger(index: number): HexString {
    return `0x${(0x57a6_0000_0000 + index).toString(16).padStart(40, "0")}`;
  }

  /** Accounts that must exist at genesis: everybody who has sent something so far. */
  get accounts(): HexString[] {
    return [...this.#senders.keys()] as HexString[];
  }

  /** Appends a contract creation; returns the address the contract will have. */
  deploy(from: HexString, code: HexString, gas = 6_000_000n): HexString {
    const nonce = BigInt(this.#nonces.get(from) ?? 0);
    this.#append(from, undefined, code, 0n, gas);
    return createdAddress(from, nonce);
  }

  /** Appends a call. `gas` is the transaction's gas limit, `value` is in wei. */
  call(from: HexString, to: HexString, data: HexString = "0x", { gas = 300_000n, value = 0n } = {}): void {
    this.#append(from, to, data, value, gas);
  }

  /**
   * An actor's signature of a 32-byte digest as contracts take it: r, s, and v of 27 or 28. It is real in every script, as
   * contracts look at it.
   */
  sign(from: HexString, digest: HexString): HexString {
    return `0x${Buffer.from(signDigest(hexToBytes(digest), this.#key(from))).toString("hex")}`;
  }

  /** The batch written so far; the next one begins empty. */
  take(): Batch {
    const batch = this.#batch;
    this.#batch = empty();
    return batch;
  }

  #key(from: HexString): Uint8Array {
    const key = this.#keys.get(from);
    if (key === undefined) throw new Error(`${from} is no actor of this script: it cannot sign`);
    return key;
  }

  #append(from: HexString, to: HexString | undefined, data: HexString, value: bigint, gas: bigint): void {
    const key = this.#key(from);
    const nonce = this.#nonces.get(from) ?? 0;
    this.#nonces.set(from, nonce + 1);
    let sender = this.#senders.get(from);
    if (sender === undefined) {
      sender = hexToBytes(from);
      this.#senders.set(from, sender);
    }
    const transaction = {
      chainId: CHAIN_ID,
      nonce,
      gas,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 10n ** 9n,
      value,
      data: hexToBytes(data),
      to: to === undefined ? undefined : hexToBytes(to),
    };
    this.#batch.transactions.push(encodeTransaction(transaction, this.#signed ? key : undefined));
    this.#batch.senders.push(sender);
    this.#batch.gasLimits.push(gas);
  }
}
