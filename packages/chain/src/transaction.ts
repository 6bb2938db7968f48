// The fields of a transaction, read from its envelope when somebody asks for them (EIP-2718, 2930, 1559, 4844, 7702).

import {
  DecodingError,
  type Hex,
  type RlpItem,
  rlpBytes,
  rlpItem,
  rlpItems,
  rlpQuantity,
} from "@heddle/engine";
import * as HexOf from "ox/Hex";

/** An entry of an access list. */
export interface AccessListEntry {
  address: Hex;
  storageKeys: Hex[];
}

/** A signed authorization to set an account's code (EIP-7702). */
export interface TransactionAuthorization {
  chainId: bigint;
  address: Hex;
  nonce: bigint;
  yParity: bigint;
  r: bigint;
  s: bigint;
}

/** A transaction's fields. Which of the optional ones are there depends on its type. */
export interface Transaction {
  /** EIP-2718; 0 = legacy. */
  type: 0 | 1 | 2 | 3 | 4;
  /** Undefined in legacy transactions without EIP-155. */
  chainId: bigint | undefined;
  nonce: bigint;
  /** Types 0 and 1. */
  gasPrice: bigint | undefined;
  /** From type 2 on. */
  maxFeePerGas: bigint | undefined;
  maxPriorityFeePerGas: bigint | undefined;
  gas: bigint;
  /** Undefined = creates a contract. */
  to: Hex | undefined;
  value: bigint;
  data: Hex;
  /** From type 1 on. */
  accessList: AccessListEntry[] | undefined;
  /** Type 3. */
  maxFeePerBlobGas: bigint | undefined;
  blobVersionedHashes: Hex[] | undefined;
  /** Type 4. */
  authorizationList: TransactionAuthorization[] | undefined;
  /** As it stands in the envelope: of legacy transactions with the chain id in it (EIP-155), else the parity. */
  v: bigint;
  yParity: bigint;
  r: bigint;
  s: bigint;
}

/** Items of an envelope by its type. */
const ITEM_COUNTS = [9, 11, 12, 14, 13] as const;

class Items {
  readonly #bytes: Uint8Array;
  readonly #items: RlpItem[];
  #at = 0;

  constructor(bytes: Uint8Array, items: RlpItem[]) {
    this.#bytes = bytes;
    this.#items = items;
  }

  item(): RlpItem {
    return this.#items[this.#at++]!;
  }

