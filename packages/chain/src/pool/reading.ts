// A raw transaction as it arrives, taken apart and checked by itself.

import {
  DecodingError,
  Fork,
  type InspectedTransaction,
  type Rules,
  type TransactionInspector,
} from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { decodeTransaction } from "../transaction.ts";
import { TransactionRefusedError } from "./errors.ts";
import { type BlobSidecar, partTransaction, proofProblem, sidecarProblem } from "./sidecar.ts";
import type { PackedParts } from "./slabs.ts";
import type { TransactionFacts } from "./transaction.ts";

/** What is asked of every transaction. */
export interface ReadingRules {
  /** Bytes of one transaction without its blobs. */
  transactionBytes: number;
  /** A blob transaction may come without its sidecar, or with one of the form of another fork. */
  sidecarOptional: boolean;
}

/** The envelope and what came beside it. */
export interface Parted {
  envelope: Uint8Array;
  sidecar: BlobSidecar | undefined;
  /** All of it, where there was more than the envelope. */
  received: Uint8Array | undefined;
}

const BLOB_GAS = 131_072n;

/** @throws TransactionRefusedError where the sidecar is malformed or the envelope too large */
export function partArrived(raw: Uint8Array, { transactionBytes }: ReadingRules): Parted {
  let parted: Omit<Parted, "received">;
  try {
    parted = partTransaction(raw);
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    throw new TransactionRefusedError("SidecarInvalid", { met: error.message, expected: "well-formed" });
  }
  if (parted.envelope.length > transactionBytes) {
    throw new TransactionRefusedError("TooLarge", {
      met: BigInt(parted.envelope.length),
      expected: `at most ${transactionBytes} bytes`,
    });
  }
  return { ...parted, received: parted.sidecar === undefined ? undefined : raw };
}

/** A transaction that was read: what it is, and its bytes. */
export interface ReadTransaction {
  facts: TransactionFacts;
  parts: PackedParts;
}

/**
 * Decodes a transaction and checks it by itself; where it is `known` already, not its blobs' proofs again.
 * @throws TransactionRefusedError
 */
export function readTransaction(
  inspector: TransactionInspector,
  rules: Rules,
  { envelope, sidecar, received }: Parted,
  sender: Uint8Array | undefined,
  reading: ReadingRules,
  isKnown: boolean,
): ReadTransaction {
  const found = inspector.inspect(rules, envelope, sender);
  const hash = HexOf.fromBytes(found.hash);
  if (found.invalid !== undefined) {
    const { met, expected } = found;
    throw new TransactionRefusedError(found.invalid, { hash, ...(met | expected ? { met, expected } : {}) });
  }
  const { maxBlobFee, blobs } = blobsOf(found, rules, { envelope, sidecar }, reading, isKnown);
  const facts = {
    hash,
    sender: HexOf.fromBytes(found.sender),
    type: found.type,
    nonce: Number(found.nonce),
    gasLimit: Number(found.gasLimit),
    maxFee: found.maxFeePerGas,
    priorityFee: found.maxPriorityFeePerGas,
    cost: found.value + found.gasLimit * found.maxFeePerGas + BigInt(blobs) * BLOB_GAS * maxBlobFee,
    maxBlobFee,
    blobs,
    sidecar,
    received,
  };
  return { facts, parts: { raw: envelope, hash: found.hash, sender: found.sender } };
}

function blobsOf(
  { type, hash: hashBytes }: InspectedTransaction,
  rules: Rules,
  { envelope, sidecar }: Omit<Parted, "received">,
  { sidecarOptional }: ReadingRules,
  isKnown: boolean,
): { maxBlobFee: bigint; blobs: number } {
  if (type !== 3) return { maxBlobFee: 0n, blobs: 0 };
  const hash = HexOf.fromBytes(hashBytes);
  const { maxFeePerBlobGas, blobVersionedHashes } = decodeTransaction(envelope);
  if (sidecar === undefined) {
    if (!sidecarOptional) throw new TransactionRefusedError("SidecarMissing", { hash });
  } else {
    const version = rules.fork >= Fork.Osaka ? 1 : 0;
    const problem =
      sidecarProblem(sidecar, blobVersionedHashes!, sidecarOptional ? undefined : version) ??
      (isKnown ? undefined : proofProblem(sidecar));
    if (problem !== undefined) {
      throw new TransactionRefusedError("SidecarInvalid", {
        hash,
        met: problem,
        expected: "one that fits",
      });
    }
  }
  return { maxBlobFee: maxFeePerBlobGas!, blobs: blobVersionedHashes!.length };
}
