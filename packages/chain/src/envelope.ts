// Envelopes of transactions that are made here (EIP-2718): the fields decide about the type, and stand in it signed or not.

import { type Hex, keccak256, quantityBytes } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as Rlp from "ox/Rlp";
import type { AccessListEntry, TransactionAuthorization } from "./transaction.ts";

/** The fields of a transaction to be made; what is left out is nothing, or zero. Which fees are there decides about the type. */
export interface EnvelopeFields {
  chainId: bigint;
  nonce: bigint;
  gas: bigint;
  /** Undefined: creates a contract. */
  to?: Hex | undefined;
  value?: bigint | undefined;
  data?: Hex | undefined;
  /** Makes a legacy transaction, or one of type 1 where there is an access list. */
  gasPrice?: bigint | undefined;
  maxFeePerGas?: bigint | undefined;
  maxPriorityFeePerGas?: bigint | undefined;
  maxFeePerBlobGas?: bigint | undefined;
  accessList?: readonly AccessListEntry[] | undefined;
  /** Makes a transaction of type 3. */
  blobVersionedHashes?: readonly Hex[] | undefined;
  /** Makes a transaction of type 4. */
  authorizationList?: readonly TransactionAuthorization[] | undefined;
}

/** A signature as numbers of 32 bytes. */
export interface EnvelopeSignature {
  r: Uint8Array;
  s: Uint8Array;
  yParity: number;
}

type Item = Uint8Array | Item[];

const EMPTY = new Uint8Array(0);

const integer = (value = 0n): Uint8Array => quantityBytes(value, "transaction");
const bytes = (value: Hex = "0x"): Uint8Array => Bytes.fromHex(value);

/** A number of 32 bytes as RLP has it: without zeros before it. */
function trimmed(number: Uint8Array): Uint8Array {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? EMPTY : number.subarray(first);
}

function authorization({ chainId, address, nonce, yParity, r, s }: TransactionAuthorization): Item {
  return [integer(chainId), bytes(address), integer(nonce), integer(yParity), integer(r), integer(s)];
}

/** The bytes of an envelope's fields are made once: of the hash that is signed, and of the envelope with the signature. */
export class Envelope {
  readonly #type: number;
  readonly #items: readonly Item[];
  readonly #chainId: bigint;

  constructor(fields: EnvelopeFields) {
    const { chainId, gasPrice, accessList, authorizationList, blobVersionedHashes } = fields;
    this.#chainId = chainId;
    const [nonce, gas] = [integer(fields.nonce), integer(fields.gas)];
    const target: Item[] = [bytes(fields.to), integer(fields.value), bytes(fields.data)];
    const entries = (accessList ?? []).map(
      ({ address, storageKeys }): Item => [bytes(address), storageKeys.map(bytes)],
    );
    if (gasPrice !== undefined) {
      const common = [nonce, integer(gasPrice), gas, ...target];
      this.#type = accessList === undefined ? 0 : 1;
      this.#items = accessList === undefined ? common : [integer(chainId), ...common, entries];
      return;
    }
    const fees = [integer(fields.maxPriorityFeePerGas), integer(fields.maxFeePerGas)];
    const dynamic: Item[] = [integer(chainId), nonce, ...fees, gas, ...target, entries];
    if (authorizationList !== undefined) {
      this.#type = 4;
      this.#items = [...dynamic, authorizationList.map(authorization)];
    } else if (blobVersionedHashes !== undefined) {
      this.#type = 3;
      this.#items = [...dynamic, integer(fields.maxFeePerBlobGas), blobVersionedHashes.map(bytes)];
    } else {
      this.#type = 2;
      this.#items = dynamic;
    }
  }

  #encode(behind: readonly Uint8Array[]): Uint8Array {
    const list = Rlp.from([...this.#items, ...behind] as Uint8Array[], { as: "Bytes" }) as Uint8Array;
    if (this.#type === 0) return list;
    const envelope = new Uint8Array(list.length + 1);
    envelope[0] = this.#type;
    envelope.set(list, 1);
    return envelope;
  }

  /** What is signed; of legacy transactions with the chain's id in it (EIP-155). */
  get unsigned(): Uint8Array {
    return this.#encode(this.#type === 0 ? [integer(this.#chainId), EMPTY, EMPTY] : []);
  }

  /** The hash of what is signed. */
  get signingHash(): Uint8Array {
    return keccak256(this.unsigned);
  }

  /** The envelope with a signature. */
  signed({ r, s, yParity }: EnvelopeSignature): Uint8Array {
    const parity = BigInt(yParity);
    const v = this.#type === 0 ? 35n + 2n * this.#chainId + parity : parity;
    return this.#encode([integer(v), trimmed(r), trimmed(s)]);
  }

  /** The envelope with zeros where a signature stands. */
  get withoutSignature(): Uint8Array {
    return this.#encode([EMPTY, EMPTY, EMPTY]);
  }
}
