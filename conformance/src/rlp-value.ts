// RLP between bytes and nested lists of hex, with the engine's strict reader.

import { bytesToHex } from "@heddle/cli";
import { type RlpItem, rlpItems, rlpWhole } from "@heddle/engine/testing";
import * as Rlp from "ox/Rlp";

export type RlpValue = `0x${string}` | RlpValue[];

/** Throws the engine's DecodingError for bytes that are not the canonical RLP of one item. */
export function readRlp(bytes: Uint8Array): RlpValue {
  const read = (item: RlpItem): RlpValue =>
    item.isList ? rlpItems(bytes, item, "rlp").map(read) : bytesToHex(bytes.subarray(item.payload, item.end));
  return read(rlpWhole(bytes, "rlp"));
}

export function writeRlp(value: RlpValue): Uint8Array {
  return Rlp.fromHex(value as never, { as: "Bytes" });
}
