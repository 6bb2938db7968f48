// Block access lists (EIP-7928) as they travel: RLP of what a block accessed, and the same as objects.

import * as Rlp from "ox/Rlp";
import { DecodingError, InvalidArgumentError } from "./errors.ts";
import { type Hex, quantityBytes, toBytes, toHex } from "./hex.ts";
import { type RlpItem, rlpBytes, rlpItems, rlpQuantity, rlpWhole } from "./rlp.ts";

/** A value after the execution with this index: 0 = before the transactions, 1 … n, n + 1 = after them. */
export interface IndexedValue<T> {
  index: number;
  value: T;
}

/** What one slot held after each transaction that changed it. */
export interface SlotChanges {
  key: bigint;
  changes: IndexedValue<bigint>[];
}

/** One account that the block accessed; every list is empty where nothing of it changed. */
export interface AccountAccess {
  address: Hex;
  storageChanges: SlotChanges[];
  /** Keys that were read and never changed. */
  storageReads: bigint[];
  /** Wei. */
  balances: IndexedValue<bigint>[];
  nonces: IndexedValue<bigint>[];
  codes: IndexedValue<Hex>[];
}

/** Accounts in the order of their addresses. */
export type BlockAccessList = AccountAccess[];

/** Indexes are of 16 bits. */
const INDEX_BYTES = 2;

type RlpValue = Uint8Array | RlpValue[];

function quantity(value: bigint): Uint8Array {
  return quantityBytes(value, "blockAccessList");
}

/**
 * RLP of a list; the inverse of `decodeBlockAccessList`. Its keccak256 is the header's blockAccessListHash.
 * @throws InvalidArgumentError naming the field that is out of its range or order
 *
 * @example
 * ```ts
 * const bytes = encodeBlockAccessList(decodeBlockAccessList(result.blockAccessList));
 * ```
 */
export function encodeBlockAccessList(list: BlockAccessList): Uint8Array {
  const changes = <T>(values: IndexedValue<T>[], encode: (value: T) => Uint8Array): RlpValue[] =>
    values.map(({ index, value }) => [quantity(BigInt(index)), encode(value)]);
  const items = list.map(
    ({ address, storageChanges, storageReads, balances, nonces, codes }, i): RlpValue[] => [
      toBytes(address, `[${i}].address`, 20),
      storageChanges.map(({ key, changes: values }) => [quantity(key), changes(values, quantity)]),
      storageReads.map(quantity),
      changes(balances, quantity),
      changes(nonces, quantity),
      changes(codes, (code) => toBytes(code, `[${i}].codes`)),
    ],
  );
  const bytes = Rlp.from(items as unknown as Uint8Array[], { as: "Bytes" }) as Uint8Array;
  try {
    decodeBlockAccessList(bytes);
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    throw new InvalidArgumentError(
      error.field ?? "blockAccessList",
      "a list that can be decoded",
      error.message,
    );
  }
  return bytes;
}

/** Items of a list that must have `count` of them. */
function tuple(bytes: Uint8Array, item: RlpItem, field: string, count: number): RlpItem[] {
  const items = rlpItems(bytes, item, field);
  if (items.length !== count) throw new DecodingError(field, `has ${items.length} items, not ${count}`);
  return items;
}

/** Checks that keys, addresses or indexes rise from one to the next: then none stands there twice. */
class Rising {
  private readonly field: string;
  private before: bigint | number | string | undefined;

  constructor(field: string) {
    this.field = field;
  }

  next<T extends bigint | number | string>(value: T): T {
    if (this.before !== undefined && !(this.before < value)) {
      throw new DecodingError(
        this.field,
        this.before === value ? `has ${value} twice` : `has ${value} behind ${this.before}`,
      );
    }
    this.before = value;
    return value;
  }
}

/** A list of [index, value]. */
function readChanges<T>(
  bytes: Uint8Array,
  item: RlpItem,
  field: string,
  read: (item: RlpItem, field: string) => T,
): IndexedValue<T>[] {
  const order = new Rising(field);
  return rlpItems(bytes, item, field).map((change, i) => {
    const [index, value] = tuple(bytes, change, `${field}[${i}]`, 2);
    return {
      index: order.next(Number(rlpQuantity(bytes, index!, `${field}[${i}].index`, INDEX_BYTES))),
      value: read(value!, `${field}[${i}].value`),
    };
  });
}

/** Changes of a slot, of which there is at least one. */
function readSlot(bytes: Uint8Array, item: RlpItem, field: string, order: Rising): SlotChanges {
  const [key, changes] = tuple(bytes, item, field, 2);
  const slot = {
    key: order.next(rlpQuantity(bytes, key!, `${field}.key`, 32)),
    changes: readChanges(bytes, changes!, `${field}.changes`, (value, name) =>
      rlpQuantity(bytes, value, name, 32),
    ),
  };
  if (slot.changes.length === 0) throw new DecodingError(`${field}.changes`, "is empty");
  return slot;
}

function readAccount(bytes: Uint8Array, item: RlpItem, field: string, order: Rising): AccountAccess {
  const [address, storage, reads, balances, nonces, codes] = tuple(bytes, item, field, 6);
  const changed = new Rising(`${field}.storageChanges`);
  const read = new Rising(`${field}.storageReads`);
  const account: AccountAccess = {
    address: order.next(toHex(rlpBytes(bytes, address!, `${field}.address`, 20))),
    storageChanges: rlpItems(bytes, storage!, `${field}.storageChanges`).map((slot, i) =>
      readSlot(bytes, slot, `${field}.storageChanges[${i}]`, changed),
    ),
    storageReads: rlpItems(bytes, reads!, `${field}.storageReads`).map((key, i) =>
      read.next(rlpQuantity(bytes, key, `${field}.storageReads[${i}]`, 32)),
    ),
    balances: readChanges(bytes, balances!, `${field}.balances`, (value, name) =>
      rlpQuantity(bytes, value, name, 32),
    ),
    nonces: readChanges(bytes, nonces!, `${field}.nonces`, (value, name) =>
      rlpQuantity(bytes, value, name, 8),
    ),
    codes: readChanges(bytes, codes!, `${field}.codes`, (value, name) => toHex(rlpBytes(bytes, value, name))),
  };
  const written = new Set(account.storageChanges.map(({ key }) => key));
  const both = account.storageReads.find((key) => written.has(key));
  if (both !== undefined) {
    throw new DecodingError(`${field}.storageReads`, `has ${both}, which is among the changes too`);
  }
  return account;
}

/** One account of a list. @throws DecodingError */
export function decodeAccountAccess(bytes: Uint8Array, item: RlpItem, field: string): AccountAccess {
  return readAccount(bytes, item, field, new Rising(field));
}

/**
 * The list that `bytes` is the RLP of. Strict: integers without leading zeros, addresses, keys and indexes in rising
 * order and none twice, no key among both changes and reads.
 * @throws DecodingError naming the part that is malformed
 *
 * @example
 * ```ts
 * for (const { address, balances } of decodeBlockAccessList(result.blockAccessList)) console.log(address, balances);
 * ```
 */
export function decodeBlockAccessList(bytes: Uint8Array): BlockAccessList {
  const field = "blockAccessList";
  const order = new Rising(field);
  return rlpItems(bytes, rlpWhole(bytes, field), field).map((account, i) =>
    readAccount(bytes, account, `${field}[${i}]`, order),
  );
}