  quantity(field: string, size = 32): bigint {
    return rlpQuantity(this.#bytes, this.item(), field, size);
  }

  bytes(field: string): Uint8Array {
    return rlpBytes(this.#bytes, this.item(), field);
  }

  hex(field: string, length?: number): Hex {
    return HexOf.fromBytes(rlpBytes(this.#bytes, this.item(), field, length));
  }

  to(): Hex | undefined {
    const bytes = rlpBytes(this.#bytes, this.item(), "transaction.to");
    if (bytes.length !== 0 && bytes.length !== 20) throw new DecodingError("transaction.to", "is no address");
    return bytes.length === 0 ? undefined : HexOf.fromBytes(bytes);
  }

  list(field: string): RlpItem[] {
    return rlpItems(this.#bytes, this.item(), field);
  }

  within(item: RlpItem, field: string, count: number): Items {
    const items = rlpItems(this.#bytes, item, field);
    if (items.length !== count) throw new DecodingError(field, `has ${items.length} items, not ${count}`);
    return new Items(this.#bytes, items);
  }

  accessList(): AccessListEntry[] {
    return this.list("transaction.accessList").map((entry) => {
      const parts = this.within(entry, "transaction.accessList[]", 2);
      return {
        address: parts.hex("accessList.address", 20),
        storageKeys: parts
          .list("accessList.storageKeys")
          .map((key) => HexOf.fromBytes(rlpBytes(this.#bytes, key, "accessList.storageKeys[]", 32))),
      };
    });
  }

  hashes(): Hex[] {
    return this.list("transaction.blobVersionedHashes").map((hash) =>
      HexOf.fromBytes(rlpBytes(this.#bytes, hash, "blobVersionedHashes[]", 32)),
    );
  }

  authorizations(): TransactionAuthorization[] {
    return this.list("transaction.authorizationList").map((tuple) => {
      const parts = this.within(tuple, "transaction.authorizationList[]", 6);
      return {
        chainId: parts.quantity("authorization.chainId"),
        address: parts.hex("authorization.address", 20),
        nonce: parts.quantity("authorization.nonce", 8),
        yParity: parts.quantity("authorization.yParity", 1),
        r: parts.quantity("authorization.r"),
        s: parts.quantity("authorization.s"),
      };
    });
  }
}

/**
 * The fields of a transaction's envelope. Whether it is valid is not looked at.
 * @throws DecodingError naming the field that is malformed
 *
 * @example
 * ```ts
 * const { to, value } = decodeTransaction(block.rawTransaction(0));
 * ```
 */
export function decodeTransaction(raw: Uint8Array): Transaction {
  const first = raw[0] ?? 0;
  const type = first >= 0xc0 ? 0 : first;
  if (type > 4 || (type === 0 && first < 0xc0)) throw new DecodingError("transaction", "is of no known type");
  const start = type === 0 ? 0 : 1;
  const whole = rlpItem(raw, start, raw.length, "transaction");
  if (whole.end !== raw.length) throw new DecodingError("transaction", "has bytes behind its end");
  const list = rlpItems(raw, whole, "transaction");
  const expected = ITEM_COUNTS[type]!;
  if (list.length !== expected) {
    throw new DecodingError("transaction", `has ${list.length} items, not ${expected}`);
  }
  const items = new Items(raw, list);
  const isDynamic = type >= 2;
  const chainId = type === 0 ? undefined : items.quantity("transaction.chainId");
  const nonce = items.quantity("transaction.nonce", 8);
  const maxPriorityFeePerGas = isDynamic ? items.quantity("transaction.maxPriorityFeePerGas") : undefined;
  const price = items.quantity(isDynamic ? "transaction.maxFeePerGas" : "transaction.gasPrice");
  const gas = items.quantity("transaction.gas", 8);
  const to = items.to();
  const value = items.quantity("transaction.value");
  const input = items.bytes("transaction.data");
  let data: Hex | undefined;
  const accessList = type === 0 ? undefined : items.accessList();
  const maxFeePerBlobGas = type === 3 ? items.quantity("transaction.maxFeePerBlobGas") : undefined;
  const blobVersionedHashes = type === 3 ? items.hashes() : undefined;
  const authorizationList = type === 4 ? items.authorizations() : undefined;
  const v = items.quantity("transaction.v");
  return {
    type: type as Transaction["type"],
    chainId: type === 0 && v >= 35n ? (v - 35n) / 2n : chainId,
    nonce,
    gasPrice: isDynamic ? undefined : price,
    maxFeePerGas: isDynamic ? price : undefined,
    maxPriorityFeePerGas,
    gas,
    to,
    value,
    // It may be long, and most who ask for other fields do not ask for it.
    get data() {
      data ??= HexOf.fromBytes(input);
      return data;
    },
    accessList,
    maxFeePerBlobGas,
    blobVersionedHashes,
    authorizationList,
    v,
    yParity: type === 0 ? (v >= 35n ? (v - 35n) % 2n : v - 27n) : v,
    r: items.quantity("transaction.r"),
    s: items.quantity("transaction.s"),
  };
}

/** Wei that the sender pays for a unit of gas in a block with this base fee (EIP-1559). */
export function effectiveGasPrice(transaction: Transaction, baseFee: bigint | undefined): bigint {
  if (transaction.gasPrice !== undefined) return transaction.gasPrice;
  const most = transaction.maxFeePerGas!;
  const wanted = (baseFee ?? 0n) + transaction.maxPriorityFeePerGas!;
  return wanted < most ? wanted : most;
}
