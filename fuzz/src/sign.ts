// Raw transactions out of a case's: nonces filled in, signed, encoded.

import type { Hex } from "@heddle/engine";
import { encodeUnsigned, keccak256, type TransactionFields } from "@heddle/engine/testing";
import * as Address from "ox/Address";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import * as Secp256k1 from "ox/Secp256k1";
import { versionedHash, withSidecar } from "./blobs.ts";
import type { CaseAuthorization, CaseTransaction } from "./case.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** x of 2G, whose y is even: what every signature here has for r. */
const R = 0xc6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5n;
/** 1/2 modulo the order. */
const HALF = (ORDER + 1n) / 2n;

/** How many keys there are. */
export const SIGNERS = 24;

const privateKey = (index: number): bigint => BigInt(index + 1);
const addresses = Array.from({ length: SIGNERS }, (_, index) =>
  Address.fromPublicKey(
    Secp256k1.getPublicKey({ privateKey: HexOf.fromNumber(privateKey(index), { size: 32 }) }),
  ).toLowerCase(),
) as Hex[];

/** The address of key number `index`. */
export function signerAddress(index: number): Hex {
  return addresses[index]!;
}

interface Signature {
  r: bigint;
  s: bigint;
  yParity: number;
}

/**
 * A signature that verifies, in microseconds: the secret number is always 2, which gives every key away. The keys
 * are the numbers from 1 on, so there is nothing to give away.
 */
function signHash(hash: Uint8Array, index: number): Signature {
  const s = ((BigInt(HexOf.fromBytes(hash)) + R * privateKey(index)) * HALF) % ORDER;
  return s > ORDER / 2n ? { r: R, s: ORDER - s, yParity: 1 } : { r: R, s, yParity: 0 };
}

type RlpValue = Uint8Array | RlpValue[];
const encode = (items: RlpValue[]): Uint8Array => Rlp.from(items as Uint8Array[], { as: "Bytes" });
const number = (value: bigint | number): Uint8Array =>
  BigInt(value) === 0n ? new Uint8Array(0) : Bytes.fromNumber(value);

function signAuthorization({ signer, chainId, address, spoiled }: CaseAuthorization, nonce: bigint) {
  const list = encode([number(chainId), Bytes.fromHex(address), number(nonce)]);
  let { r, s, yParity } = signHash(keccak256(Uint8Array.of(5, ...list)), signer);
  if (spoiled === "highS") {
    s = ORDER - s;
    yParity ^= 1;
  } else if (spoiled === "parity") yParity = 27;
  else if (spoiled === "zero") r = 0n;
  return { chainId, address, nonce, yParity, r, s };
}

/** A transaction, ready to be sent. */
export interface RawTransaction {
  /** As it stands in a block. */
  raw: Uint8Array;
  /** As it travels: with its blobs, where it has any. */
  network: Uint8Array;
  hash: Hex;
  sender: Hex;
  nonce: bigint;
  /** Its position among the transactions of its block in the case. */
  index: number;
}

/** Signs a block's transactions one after another, each with the nonce that its sender will have then. */
export class Signing {
  readonly #nonces: bigint[];

  /** `nonces`: of all signers before the block. */
  constructor(nonces: readonly bigint[]) {
    this.#nonces = [...nonces];
  }

  /** Signs transaction number `index` of the case's block. */
  sign(t: CaseTransaction, index: number): RawTransaction {
    const nonce = BigInt.asUintN(64, this.#nonces[t.signer]! + BigInt(t.nonceShift));
    const authorizationList = t.authorizations.map((authorization) => {
      const { signer, nonceShift } = authorization;
      // The sender's nonce is counted up before the authorizations are looked at.
      const expected = this.#nonces[signer]! + (signer === t.signer && t.nonceShift === 0 ? 1n : 0n);
      return signAuthorization(authorization, BigInt.asUintN(64, expected + BigInt(nonceShift)));
    });
    const fields: TransactionFields = {
      type: t.type,
      chainId: t.chainId,
      nonce,
      gasPrice: t.maxFeePerGas,
      maxFeePerGas: t.maxFeePerGas,
      maxPriorityFeePerGas: t.maxPriorityFeePerGas,
      gasLimit: t.gasLimit,
      to: t.to,
      value: t.value,
      data: t.data,
      accessList: t.accessList,
      maxFeePerBlobGas: t.maxFeePerBlobGas,
      blobVersionedHashes: t.blobs.map(versionedHash),
      authorizationList: authorizationList as unknown as NonNullable<TransactionFields["authorizationList"]>,
    };
    return { ...signEnvelope(fields, t), sender: signerAddress(t.signer), nonce, index };
  }

  /** A transaction will probably be in the block: it counts nonces up. */
  taken(t: CaseTransaction): void {
    if (t.nonceShift === 0) this.#nonces[t.signer]!++;
    for (const { signer, nonceShift, spoiled } of t.authorizations) {
      if (nonceShift === 0 && spoiled === undefined) this.#nonces[signer]!++;
    }
  }
}

function signEnvelope(fields: TransactionFields, t: CaseTransaction) {
  const unsigned = encodeUnsigned(fields);
  const legacy = t.type === 0;
  const type = legacy ? [] : [t.type];
  const body = (Rlp.toBytes(legacy ? unsigned : unsigned.subarray(1)) as unknown as RlpValue[]).slice(0, -3);
  const replayProtected = legacy && t.chainId !== 0;
  // EIP-155: the chain stands in place of the signature.
  const payload = replayProtected ? [...body, number(t.chainId), number(0), number(0)] : body;
  const { r, s, yParity } = signHash(keccak256(Uint8Array.of(...type, ...encode(payload))), t.signer);
  const v = !legacy ? yParity : yParity + (replayProtected ? t.chainId * 2 + 35 : 27);
  const items = [...body, number(v), number(r), number(s)];
  const raw = Uint8Array.of(...type, ...encode(items));
  const network = t.type === 3 ? Bytes.concat(Uint8Array.of(3), encode(withSidecar(items, t.blobs))) : raw;
  return { raw, network, hash: HexOf.fromBytes(keccak256(raw)) };
}
