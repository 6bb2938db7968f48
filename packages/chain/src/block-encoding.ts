// A kept block as one run of bytes, and back: what a log or a database holds of it.

import {
  DecodingError,
  decodeBlock,
  encodeBlock,
  type Hex,
  headerHash,
  integerHex,
  type RlpItem,
  rlpBytes,
  rlpItems,
  rlpQuantity,
  rlpWhole,
} from "@heddle/engine";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import { BlockEntry } from "./block-entry.ts";

const PARTS = 11;

/** The bytes of a typed array, in the byte order of the machine: all that Node runs on have the least significant first. */
function raw(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A copy, as typed arrays must begin at a multiple of their element's size. */
function buffer(bytes: Uint8Array, element: number, field: string): ArrayBuffer {
  if (bytes.length % element !== 0) throw new DecodingError(field, `has ${bytes.length} bytes`);
  // A Buffer's own `slice` is no copy.
  return new Uint8Array(bytes).buffer;
}

/** All of a kept block as bytes. */
export function encodeBlockEntry(block: BlockEntry): Uint8Array {
  const { header, uncles, withdrawals, transactions, receipts, requests, accessList } = block;
  const around = encodeBlock({
    header,
    transactions: [],
    uncles: [...uncles],
    withdrawals: withdrawals === undefined ? undefined : [...withdrawals],
  });
  const parts = [
    around,
    HexOf.toBytes(integerHex(block.totalDifficulty)),
    transactions.bytes,
    raw(transactions.offsets),
    receipts.bytes,
    raw(receipts.offsets),
    receipts.hashes,
    receipts.senders,
    raw(receipts.gasUsed),
    requests.map((request) => HexOf.toBytes(request)),
    accessList ?? new Uint8Array(0),
  ];
  return Rlp.from(parts as Uint8Array[], { as: "Bytes" }) as Uint8Array;
}

/**
 * The block that `encodeBlockEntry` made the bytes of.
 * @throws DecodingError
 */
export function decodeBlockEntry(bytes: Uint8Array): BlockEntry {
  const items = rlpItems(bytes, rlpWhole(bytes, "block"), "block");
  if (items.length !== PARTS) throw new DecodingError("block", `has ${items.length} parts, not ${PARTS}`);
  const [
    around,
    difficulty,
    transactions,
    ends,
    receipts,
    receiptEnds,
    hashes,
    senders,
    gas,
    requests,
    list,
  ] = items as RlpItem[] & { length: typeof PARTS };
  const part = (item: RlpItem | undefined, field: string) => rlpBytes(bytes, item!, field);
  const { header, uncles, withdrawals } = decodeBlock(part(around, "block.header"));
  const accessList = part(list, "block.accessList");
  return new BlockEntry({
    header,
    hash: headerHash(header),
    totalDifficulty: rlpQuantity(bytes, difficulty!, "block.totalDifficulty", 32),
    transactions: {
      bytes: part(transactions, "block.transactions"),
      offsets: new Uint32Array(buffer(part(ends, "block.offsets"), 4, "block.offsets")),
    },
    receipts: {
      bytes: part(receipts, "block.receipts"),
      offsets: new Uint32Array(buffer(part(receiptEnds, "receipts.offsets"), 4, "receipts.offsets")),
      hashes: part(hashes, "block.hashes"),
      senders: part(senders, "block.senders"),
      gasUsed: new Float64Array(buffer(part(gas, "block.gasUsed"), 8, "block.gasUsed")),
    },
    uncles,
    withdrawals,
    requests: rlpItems(bytes, requests!, "block.requests").map(
      (item): Hex => HexOf.fromBytes(rlpBytes(bytes, item, "block.requests[]")),
    ),
    accessList: accessList.length === 0 ? undefined : accessList,
  });
}
