// Blocks as they travel: RLP of [header, transactions, uncles, withdrawals].

import * as Rlp from "ox/Rlp";
import { DecodingError, InvalidBlockError } from "./errors.ts";
import { Fork, type Rules } from "./forks.ts";
import { type Header, headerFromItem, headerItems } from "./header.ts";
import { type Hex, quantityBytes, toBytes, toHex } from "./hex.ts";
import { rlpBytes, rlpItems, rlpQuantity, rlpWhole } from "./rlp.ts";

/** A withdrawal of stake to the execution layer (EIP-4895). */
export interface Withdrawal {
  index: bigint;
  validatorIndex: bigint;
  address: Hex;
  /** Gwei. */
  amount: bigint;
}

/** A block with its transactions as raw bytes: a type byte and its payload, or a legacy transaction's list. */
export interface Block {
  header: Header;
  transactions: Uint8Array[];
  uncles: Header[];
  /** From Shanghai on. */
  withdrawals?: Withdrawal[] | undefined;
}

/** EIP-7934: most bytes of a block's RLP, 10 MiB less 2 MiB that consensus data may take. */
export const MAX_BLOCK_SIZE = 8_388_608;

/**
 * Checks the length in bytes of a block's RLP (EIP-7934, from Osaka on).
 * @throws InvalidBlockError where it is more than MAX_BLOCK_SIZE
 *
 * @example
 * ```ts
 * checkBlockSize(bytes.length, rulesAt(MAINNET, decodeBlock(bytes).header));
 * ```
 */
export function checkBlockSize(length: number, rules: Pick<Rules, "fork">): void {
  if (rules.fork >= Fork.Osaka && length > MAX_BLOCK_SIZE) {
    throw new InvalidBlockError("block.size", `at most ${MAX_BLOCK_SIZE} bytes`, length);
  }
}

function quantity(value: bigint): Uint8Array {
  return quantityBytes(value, "withdrawal");
}

/**
 * The block that `bytes` is the RLP of. Transactions are slices of `bytes`; what is in them is checked when
 * they are executed.
 * @throws DecodingError naming the part that is malformed
 *
 * @example
 * ```ts
 * const { header, transactions } = decodeBlock(bytes);
 * ```
 */
export function decodeBlock(bytes: Uint8Array): Block {
  const parts = rlpItems(bytes, rlpWhole(bytes, "block"), "block");
  if (parts.length !== 3 && parts.length !== 4) {
    throw new DecodingError("block", `has ${parts.length} items, not 3 or 4`);
  }
  const header = headerFromItem(bytes, parts[0]!, "header");
  if ((header.withdrawalsRoot !== undefined) !== (parts.length === 4)) {
    throw new DecodingError("withdrawals", "must be there exactly when the header has withdrawalsRoot");
  }
  const transactions = rlpItems(bytes, parts[1]!, "transactions").map((item, index) => {
    if (item.isList) return bytes.subarray(item.start, item.end);
    const raw = rlpBytes(bytes, item, `transactions[${index}]`);
    // EIP-2718: types are 0x01 to 0x7f; a legacy transaction is a list, never a string with one inside.
    if (raw.length === 0 || raw[0]! === 0 || raw[0]! > 0x7f) {
      throw new DecodingError(`transactions[${index}]`, "is neither a list nor a typed transaction");
    }
    return raw;
  });
  const uncles = rlpItems(bytes, parts[2]!, "uncles").map((item, index) =>
    headerFromItem(bytes, item, `uncles[${index}]`),
  );
  if (parts.length === 3) return { header, transactions, uncles };
  const withdrawals = rlpItems(bytes, parts[3]!, "withdrawals").map((item, position) => {
    const field = `withdrawals[${position}]`;
    const items = rlpItems(bytes, item, field);
    if (items.length !== 4) throw new DecodingError(field, `has ${items.length} items, not 4`);
    const [index, validatorIndex, address, amount] = items;
    return {
      index: rlpQuantity(bytes, index!, `${field}.index`, 8),
      validatorIndex: rlpQuantity(bytes, validatorIndex!, `${field}.validatorIndex`, 8),
      address: toHex(rlpBytes(bytes, address!, `${field}.address`, 20)),
      amount: rlpQuantity(bytes, amount!, `${field}.amount`, 8),
    };
  });
  return { header, transactions, uncles, withdrawals };
}

/** RLP of a block; the inverse of `decodeBlock`. */
export function encodeBlock(block: Block): Uint8Array {
  const items: unknown[] = [
    headerItems(block.header),
    // A legacy transaction stands in the block as the list that it is.
    block.transactions.map((raw) => (raw[0]! >= 0xc0 ? Rlp.toBytes(raw) : raw)),
    block.uncles.map(headerItems),
  ];
  if (block.withdrawals !== undefined) {
    items.push(
      block.withdrawals.map(({ index, validatorIndex, address, amount }) => [
        quantity(index),
        quantity(validatorIndex),
        toBytes(address, "withdrawal.address", 20),
        quantity(amount),
      ]),
    );
  }
  return Rlp.from(items as Uint8Array[], { as: "Bytes" }) as Uint8Array;
}
