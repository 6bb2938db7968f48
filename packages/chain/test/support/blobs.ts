// Blob transactions as they are sent. Their blobs are zeros: commitment and proofs of such a blob are the point at infinity.

import type { Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import * as Secp256k1 from "ox/Secp256k1";
import * as Eip4844 from "ox/TxEnvelopeEip4844";
import { versionedHash } from "../../src/index.ts";
import { bob, CHAIN_ID, type Person } from "./people.ts";

export const INFINITY: Hex = `0xc0${"00".repeat(47)}`;
const ZEROS: Hex = `0x${"00".repeat(131_072)}`;
export const BLOB_HASH = versionedHash(HexOf.toBytes(INFINITY));

export interface WantedBlobs {
  nonce: bigint;
  maxFeePerGas?: bigint;
  maxPriorityFeePerGas?: bigint;
  maxFeePerBlobGas?: bigint;
  /** How many; 1 unless given. */
  blobs?: number;
  /** What the transaction names. */
  hashes?: readonly Hex[];
  /** Of the sidecar: 0 or 1; undefined = it comes without one. */
  version: 0 | 1 | undefined;
  commitments?: readonly Hex[];
  proofs?: readonly Hex[];
}

/** A blob transaction with its sidecar. */
export function blobTransaction(from: Person, wanted: WantedBlobs): Uint8Array {
  const { blobs = 1, version, hashes, commitments, proofs, ...fields } = wanted;
  const envelope = Eip4844.from({
    chainId: CHAIN_ID,
    gas: 100_000n,
    maxFeePerGas: 5_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    maxFeePerBlobGas: 100n,
    to: bob.address,
    blobVersionedHashes: hashes ?? Array(blobs).fill(BLOB_HASH),
    ...fields,
  });
  const signature = Secp256k1.sign({ payload: Eip4844.getSignPayload(envelope), privateKey: from.key });
  const signed = Eip4844.serialize(envelope, { signature });
  if (version === undefined) return HexOf.toBytes(signed);
  const body = Rlp.toHex(`0x${signed.slice(4)}`) as readonly Hex[];
  const count = version === 1 ? 128 : 1;
  const parts = [
    body,
    ...(version === 1 ? (["0x01"] as const) : []),
    Array(blobs).fill(ZEROS),
    commitments ?? Array(blobs).fill(INFINITY),
    proofs ?? Array(blobs * count).fill(INFINITY),
  ];
  return HexOf.toBytes(`0x03${Rlp.fromHex(parts as never).slice(2)}`);
}
