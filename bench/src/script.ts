// Writes the transactions of a workload.

import { AbiFunction, AbiParameters, Address, ContractAddress, Hex, TxEnvelopeEip1559 } from "ox";

type HexString = `0x${string}`;

/** Transactions of one block, in order, as the engine takes them. */
export interface Batch {
  transactions: Uint8Array[];
  senders: Uint8Array[];
  /** Sum of the gas limits. */
  gasLimit: bigint;
}

export const CHAIN_ID = 1;

const ONE = Hex.fromNumber(1, { size: 32 });
/** In range, but nobody's: senders are given. */
const PLACEHOLDER_SIGNATURE = { r: ONE, s: ONE, yParity: 0 } as const;
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

/**
 * A writer of transactions: keeps every actor's nonce, so that a workload only says who does what. The
 * signatures are not valid: senders are given to the engine, which trusts them (recovering signers is work of a
 * transaction's arrival and is measured apart).
 */
export class Script {
  readonly #nonces = new Map<string, bigint>();
  readonly #actors = new Map<string, Uint8Array>();
  #batch: Batch = { transactions: [], senders: [], gasLimit: 0n };

  /** Address of actor `index`; the same in every run. */
  actor(index: number): HexString {
    return `0x${(0xac70_0000_0000 + index).toString(16).padStart(40, "0")}`;
  }

  /** Accounts that must exist at genesis: everybody who has sent something so far. */
  get accounts(): HexString[] {
    return [...this.#actors.keys()] as HexString[];
  }

  /** Appends a contract creation; returns the address the contract will have. */
  deploy(from: HexString, code: HexString, gas = 6_000_000n): HexString {
    const nonce = this.#nonces.get(from) ?? 0n;
    this.#append(from, undefined, code, 0n, gas);
    return ContractAddress.fromCreate({ from: Address.checksum(from), nonce }).toLowerCase() as HexString;
  }

  /** Appends a call. `gas` is the transaction's gas limit, `value` is in wei. */
  call(from: HexString, to: HexString, data: HexString = "0x", { gas = 300_000n, value = 0n } = {}): void {
    this.#append(from, to, data, value, gas);
  }

  /** The batch written so far; the next one begins empty. */
  take(): Batch {
    const batch = this.#batch;
    this.#batch = { transactions: [], senders: [], gasLimit: 0n };
    return batch;
  }

  #append(from: HexString, to: HexString | undefined, data: HexString, value: bigint, gas: bigint): void {
    const nonce = this.#nonces.get(from) ?? 0n;
    this.#nonces.set(from, nonce + 1n);
    let sender = this.#actors.get(from);
    if (sender === undefined) {
      sender = Hex.toBytes(from);
      this.#actors.set(from, sender);
    }
    const envelope = TxEnvelopeEip1559.from({
      chainId: CHAIN_ID,
      nonce,
      gas,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 10n ** 9n,
      value,
      data,
      ...(to === undefined ? {} : { to }),
    });
    const raw = TxEnvelopeEip1559.serialize(envelope, { signature: PLACEHOLDER_SIGNATURE });
    this.#batch.transactions.push(Hex.toBytes(raw));
    this.#batch.senders.push(sender);
    this.#batch.gasLimit += gas;
  }
}
