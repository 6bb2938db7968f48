// Blob transactions as they travel between nodes: the envelope together with blobs, commitments and proofs
// (EIP-4844; cell proofs of EIP-7594).

import { createHash } from "node:crypto";
import {
  DecodingError,
  type Hex,
  type RlpItem,
  rlpBytes,
  rlpItem,
  rlpItems,
  rlpQuantity,
  verifyBlobProof,
  verifyCellProofs,
} from "@heddle/engine";
import * as HexOf from "ox/Hex";

/** What comes with a blob transaction and stays out of the block. */
export interface BlobSidecar {
  /** 0: a proof for each blob; 1: 128 cell proofs for each (EIP-7594). */
  readonly version: 0 | 1;
  /** 131,072 bytes each. */
  readonly blobs: readonly Uint8Array[];
  /** 48 bytes each. */
  readonly commitments: readonly Uint8Array[];
  /** 48 bytes each. */
  readonly proofs: readonly Uint8Array[];
}

const BLOB_TYPE = 3;
const BLOB_BYTES = 131_072;
const POINT_BYTES = 48;
/** EIP-7594: CELLS_PER_EXT_BLOB. */
const CELLS = 128;
const KZG_VERSION = "01";

/**
 * Parts a raw transaction as it is sent: the envelope that goes into blocks, and the sidecar where one comes with it.
 * @throws DecodingError where the form that carries blobs is malformed
 */
export function partTransaction(raw: Uint8Array): {
  envelope: Uint8Array;
  sidecar: BlobSidecar | undefined;
} {
  if (raw[0] !== BLOB_TYPE || raw.length < 2) return { envelope: raw, sidecar: undefined };
  const whole = rlpItem(raw, 1, raw.length, "transaction");
  const items = rlpItems(raw, whole, "transaction");
  const body = items[0];
  if (body === undefined || !body.isList) return { envelope: raw, sidecar: undefined };
  if (whole.end !== raw.length) throw new DecodingError("transaction", "has bytes behind its end");
  if (items.length !== 4 && items.length !== 5) {
    throw new DecodingError("transaction", `has ${items.length} items, not 4 or 5`);
  }
  const version = items.length === 5 ? rlpQuantity(raw, items[1]!, "sidecar.version", 1) : 0n;
  if (items.length === 5 && version !== 1n)
    throw new DecodingError("sidecar.version", `is ${version}, not 1`);
  const [blobs, commitments, proofs] = items.slice(-3) as [RlpItem, RlpItem, RlpItem];
  const list = (item: RlpItem, field: string, size: number) =>
    rlpItems(raw, item, field).map((one, i) => rlpBytes(raw, one, `${field}[${i}]`, size));
  const envelope = new Uint8Array(1 + body.end - body.start);
  envelope[0] = BLOB_TYPE;
  envelope.set(raw.subarray(body.start, body.end), 1);
  return {
    envelope,
    sidecar: {
      version: version === 1n ? 1 : 0,
      blobs: list(blobs, "sidecar.blobs", BLOB_BYTES),
      commitments: list(commitments, "sidecar.commitments", POINT_BYTES),
      proofs: list(proofs, "sidecar.proofs", POINT_BYTES),
    },
  };
}

/** EIP-4844: the hash by which a transaction names a blob's commitment. */
export function versionedHash(commitment: Uint8Array): Hex {
  const digest = createHash("sha256").update(commitment).digest("hex");
  return `0x${KZG_VERSION}${digest.slice(2)}`;
}

/**
 * What is wrong with a sidecar for a transaction that names these hashes, of the version that is asked for, if one is; undefined =
 * nothing that can be told without the proofs.
 */
export function sidecarProblem(
  sidecar: BlobSidecar,
  hashes: readonly Hex[],
  wanted: BlobSidecar["version"] | undefined,
): string | undefined {
  const { version, blobs, commitments, proofs } = sidecar;
  if (wanted !== undefined && version !== wanted) return `version ${version} where the fork has ${wanted}`;
  if (blobs.length !== hashes.length) return `${blobs.length} blobs for ${hashes.length} hashes`;
  if (commitments.length !== hashes.length)
    return `${commitments.length} commitments for ${hashes.length} hashes`;
  const expected = hashes.length * (version === 1 ? CELLS : 1);
  if (proofs.length !== expected) return `${proofs.length} proofs, not ${expected}`;
  const wrong = commitments.findIndex((commitment, i) => versionedHash(commitment) !== hashes[i]);
  if (wrong < 0) return undefined;
  return `commitment ${HexOf.fromBytes(commitments[wrong]!)} is not that of ${hashes[wrong]}`;
}

/** Which proof of a sidecar, whose numbers fit, does not verify; undefined = all do. */
export function proofProblem({ version, blobs, commitments, proofs }: BlobSidecar): string | undefined {
  const holds = (blob: Uint8Array, i: number) =>
    version === 1
      ? verifyCellProofs(blob, commitments[i]!, proofs.slice(i * CELLS, (i + 1) * CELLS))
      : verifyBlobProof(blob, commitments[i]!, proofs[i]!);
  const wrong = blobs.findIndex((blob, i) => !holds(blob, i));
  if (wrong < 0) return undefined;
  return `a proof of blob ${wrong} that does not verify`;
}
